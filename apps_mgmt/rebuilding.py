"""Rebuilds apps from their entries in the audit log, and tells what is not as the log says.

The log may be untouched and still not say how an app came to be as it is: somebody may have changed the app instead.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from apps_mgmt import drafts
from apps_mgmt.models import App
from apps_mgmt.replaying import Step, after
from apps_mgmt.spec import AppSpec, digest
from apps_mgmt.spec.diff import diff
from portal.audit import replays
from portal.audit.models import AuditEntry
from portal.audit.replays import Replayed
from portal.errors import NotFound
from tenants.models import Tenant


def register() -> None:
    replays.register(replay)


def replay(tenant: str) -> Iterator[Replayed]:
    """Every app of a tenant ("" for all), deleted ones too. Raises NotFound when there is no such tenant."""
    if tenant and not Tenant.objects.filter(name=tenant).exists():
        raise NotFound(_("There is no tenant {name}. Check its name.").format(name=tenant))
    apps = App.objects.select_related("tenant", "draft").order_by("tenant__name", "name", "pk")
    for app in apps.filter(tenant__name=tenant) if tenant else apps:
        yield _replayed(app)


def _replayed(app: App) -> Replayed:
    name = f"{app.tenant.name}/{app.name}"
    rows = AuditEntry.objects.filter(subject_id=str(app.pk), subject_kind="app", outcome=AuditEntry.DONE)
    spec, count = AppSpec(), 0
    for row in rows.order_by("sequence").iterator(chunk_size=500):
        count += 1
        try:
            spec = after(spec, Step(row.operation, row.resolved, row.version_after != row.version_before))
        except Exception as error:  # whatever an operation makes of an entry that somebody changed
            said = _("entry {number} ({operation}) cannot be applied: {reason}")
            reason = said.format(
                number=row.sequence, operation=row.operation, reason=str(error) or type(error).__name__
            )
            return Replayed(name, count, (reason,))
    try:
        there = drafts.spec_of(app)
    except Exception as error:  # whatever is wrong with what is kept: the other apps are compared all the same
        said = _("what is kept of the app cannot be read: {reason}")
        return Replayed(name, count, (said.format(reason=str(error) or type(error).__name__),))
    if digest(spec) == digest(there):
        return Replayed(name, count)
    said = _("{label}: by the log “{logged}”, in the app “{there}”")
    told = [said.format(label=one.label, logged=one.before, there=one.after) for one in diff(spec, there)]
    return Replayed(name, count, tuple(told))
