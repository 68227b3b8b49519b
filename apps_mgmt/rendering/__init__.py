"""From the spec of an app to Kubernetes manifests, for one cluster at a time. Pure: everything is given in `Facts`.

May import `apps_mgmt.spec` and nothing else of ours. Decided here, because it cannot be changed once apps run: names,
labels, selectors, and that manifests never say how many instances there are.
"""

from apps_mgmt.rendering.adopted import ADOPTED, ADOPTS, comparable
from apps_mgmt.rendering.built import with_images
from apps_mgmt.rendering.config import fill_secrets, secret_keys
from apps_mgmt.rendering.diff import ObjectDiff, manifest_diff
from apps_mgmt.rendering.facts import (
    CLONESET_ALPHA,
    CLONESET_BETA,
    GATEWAY_API,
    Address,
    Facts,
    Manifest,
    Rendered,
    ReplicaPlan,
)
from apps_mgmt.rendering.gateway import GatewayFacts, gateway
from apps_mgmt.rendering.immutable import must_recreate
from apps_mgmt.rendering.names import key_of, object_name
from apps_mgmt.rendering.rendering import digest_manifests, order, render, unkept_spec
from apps_mgmt.rendering.routes import all_routes, platform_host
from apps_mgmt.rendering.scaling import replica_plan
from apps_mgmt.rendering.services import addresses
from apps_mgmt.rendering.step_jobs import step_job
from apps_mgmt.rendering.tenancy import TenancyFacts, cluster_manifests, tenant_manifests
from apps_mgmt.rendering.tracks import canary
from apps_mgmt.rendering.yaml_text import as_yaml

__all__ = [
    "ADOPTED",
    "ADOPTS",
    "CLONESET_ALPHA",
    "CLONESET_BETA",
    "GATEWAY_API",
    "Address",
    "Facts",
    "GatewayFacts",
    "Manifest",
    "ObjectDiff",
    "Rendered",
    "ReplicaPlan",
    "TenancyFacts",
    "addresses",
    "all_routes",
    "as_yaml",
    "canary",
    "cluster_manifests",
    "comparable",
    "digest_manifests",
    "fill_secrets",
    "gateway",
    "key_of",
    "manifest_diff",
    "must_recreate",
    "object_name",
    "order",
    "platform_host",
    "render",
    "replica_plan",
    "secret_keys",
    "step_job",
    "tenant_manifests",
    "unkept_spec",
    "with_images",
]
