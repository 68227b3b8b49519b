"""Deleting an app: the row is marked, its quota given back, and `releases` is asked to remove its objects.

The name can be used again as soon as nothing of the old app is left on a cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps_mgmt.models import App, AppStatus
from apps_mgmt.spec import AppSpec, load
from portal import live, outbox
from portal.access import Actor
from portal.operations import actions
from portal.operations.subject import Preview
from tenants.clusters import restricting
from tenants.quota import ledger

APP_DELETED = "app.deleted"
Find = Callable[[App], Iterable[str]]
Say = Callable[[App], Iterable[str]]
_found: list[Find] = []
_said: list[Say] = []


def remains_by(find: Find, *, says: Say) -> None:
    """Register who knows on which clusters something of an app may be, also what never got as far as running, and who
    says what is stopped by a deletion, in sentences.
    """
    _found[:], _said[:] = [find], [says]


@dataclass(frozen=True)
class DeleteAction:
    """The app goes, with all it has on these clusters."""

    app: str
    clusters: tuple[str, ...]


def _clusters(subject: App, action: DeleteAction) -> list[str]:
    """Where it is deployed, and where something of it may be besides: all of that goes."""
    return sorted({*action.clusters, *(name for find in _found for name in find(subject))})


def delete(subject: App, action: DeleteAction, *, actor: Actor, note: str) -> Mapping[str, Any]:
    emptied = _clusters(subject, action)
    subject.deleted_at = timezone.now()
    subject.deleted_by = actor.username
    subject.version += 1
    subject.save(update_fields=["deleted_at", "deleted_by", "version"])
    AppStatus.objects.filter(app=subject).update(state=AppStatus.State.DELETING)
    ledger.release(subject.tenant_id, subject.pk, source="draft")
    who = {"actor": actor.username, "actor_id": str(actor.user_id) if actor.user_id else None, "note": note}
    outbox.add(APP_DELETED, {"app": str(subject.pk), **who}, stream=f"app:{subject.pk}")
    live.touch(f"app:{subject.pk}", f"tenant:{subject.tenant_id}")
    return {"app": subject.name, "clusters": emptied, "url": reverse("apps", args=[subject.tenant.name])}


def preview(subject: App, action: DeleteAction) -> Preview:
    """What will be gone, in numbers, and which other apps reach it."""
    names = _clusters(subject, action)
    gone = [_("Everything of {app} on {cluster}.").format(app=action.app, cluster=one) for one in names]
    said = gone or [_("It runs nowhere: only its settings will be gone.")]
    said += [sentence for say in _said for sentence in say(subject)]
    if callers := _callers(subject):
        sentence = ngettext(
            "{apps} needs it: it loses its address with its next release, and its calls fail at once.",
            "{apps} need it: they lose its address with their next release, and their calls fail at once.",
            len(callers),
        )
        said.append(sentence.format(apps=", ".join(callers)))
    return Preview(spec=_rows_of_loss(subject), warnings=said)


def guard(subject: App, action: DeleteAction, *, actor: Actor) -> None:
    """See `portal.operations.actions.Guard`."""
    found = restricting.among(restricting.of_tenant(subject.tenant_id), _clusters(subject, action))
    restricting.require(actor, found, tenant_id=subject.tenant_id, app_id=subject.pk)


def _rows_of_loss(app: App) -> list[dict[str, Any]]:
    status = AppStatus.objects.filter(app=app).first()
    there = {str(one["name"]): int(one["wanted"]) for one in (status.clusters if status else ())}
    rows = [(_("Instances on {cluster}").format(cluster=name), str(number)) for name, number in there.items() if number]
    spec = load(app.draft.spec) if app.draft else AppSpec()
    counts = [
        (_("Processes"), len(spec.processes)),
        (_("Routes"), len(spec.routes) + spec.platform_domain),
        (_("Variables"), len(spec.env) + sum(len(one.env) for one in spec.processes)),
        (_("Revisions"), app.created_revisions),
    ]
    rows += [(label, str(number)) for label, number in counts if number]
    return [{"label": label, "before": number, "after": None, "kind": "removed"} for label, number in rows]


def _callers(app: App) -> list[str]:
    """Other apps of the tenant whose draft depends on it."""
    others = App.objects.filter(tenant_id=app.tenant_id, deleted_at=None).exclude(pk=app.pk)
    wanted = others.filter(draft__spec__dependencies__contains=[{"app": app.name}])
    return list(wanted.order_by("name").values_list("name", flat=True))


def still_going(tenant_id: Any, name: str) -> bool:
    """Whether objects of a deleted app of this name may still be on a cluster."""
    rows = AppStatus.objects.filter(app__tenant_id=tenant_id, app__name=name, state=AppStatus.State.DELETING)
    return rows.exclude(app__deleted_at=None).exists()


def register() -> None:
    actions.handle(DeleteAction, delete, preview=preview, guard=guard)
