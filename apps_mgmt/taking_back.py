"""Which rights it takes to take changes of the draft back.

The rule: whoever takes a change back has the right of the operation that made it, and so has whoever brings one back
by going to what runs. What a rollback made may hold any change of the app: it takes the rights of them all. Images that
a release built are nobody's change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt.drafts import Undeployed
from apps_mgmt.models import App, Revision
from apps_mgmt.spec import AppSpec, load
from portal.operations.operation import REGISTRY, Operation

ROLLBACK = "release.rollback"
Rights = dict[str, str]
"""Right → the name of an operation among the changes that takes it."""


def to_undo(app: App) -> Rights:
    """What undoing the draft's last change takes."""
    return _of(app, [(app.draft.pk, app.draft.operation)]) if app.draft is not None else {}


def to_discard(app: App, waiting: Undeployed) -> Rights:
    """What going back to what runs takes; `waiting` is the app's."""
    return _of(app, waiting.between)


def reasons(rights: Mapping[str, str]) -> dict[str, str]:
    """The same, each with a sentence why."""
    sentence = _("Among what it changes back is {title} ({name}).")
    return {
        right: sentence.format(title=REGISTRY[name].title if name in REGISTRY else name, name=name)
        for right, name in rights.items()
    }


def _of(app: App, made: Iterable[tuple[Any, str]]) -> Rights:
    made = [*made]
    if any(name == ROLLBACK for _pk, name in made):
        edits = Revision.objects.filter(app=app).exclude(base=None).values_list("pk", "operation")
        made = [*{*made, *edits}]
    known = {name: REGISTRY[name] for _pk, name in made if name in REGISTRY}
    found = {one.permission: name for name, one in sorted(known.items())}
    more = {name: one for name, one in known.items() if one.second_rights is not Operation.second_rights}
    for right, name in _second([pk for pk, name in made if name in more], more):
        found.setdefault(right, name)
    return found


def _second(ids: list[Any], operations: Mapping[str, type[Operation]]) -> Iterable[tuple[str, str]]:
    """The second rights that these revisions took when they were made, each with its operation."""
    rows = Revision.objects.filter(pk__in=ids).select_related("base") if ids else ()
    for row in rows:
        before = load(row.base.spec) if row.base else AppSpec()
        for right in operations[row.operation]().second_rights(before, row.input):
            yield right, row.operation
