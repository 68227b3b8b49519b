"""Something changed that may have kept releases from beginning: said by an outbox row, which `releases` answers."""

from __future__ import annotations

import uuid

from portal import outbox

CHANGED = "queue.changed"


def wake(tenant_id: uuid.UUID | None = None) -> None:
    """Within the transaction of the change: let what waits in a tenant (None: in all of them) be asked about again."""
    outbox.add(CHANGED, {"tenant": str(tenant_id) if tenant_id else ""})
