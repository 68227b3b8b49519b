"""What rendering has to be told besides the spec, and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from django.utils.functional import Promise

from apps_mgmt.spec.config import SecretRef
from apps_mgmt.spec.placing import Target
from apps_mgmt.spec.resources import DEFAULT_SIZES, Sizes

Manifest = dict[str, Any]

GATEWAY_API = "gateway.networking.k8s.io/v1"
CLONESET_ALPHA = "apps.kruise.io/v1alpha1"
CLONESET_BETA = "apps.kruise.io/v1beta1"
EMPTY: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Address:
    """Where a dependency is reached from inside the cluster."""

    host: str
    port: int


@dataclass(frozen=True)
class Facts:
    """Of one app on one cluster. Everything is given: rendering looks nothing up.

    `targets` are the rows a release froze (`()`: the spec's own). `capabilities` are the group/versions that the
    cluster serves. `dependencies` maps (app, port) to an address, as `addresses` gives them, `env_groups` a group's
    name to its values, `bindings` a service instance to its variables, `pull_secrets` a credential's name to its
    Secret. `gateway` is the tenant's Gateway in the namespace, `maintenance` the Service (port 80) that answers in the
    app's place. `node` is the label and the taint of the only nodes it may run on, `runtime_class` the runtime that its
    tenant has to use.
    """

    app: str
    app_id: str
    tenant: str
    namespace: str
    cluster: str
    targets: tuple[Target, ...] = ()
    capabilities: frozenset[str] = frozenset({GATEWAY_API})
    sizes: Sizes = field(default_factory=lambda: DEFAULT_SIZES)
    dependencies: Mapping[tuple[str, str], Address] = field(default_factory=lambda: EMPTY)
    env_groups: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: EMPTY)
    bindings: Mapping[str, Mapping[str, str | SecretRef]] = field(default_factory=lambda: EMPTY)
    pull_secrets: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    platform_domain: str = ""
    gateway: str = "slipway"
    ingress_class: str = ""
    maintenance: str = ""
    node: tuple[str, str] | None = None
    runtime_class: str = ""


@dataclass(frozen=True)
class ReplicaPlan:
    """How many instances the workload `kind`/`name` gets on this cluster, written by the second field manager.

    `once`: only when the workload is new or stands at 0; after that its autoscaler owns the number. `adopted`: it ran
    before Slipway did anything there.
    """

    kind: str
    api_version: str
    name: str
    process: str
    number: int
    once: bool
    adopted: bool = False


@dataclass(frozen=True)
class Rendered:
    """An app on one cluster: manifests in the order they are applied, numbers of instances by object name, remarks."""

    cluster: str
    manifests: tuple[Manifest, ...]
    replicas: Mapping[str, ReplicaPlan]
    notes: tuple[str | Promise, ...] = ()
