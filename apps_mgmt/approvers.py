"""Whether those whom the steps of a release name for an approval can give it now."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps_mgmt.models import App
from apps_mgmt.spec import AppSpec
from apps_mgmt.spec.steps import leaves
from apps_mgmt.spec.steps_waiting import ApprovalStep
from portal import access
from portal.access import Actor
from portal.access.actor import SESSION
from portal.access.permissions import RELEASE_APPROVE
from tenants.models import User


def lacking(app: App, spec: AppSpec) -> list[str]:
    """A sentence for every member named for an approval who has not the right to, which may be given later."""
    steps = [step for step in leaves(spec.release.steps) if isinstance(step, ApprovalStep) and step.members]
    names = dict.fromkeys(name for step in steps for name in step.members)
    users = {one.username: one for one in User.objects.filter(username__in=names)} if names else {}
    unable = {name for name in names if not _can(users.get(name), app)}
    sentence = _(
        "{step} asks {user} for an approval, who does not have the right {right} on {app} now. Give {user} the right "
        "before it is deployed, or name somebody else."
    )
    return [
        sentence.format(step=step.name, user=name, right=RELEASE_APPROVE, app=app.name)
        for step in steps
        for name in dict.fromkeys(step.members)
        if name in unable
    ]


def _can(user: User | None, app: App) -> bool:
    if user is None or not user.is_active:
        return False
    held = access.rights(Actor.of_user(user, how=SESSION), tenant_id=app.tenant_id, app_id=app.pk)
    return RELEASE_APPROVE in held
