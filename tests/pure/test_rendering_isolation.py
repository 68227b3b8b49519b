"""Instances are held to the nodes and the runtime of their tenant, whatever their spec says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from apps_mgmt.rendering import CLONESET_BETA, GATEWAY_API, Facts, TenancyFacts, render, tenant_manifests
from tests.pure.golden.specs import facts, rich

SERVED = frozenset({GATEWAY_API, CLONESET_BETA})
TAINT = {"key": "example.com/tenant", "operator": "Equal", "value": "harbor"}
LIMITS = {"instances": 1, "cpu": 1, "memory": 1, "ephemeral": 1, "storage": 1, "gpu": 0}


def pods(told: Facts) -> list[dict[str, Any]]:
    """The specs of all instances and of the jobs."""
    found = []
    for row in render(rich(), replace(told, capabilities=SERVED)).manifests:
        spec = row.get("spec", {})
        template = spec.get("template") or spec.get("jobTemplate", {}).get("spec", {}).get("template")
        if template:
            found.append(template["spec"])
    assert len(found) > 1
    return found


def test_every_instance_is_on_the_nodes_of_its_tenant_and_tolerates_their_taint() -> None:
    for pod in pods(facts(node=("example.com/tenant", "harbor"))):
        assert pod["nodeSelector"]["example.com/tenant"] == "harbor"
        assert TAINT in pod["tolerations"]


def test_what_the_spec_says_of_nodes_stays_beside_it() -> None:
    plain, held = pods(facts())[0], pods(facts(node=("example.com/tenant", "harbor")))[0]
    assert plain["nodeSelector"].items() <= held["nodeSelector"].items()
    assert [row for row in held["tolerations"] if row != TAINT] == plain["tolerations"]


def test_the_nodes_of_the_tenant_prevail_over_those_of_the_spec() -> None:
    key = next(iter(pods(facts())[0]["nodeSelector"]))
    assert {pod["nodeSelector"][key] for pod in pods(facts(node=(key, "harbor")))} == {"harbor"}


def test_every_instance_has_the_runtime_of_its_tenant() -> None:
    assert {pod["runtimeClassName"] for pod in pods(facts(runtime_class="gvisor"))} == {"gvisor"}


def test_without_isolation_nothing_is_written() -> None:
    assert not [pod for pod in pods(facts()) if "runtimeClassName" in pod or TAINT in pod["tolerations"]]


@pytest.mark.parametrize("level", ["namespace", "cluster"])
def test_the_namespace_is_labelled_with_the_level(level: str) -> None:
    space = tenant_manifests(TenancyFacts("harbor", "slipway-harbor", LIMITS, level))[0]
    assert space["metadata"]["labels"]["slipway.dev/isolation"] == level
