"""What is rendered, line by line. `SLIPWAY_GOLDEN=write` writes the files anew: then read their difference."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from apps_mgmt.demo import boutique
from apps_mgmt.rendering import (
    CLONESET_ALPHA,
    CLONESET_BETA,
    GATEWAY_API,
    Facts,
    GatewayFacts,
    Rendered,
    addresses,
    as_yaml,
    gateway,
    render,
)
from tests.pure.golden.specs import facts, rich

HERE = Path(__file__).parent / "golden"
CAPABILITIES = {
    "gateway": frozenset({GATEWAY_API, CLONESET_BETA}),
    "ingress": frozenset({CLONESET_ALPHA}),
}


def check(name: str, text: str) -> None:
    """The text is that of the file."""
    file = HERE / f"{name}.yaml"
    if os.environ.get("SLIPWAY_GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text


def as_text(rendered: Rendered) -> str:
    plan = {name: {"number": row.number, "once": row.once} for name, row in rendered.replicas.items()}
    notes = [str(note) for note in rendered.notes]
    head = as_yaml({"cluster": rendered.cluster, "replicas": plan, "notes": notes})
    return "---\n".join([head, *(as_yaml(manifest) for manifest in rendered.manifests)])


def shop_facts(**changes: object) -> Facts:
    """Of the demo's frontend, its dependencies as the other apps give them."""
    known = {key: value for app in boutique() for key, value in addresses(app.spec, app=app.name).items()}
    changes = {
        "app": "frontend",
        "tenant": "boutique",
        "namespace": "slipway-boutique",
        "dependencies": known,
        **changes,
    }
    return facts(**changes)


@pytest.mark.parametrize("served", CAPABILITIES)
def test_the_shop_is_rendered_as_ever(served: str) -> None:
    spec = next(app.spec for app in boutique() if app.name == "frontend")
    check(f"frontend-{served}", as_text(render(spec, shop_facts(capabilities=CAPABILITIES[served]))))


@pytest.mark.parametrize("cluster", ["north", "south"])
@pytest.mark.parametrize("served", CAPABILITIES)
def test_the_spec_with_everything_is_rendered_as_ever(served: str, cluster: str) -> None:
    told = facts(
        capabilities=CAPABILITIES[served], cluster=cluster, ingress_class="nginx" if cluster == "south" else ""
    )
    check(f"rich-{served}-{cluster}", as_text(render(rich(), told)))


def test_the_shop_of_an_isolated_tenant_is_rendered_as_ever() -> None:
    spec = next(app.spec for app in boutique() if app.name == "frontend")
    told = shop_facts(
        capabilities=CAPABILITIES["gateway"], node=("example.com/tenant", "boutique"), runtime_class="gvisor"
    )
    check("frontend-isolated", as_text(render(spec, told)))


def test_the_gateway_of_a_tenant_is_rendered_as_ever() -> None:
    told = GatewayFacts(tenant="harbor", namespace="slipway-harbor", class_name="envoy")
    domains = (
        *rich().domains,
        *rich().change(domains=()).with_domain("plain.example.com", tls={"issuer": "le"}).domains,
    )
    check("gateway", as_yaml(gateway(told, domains)))
