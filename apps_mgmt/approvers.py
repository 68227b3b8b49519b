"""Whether those whom the steps of a release, or of a saved strategy, name for an approval can give it now."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from apps_mgmt.models import App
from apps_mgmt.spec import AppSpec
from apps_mgmt.spec.steps import AnyStep, leaves
from apps_mgmt.spec.steps_waiting import ApprovalStep
from portal import access
from portal.access import Actor
from portal.access.actor import SESSION
from portal.access.permissions import RELEASE_APPROVE
from tenants.models import Tenant, User


def naming(steps: Iterable[AnyStep]) -> list[ApprovalStep]:
    """The approvals among the steps, in branches, too, that name members."""
    return [step for step in leaves(steps) if isinstance(step, ApprovalStep) and step.members]


def strangers(tenant: Tenant, names: Iterable[str]) -> set[str]:
    """Those of these user names that are no members of the tenant; one query, none without names."""
    asked = set(names)
    return asked - set(tenant.memberships.filter(user__username__in=asked).values_list("user__username", flat=True))


def gone(steps: Iterable[AnyStep], tenant: Tenant) -> list[str]:
    """A sentence for everybody named for an approval who is no member of the tenant."""
    steps = naming(steps)
    unknown = strangers(tenant, (name for step in steps for name in step.members))
    return [_gone(step, name, tenant) for step in steps for name in dict.fromkeys(step.members) if name in unknown]


def lacking(app: App, spec: AppSpec) -> list[str]:
    """A sentence for everybody named for an approval who has not the right to: it may be given later to a member."""
    steps = naming(spec.release.steps)
    names = dict.fromkeys(name for step in steps for name in step.members)
    users = {one.username: one for one in User.objects.filter(username__in=names)} if names else {}
    held = {name: _held(users.get(name), app) for name in names}
    sentence = _(
        "{step} asks {user} for an approval, who does not have the right {right} on {app} now. Give {user} the right "
        "before it is deployed, or name somebody else."
    )
    return [
        sentence.format(step=step.name, user=name, right=RELEASE_APPROVE, app=app.name)
        if held[name]
        else _gone(step, name, app.tenant)
        for step in steps
        for name in dict.fromkeys(step.members)
        if RELEASE_APPROVE not in held[name]
    ]


def _gone(step: ApprovalStep, name: str, tenant: Tenant) -> str:
    sentence = _("{step} asks {user} for an approval, who is no active member of {tenant}. Name somebody else.")
    return sentence.format(step=step.name, user=name, tenant=tenant.name)


def _held(user: User | None, app: App) -> frozenset[str]:
    """The rights on the app; none of whoever is no member, or is switched off."""
    if user is None or not user.is_active:
        return frozenset()
    return access.rights(Actor.of_user(user, how=SESSION), tenant_id=app.tenant_id, app_id=app.pk)
