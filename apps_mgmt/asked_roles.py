"""The roles that approvals ask for: each has to be there, or nobody could ever approve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from apps_mgmt import strategies
from apps_mgmt.models import App
from apps_mgmt.spec import AppSpec, load
from apps_mgmt.spec.steps import AnyStep, leaves
from apps_mgmt.spec.steps_waiting import ApprovalStep
from portal.access.permissions import RELEASE_APPROVE
from portal.errors import Refused
from tenants.models import Tenant
from tenants.roles import rights_of_roles

MOST = 10


def approvals(steps: Iterable[AnyStep]) -> list[ApprovalStep]:
    """The approvals among the steps, in branches, too, that ask for roles."""
    return [step for step in leaves(steps) if isinstance(step, ApprovalStep) and step.roles]


def refuse_unknown(steps: Iterable[AnyStep], tenant: Tenant, *, field: str, before: Iterable[AnyStep] = ()) -> None:
    """Raise Refused for an approval by a role that there is not. What an approval of `before` asked for is let be."""
    asking, old = approvals(steps), {(step.name, step.roles) for step in approvals(before)}
    new = [step for step in asking if (step.name, step.roles) not in old]
    known = rights_of_roles(tenant) if new else {}
    for step in new:
        if unknown := [role for role in step.roles if role not in known]:
            sentence = _("{step} asks for {roles}, which is no role of {tenant}. Choose one of {known}.")
            words = {"step": step.name, "roles": ", ".join(unknown), "tenant": tenant.name, "known": ", ".join(known)}
            raise Refused(sentence.format(**words), field=field)


def warnings(spec: AppSpec, tenant: Tenant) -> list[str]:
    """A sentence for each approval by roles none of which may approve: whoever has one needs another one as well."""
    asking = [step for step in approvals(spec.release.steps) if not step.members]
    known = rights_of_roles(tenant) if asking else {}
    may = [role for role, rights in known.items() if RELEASE_APPROVE in rights]
    sentence = _("{step} asks for {roles}, and that role does not bring the right {right}. These do: {may}.")
    return [
        sentence.format(step=step.name, roles=", ".join(step.roles), right=RELEASE_APPROVE, may=", ".join(may))
        for step in asking
        if set(step.roles).isdisjoint(may) and set(step.roles) <= known.keys()
    ]


def refuse_asked_for(tenant: Tenant, roles: Iterable[str]) -> None:
    """Raise Refused where an approval of a draft, or of a saved strategy, asks for one of these roles."""
    for role in roles:
        if places := [*_places(tenant, role)]:
            more = _(" and {count} more").format(count=len(places) - MOST) if len(places) > MOST else ""
            sentence = _("Approvals ask for this role: {places}. Take it out of them first.")
            raise Refused(sentence.format(places=", ".join(places[:MOST]) + more), field="role")


def _places(tenant: Tenant, role: str) -> Iterator[str]:
    for saved in strategies.of(tenant):
        if _asks(saved.strategy.steps, role):
            yield _("the strategy {name}").format(name=saved.name)
    apps = App.objects.filter(tenant=tenant, deleted_at=None).annotate(text=Cast("draft__spec", TextField()))
    for app in apps.filter(text__contains=f'"{role}"').select_related("draft").order_by("name"):
        if app.draft is not None and _asks(load(app.draft.spec).release.steps, role):
            yield _("the app {name}").format(name=app.name)


def _asks(steps: Iterable[AnyStep], role: str) -> bool:
    return any(role in step.roles for step in approvals(steps))
