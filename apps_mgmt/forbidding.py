"""Revisions that may not be released again: what is refused, and the list as lines of a change.

Whatever differs from one in nothing but what restarting and stopping leave is the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from apps_mgmt.models import App, Revision
from apps_mgmt.spec import unstamped
from apps_mgmt.values import Forbidden, load_forbidden
from portal.errors import Refused


def forbidden_as(app: App, revision: Revision) -> Forbidden | None:
    """Who forbade what this revision brings, and why; None for one that may be released."""
    held = load_forbidden(app.forbidden)
    found = next((one for one in held if one.digest == revision.digest), None)
    if found is not None or not held:
        return found
    wanted, specs = unstamped(revision.spec), specs_of([app])[app.pk]
    return next((one for one in held if specs.get(one.revision) == wanted), None)


def specs_of(apps: Iterable[App]) -> dict[UUID, dict[int, dict[str, Any]]]:
    """App → what is forbidden of it, by number of revision, without what restarting and stopping leave. One query for
    all of them, none where nothing is.
    """
    numbers = {app.pk: {one.revision for one in load_forbidden(app.forbidden)} for app in apps}
    named = reduce(or_, (Q(app=pk, number__in=held) for pk, held in numbers.items() if held), Q())
    rows = Revision.objects.filter(named).values_list("app", "number", "spec") if named else ()
    found: dict[UUID, dict[int, dict[str, Any]]] = {pk: {} for pk in numbers}
    for pk, number, spec in rows:
        found[pk][number] = unstamped(spec)
    return found


def refuse(app: App, revision: Revision) -> None:
    """Raise Refused, with the reason somebody gave, where this revision may not be released."""
    found = forbidden_as(app, revision)
    if found is not None:
        raise Refused(words(found), code="forbidden")


def words(found: Forbidden) -> str:
    """Why it is refused, and what to do."""
    sentence = _(
        "Release {number} is forbidden, so what it brought may not be released: {reason} ({by}). Change the app first, "
        "or choose another release."
    )
    return sentence.format(number=found.release, reason=found.reason.rstrip("."), by=found.by)


def rows(before: Iterable[Forbidden], after: Iterable[Forbidden]) -> list[dict[str, Any]]:
    """Lines {label, before, after, kind} of what is forbidden, or no longer."""
    old, new = ({one.release: one.reason for one in some} for some in (before, after))
    told = []
    for number in sorted(old.keys() | new.keys()):
        was, now = old.get(number), new.get(number)
        if was != now:
            kind = "added" if was is None else "removed" if now is None else "changed"
            label = _("Release {number} is forbidden").format(number=number)
            told.append({"label": label, "before": was, "after": now, "kind": kind})
    return told
