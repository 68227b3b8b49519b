"""How far the provision releases of a cluster are, for pages and the API."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from releases.clusters import accounts
from releases.models import Provision
from tenants.models import Cluster


@dataclass(frozen=True)
class Readiness:
    """`state` is one of `Provision.State`, or `waiting` before the first release began. `since` is None then."""

    state: str = "waiting"
    title: str = ""
    why: str = ""
    since: datetime | None = None


def readiness(cluster: Cluster) -> Mapping[uuid.UUID | None, Readiness]:
    """By tenant id, the newest provision release of each; under None Slipway's own part. Two queries.

    What was made ready and is so no longer, as a check found since, has failed.
    """
    newest = Provision.objects.filter(cluster=cluster).order_by("tenant_id", "-id").distinct("tenant_id")
    names: dict[uuid.UUID | None, str] = {None: ""} | dict(cluster.grants.values_list("tenant_id", "tenant__name"))
    said = {tenant_id: Readiness("waiting", _("Waiting for a worker")) for tenant_id in names}
    for one in newest.defer("manifests"):
        said[one.tenant_id] = Readiness(one.state, one.get_state_display(), one.why, one.ended_at or one.created_at)
    for tenant_id, name in names.items():
        trouble = (cluster.capabilities.get("accounts") or {}).get(name)
        if trouble and trouble["trouble"] != accounts.UNKNOWN and said[tenant_id].state == Provision.State.SUCCEEDED:
            since = parse_datetime(str(trouble.get("seen_at") or cluster.capabilities.get("checked_at") or ""))
            said[tenant_id] = Readiness("failed", _("No longer ready"), accounts.sentence(name, trouble), since)
    return said
