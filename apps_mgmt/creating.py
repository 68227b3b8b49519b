"""Writing a new app down: quota, row, first revision, status; in a transaction that holds the tenant's usage rows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from apps_mgmt import drafts
from apps_mgmt.models import App, AppStatus
from apps_mgmt.spec import usage
from apps_mgmt.values import NewApp
from portal import live
from tenants.models import Tenant
from tenants.quota import ledger


def create_app(
    tenant: Tenant, new: NewApp, *, operation: str, input: Mapping[str, Any], actor_name: str, note: str = ""
) -> App:
    """The app with its first revision in the draft. Raises QuotaExceeded, with nothing written."""
    app = App(pk=uuid.uuid4(), tenant=tenant, name=new.name, title=new.title, description=new.description)
    ledger.reserve(tenant.pk, app.pk, source="draft", usage=usage(new.spec))
    app.save(force_insert=True)
    drafts.add_revision(app, new.spec, operation=operation, input=input, actor_name=actor_name, note=note)
    app.save(update_fields=["draft", "created_revisions"])
    AppStatus.objects.create(app=app, image=new.spec.processes[0].image if new.spec.processes else "")
    live.touch(f"app:{app.pk}", f"tenant:{tenant.pk}")
    return app
