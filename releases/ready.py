"""Whether the draft of an app could be deployed now: what the start of its release would refuse, check by check."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from django.utils.translation import gettext as _

from apps_mgmt import asked_roles, drafts, forbidding
from apps_mgmt.models import App
from apps_mgmt.rules import check_platform_rules, check_release
from apps_mgmt.spec import AppSpec
from portal.access import Actor
from portal.errors import UserError
from releases import holding, notices
from releases.asking import StartRelease
from releases.lanes import lanes_of, refuse_recreation
from releases.not_yet import not_yet
from releases.plannable import refuse_impossible
from releases.previewing import before_it, short, under_way
from releases.restricting import guard
from tenants.clusters import grants_of
from tenants.quota import ledger
from tenants.quota.arithmetic import QuotaLine

Check = tuple[str, Callable[[], str | None]]


def checks(app: App, *, actor: Actor) -> Iterator[tuple[str, str]]:
    """(title, why it would be refused; blank where it would not) of everything that `freeze` and `launch` ask."""
    for title, ask in _asked(app, drafts.spec_of(app), actor):
        try:
            yield title, ask() or ""
        except (UserError, ValueError) as error:  # a spec that cannot be rendered says so as ValueError
            yield title, str(error)


def _asked(app: App, spec: AppSpec, actor: Actor) -> list[Check]:
    grants, draft = grants_of(app.tenant_id), app.draft
    start = StartRelease(revision=draft.number if draft else 0)
    return [
        (_("Clusters it may use"), lambda: check_platform_rules(app, spec, grants=grants)),
        (_("Restricted clusters"), lambda: guard(app, start, actor=actor) if draft else None),
        (_("Rules of the platform"), lambda: check_release(spec)),
        (_("Nothing that cannot be done yet"), lambda: " ".join(str(one) for one in not_yet(spec))),
        (_("Steps that can be done"), lambda: refuse_impossible(spec)),
        (_("Roles that are told something"), lambda: notices.refuse_unknown(spec, app.tenant)),
        (_("Roles that are asked to approve"), lambda: _approving(app, spec)),
        (_("Objects that can be changed"), lambda: refuse_recreation(app, lanes_of(app, spec, grants=grants))),
        (_("Not forbidden"), lambda: forbidding.refuse(app, draft) if draft else None),
        (_("Room in the quota"), lambda: _room(app, short(app, spec, grants))),
        (_("No release under way"), lambda: _under_way(app)),
    ]


def _approving(app: App, spec: AppSpec) -> None:
    asked_roles.refuse_unknown(spec.release.steps, app.tenant, field="strategy")


def _room(app: App, lines: Sequence[QuotaLine]) -> str:
    return ledger.refusal(app.tenant_id, lines) if lines else ""


def _under_way(app: App) -> str:
    before = before_it(holding.line_of(app))
    return under_way(before) if before else ""
