"""What stands in the way of a release, or happens beside what it is asked for, in sentences for its preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from apps_mgmt.models import App
from apps_mgmt.ruling import broken
from apps_mgmt.spec import AppSpec, SpecError
from apps_mgmt.spec.second_sets import check_second_sets
from releases.states import ReleaseKind
from releases.steps.freeze import longest
from tenants.rules import rules_now


def of_strategy(spec: AppSpec, kind: ReleaseKind) -> list[str]:
    """That something of the app cannot go by its strategy. Other ways than a deploy take none."""
    if kind is not ReleaseKind.DEPLOY:
        return []
    try:
        check_second_sets(spec, spec.release.strategy.kind)
    except SpecError as error:
        return [str(error)]
    return []


def of_freezes(calendar: Sequence[Mapping[str, str]]) -> list[str]:
    """That the release waits while the app is frozen."""
    row = longest(calendar, timezone.now())
    if row is None:
        return []
    sentence = _("Frozen until {until}: {reason}. The release waits until then, or until somebody overrides it.")
    return [sentence.format(until=row["until"], reason=row["reason"].rstrip("."))]


def of_stopped(app: App, *, is_stopped: bool) -> list[str]:
    """That what it brings runs only when the app is started."""
    if not is_stopped:
        return []
    return [_("{app} is stopped, and stays so: it takes this on, and runs it when it is started.").format(app=app.name)]


def of_rules(spec: AppSpec, *, enforced: bool) -> list[str]:
    """A sentence for each rule of the platform that a release of the spec breaks; what is not `enforced` passes."""
    found = [one.sentence for one in broken(spec, rules_now())]
    if found and not enforced:
        found.append(_("Going back to what ran last is let through all the same."))
    return found
