"""Every field that is rendered is one that Kubernetes knows, with the right shape: as its own client has them."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.client import models
from pydantic import ValidationError

from apps_mgmt.demo import boutique
from apps_mgmt.rendering import CLONESET_BETA, GATEWAY_API, Manifest, render
from tests.pure.golden.specs import facts, rich

MODELS: dict[str, Any] = {
    "ServiceAccount": models.V1ServiceAccount,
    "ConfigMap": models.V1ConfigMap,
    "Secret": models.V1Secret,
    "PersistentVolumeClaim": models.V1PersistentVolumeClaim,
    "NetworkPolicy": models.V1NetworkPolicy,
    "Service": models.V1Service,
    "Deployment": models.V1Deployment,
    "StatefulSet": models.V1StatefulSet,
    "PodDisruptionBudget": models.V1PodDisruptionBudget,
    "HorizontalPodAutoscaler": models.V2HorizontalPodAutoscaler,
    "CronJob": models.V1CronJob,
    "Ingress": models.V1Ingress,
}


def problems(row: Manifest) -> list[str]:
    """What does not fit the client's model of its kind: unknown fields, missing ones, wrong types."""
    try:
        MODELS[row["kind"]].model_validate(row, strict=True)
    except ValidationError as error:
        return [f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors()]
    return []


def checked(manifests: tuple[Manifest, ...]) -> set[str]:
    """The kinds that were checked; fails on the first manifest that does not fit."""
    for row in manifests:
        if row["kind"] in MODELS:
            assert problems(row) == []
    return {row["kind"] for row in manifests}


@pytest.mark.parametrize("capabilities", [{GATEWAY_API, CLONESET_BETA}, {CLONESET_BETA}])
def test_the_spec_with_everything_fits(capabilities: set[str]) -> None:
    told = facts(capabilities=frozenset(capabilities), ingress_class="nginx")
    kinds = checked(render(rich(), told).manifests)
    assert kinds >= set(MODELS) - {"Ingress"}
    assert ("HTTPRoute" if GATEWAY_API in capabilities else "Ingress") in kinds


@pytest.mark.parametrize("app", boutique(), ids=lambda app: app.name)
def test_the_demo_fits(app: Any) -> None:
    assert "Deployment" in checked(render(app.spec, facts(app=app.name)).manifests)


def test_a_wrong_field_would_be_found() -> None:
    (row,) = (row for row in render(rich().without_process("worker"), facts()).manifests if row["kind"] == "Deployment")
    pod = row["spec"]["template"]["spec"]
    pod["containers"][0]["ports"][0]["containerPort"] = "8080"
    pod["shell"] = True
    assert [found.partition(":")[0] for found in problems(row)] == [
        "spec.template.spec.containers.0.ports.0.containerPort",
        "spec.template.spec.shell",
    ]
