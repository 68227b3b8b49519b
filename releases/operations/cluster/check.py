from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import CLUSTER
from portal.errors import ClusterAway
from portal.operations.context import Context
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases.clusters.accounts import troubles
from releases.clusters.inspecting import inspect
from releases.clusters.values import CheckCluster, ClusterValue
from releases.gateway import AccessRefused, Busy
from tenants.clusters import PROVISIONER, connection


class Check(Operation):
    """Ask a cluster again for its version, what it serves, and what Slipway and the accounts it made may do there."""

    name = "cluster.check"
    kind = NOW
    subject = CLUSTER
    title = _("Check")
    permission = permissions.PLATFORM_CLUSTERS
    sentence = _("checked the cluster")
    icon = "refresh-cw"
    example: ClassVar[Mapping[str, Any]] = {}

    class Input(serializers.Serializer[Any]):
        """Nothing to fill in."""

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        """That it does not answer, or does not let Slipway in, is an answer as well."""
        try:
            report = inspect(connection(context.subject.pk, PROVISIONER))
            report["accounts"] = troubles(context.subject.pk, seconds=context.time_left())
            return {"report": report, "away": ""}
        except ClusterAway as error:
            return {"report": {}, "away": error.why}
        except (AccessRefused, Busy) as error:
            return {"report": {}, "away": str(error)}

    def apply(self, value: ClusterValue, resolved: Mapping[str, Any]) -> CheckCluster:
        return CheckCluster(report=resolved["report"], away=resolved["away"])
