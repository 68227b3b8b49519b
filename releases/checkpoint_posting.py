"""Posts checkpoints of the audit log to an address outside, guarded as the servers of clusters are.

The address is the platform's own setting, yet it is reached from inside its network: no redirects, no proxies from the
environment, no private or metadata addresses unless they are listed, whatever the name resolves to by then.
"""

from __future__ import annotations

from typing import Any

import urllib3
from django.conf import settings

from portal import outbox
from portal.audit.checkpoints import COPY_TO_HTTP, file_name
from portal.audit.models import AuditCheckpoint
from portal.errors import Invalid, PlatformError
from releases.checked_peers import checked_pools
from tenants.clusters.servers import check_server

SECONDS = 10.0


def _elsewhere(host: str) -> Exception:
    return PlatformError(f"{host} leads to an address that SLIPWAY_AUDIT_SERVERS_ALLOWED does not list.")


_POOLS = checked_pools(allowed=lambda: settings.SLIPWAY_AUDIT_SERVERS_ALLOWED, refusal=_elsewhere)


def post(checkpoint: AuditCheckpoint) -> None:
    """Hand one checkpoint over; any 2xx says that it is kept. Raises PlatformError when it is not."""
    try:
        check_server(settings.SLIPWAY_AUDIT_URL, allowed=settings.SLIPWAY_AUDIT_SERVERS_ALLOWED)
    except Invalid as error:
        raise PlatformError(f"SLIPWAY_AUDIT_URL cannot be used: {error}") from None
    headers = {"Content-Type": "text/plain; charset=utf-8", "Slipway-Checkpoint": file_name(checkpoint)}
    if settings.SLIPWAY_AUDIT_TOKEN:
        headers["Authorization"] = f"Bearer {settings.SLIPWAY_AUDIT_TOKEN}"
    with urllib3.PoolManager(num_pools=1, retries=False, timeout=SECONDS) as pools:
        pools.pool_classes_by_scheme = _POOLS
        try:
            answer = pools.request(
                "POST",
                settings.SLIPWAY_AUDIT_URL,
                body=checkpoint.text.encode(),
                headers=headers,
                redirect=False,
                preload_content=False,
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise PlatformError(f"The server of SLIPWAY_AUDIT_URL was not reached ({type(error).__name__}).") from None
        answer.close()  # whatever it says beside its status is of no use, however long it is
    if not 200 <= answer.status < 300:
        raise PlatformError(f"The server of SLIPWAY_AUDIT_URL answered {answer.status} and not that it is kept.")


@outbox.handler(COPY_TO_HTTP)
class PostCheckpoint:
    """Carries out the outbox rows of the HTTP sink."""

    def run(self, payload: dict[str, Any]) -> dict[str, Any]:
        post(AuditCheckpoint.objects.get(pk=payload["checkpoint"]))
        return {}

    def finish(self, payload: dict[str, Any], result: dict[str, Any]) -> None:
        """What the other side keeps is all there is to it."""

    def failed(self, payload: dict[str, Any], reason: str) -> None:
        """The row stays in the outbox with its reason; the checkpoint itself is in the database."""
