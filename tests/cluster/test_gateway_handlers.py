"""A probe has one handler: whoever has the one that runs stands in the way of another one, and may be left to."""

from __future__ import annotations

from typing import Any

import pytest

from releases.gateway import FieldConflict, Gateway
from tests.cluster.outsider import Outsider
from tests.cluster.shop import DEPLOYMENTS, container_of, deployment

NAME = "shop--web"
PROBE = '.spec.template.spec.containers[name="web"].readinessProbe'
PLACE = "/spec/template/spec/containers/0/readinessProbe/grpc/port"


def shop(**handler: Any) -> dict[str, Any]:
    made = deployment()
    container_of(made).update(ports=[{"containerPort": 5050, "name": "grpc"}], readinessProbe=handler)
    return made


def probe(outsider: Outsider) -> dict[str, Any]:
    found: dict[str, Any] = container_of(outsider.get(DEPLOYMENTS, NAME))["readinessProbe"]
    return found


@pytest.fixture(autouse=True)
def put_back(gateway: Gateway, outsider: Outsider) -> None:
    """The port of the probe was changed, and changed back."""
    gateway.apply(shop(grpc={"port": 5050}), fence=1, release="1", replicas=0)
    for port in (5051, 5050):
        outsider.edit(DEPLOYMENTS, NAME, {"op": "replace", "path": PLACE, "value": port}, manager="kubectl")
    gateway.apply(shop(grpc={"port": 5050}), fence=2, release="2")


def test_another_handler_is_refused_until_the_one_that_runs_is_left(gateway: Gateway, outsider: Outsider) -> None:
    wanted = shop(httpGet={"path": "/healthz", "port": 5050})
    with pytest.raises(FieldConflict, match="kubectl") as conflict:
        gateway.apply(wanted, fence=3, release="3")
    assert conflict.value.owners == {f"{PROBE}.httpGet": "kubectl"}
    left = {f"{PROBE}.grpc.port": "kubectl"}
    gateway.try_apply(wanted, fence=3, release="3", force=False, left=left)
    gateway.apply(wanted, fence=3, release="3", left=left)
    assert "httpGet" not in probe(outsider) and probe(outsider)["grpc"]["port"] == 5050
    gateway.apply(wanted, fence=4, release="4", left=left)
    gateway.apply(wanted, fence=5, release="5", force=True)
    assert "grpc" not in probe(outsider) and probe(outsider)["httpGet"]["path"] == "/healthz"
