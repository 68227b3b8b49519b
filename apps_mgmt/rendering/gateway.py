"""The tenant's Gateway on a cluster: one for all its apps, rendered for the release that provisions the tenant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from apps_mgmt.rendering.facts import GATEWAY_API, Manifest
from apps_mgmt.rendering.ingress import ISSUER, certificate
from apps_mgmt.rendering.names import MANAGED_BY, MANAGER, TENANT
from apps_mgmt.rendering.routes import listener_name
from apps_mgmt.spec.network import Domain


@dataclass(frozen=True)
class GatewayFacts:
    """Whose Gateway, where, and of which class the cluster's controller listens to."""

    tenant: str
    namespace: str
    class_name: str
    name: str = "slipway"


def gateway(facts: GatewayFacts, domains: Iterable[Domain]) -> Manifest:
    """A plain listener for all hosts, and an encrypted one for every host that has a certificate, in order of hosts."""
    encrypted = sorted((row for row in domains if certificate(row)), key=lambda row: row.host)
    issuers = sorted({row.tls.issuer for row in encrypted if row.tls.issuer})
    metadata: Manifest = {
        "name": facts.name,
        "namespace": facts.namespace,
        "labels": {TENANT: facts.tenant, MANAGED_BY: MANAGER},
    }
    if issuers:
        # cert-manager takes one issuer for a Gateway; the first by name holds for those that name none.
        metadata["annotations"] = {ISSUER: issuers[0]}
    listeners = [_listener({"name": "http", "port": 80, "protocol": "HTTP"}), *(_encrypted(row) for row in encrypted)]
    spec = {"gatewayClassName": facts.class_name, "listeners": listeners}
    return {"apiVersion": GATEWAY_API, "kind": "Gateway", "metadata": metadata, "spec": spec}


def _encrypted(domain: Domain) -> Manifest:
    secret = {"group": "", "kind": "Secret", "name": certificate(domain)}
    return _listener(
        {
            "name": listener_name(domain.host),
            "hostname": domain.host,
            "port": 443,
            "protocol": "HTTPS",
            "tls": {"mode": "Terminate", "certificateRefs": [secret]},
        }
    )


def _listener(fields: Mapping[str, object]) -> Manifest:
    return {**fields, "allowedRoutes": {"namespaces": {"from": "Same"}}}
