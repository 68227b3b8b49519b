"""What a test that broke has left on a real control plane is taken away before the next one begins.

Every test's tenant and app are called the same, so one object that stays behind would be another app's for all that
come after it: one failure would become many, and none of them would say what is wrong.
"""

from __future__ import annotations

from pathlib import Path

from apps_mgmt.rendering.names import APP_ID
from tests.cluster.outsider import Outsider, connection_by, delete_namespace

NAMESPACE = "slipway-boutique"
KINDS = (
    "v1/serviceaccounts",
    "v1/services",
    "v1/configmaps",
    "v1/secrets",
    "apps/v1/deployments",
    "apps/v1/statefulsets",
    "autoscaling/v2/horizontalpodautoscalers",
    "batch/v1/jobs",
)


def sweep(kubeconfig: Path) -> None:
    """Delete the tenant's namespace where anything in it belongs to an app, and wait until it is gone."""
    way = connection_by(kubeconfig)
    there = Outsider(way, namespace=NAMESPACE)
    if any(there.get(kind, labelSelector=APP_ID)["items"] for kind in KINDS):
        delete_namespace(way, NAMESPACE)
