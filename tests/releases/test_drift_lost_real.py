"""Somebody moves or removes what Slipway set, on a real control plane and on a simulated cluster; the ways out."""

from __future__ import annotations

from typing import Any

import pytest

from portal.errors import Refused
from releases.drift.looking import drifts, open_drifts
from tests.cluster.outsider import Outsider
from tests.releases.live import Live
from tests.releases.test_drift_real import (
    DEPLOYMENTS,
    KEY,
    NAME,
    SHOP,
    drift_of,
    ends,
    images,
    live,
    no_drift,
    outsiders,
    shop,
    simulator,
    take_over,
)

__all__ = ["live", "outsiders", "simulator"]

pytestmark = pytest.mark.django_db(transaction=True)
WEB = '.spec.template.spec.containers[name="web"]'
PORT = f'{WEB}.ports[containerPort=8080,protocol="TCP"]'
SERVICES = "v1/services"
AT = "/spec/template/spec/containers/0"


def move_port(outsider: Outsider) -> None:
    change = {"op": "replace", "path": f"{AT}/ports/0/containerPort", "value": 9999}
    outsider.edit(DEPLOYMENTS, NAME, change)


def container(outsider: Outsider) -> dict[str, Any]:
    found: dict[str, Any] = outsider.get(DEPLOYMENTS, NAME)["spec"]["template"]["spec"]["containers"][0]
    return found


def ports(outsiders: dict[str, Outsider]) -> list[int]:
    return [row["containerPort"] for one in outsiders.values() for row in container(one)["ports"]]


def test_a_port_that_was_moved_is_seen_with_its_name_then_left_then_taken_over(
    live: Live, outsiders: dict[str, Outsider]
) -> None:
    ends(live, live.deploy(), "succeeded")
    for where, outsider in outsiders.items():
        move_port(outsider)
        seen = drift_of(live, where, PORT)
        assert (seen.object, seen.manager, seen.live, seen.gone) == (KEY, "kubectl-patch", 9999, True), where
        live.on_app("drift.leave", cluster=where, object=KEY)
    assert open_drifts(shop(live)) == []
    ends(live, live.deploy(f"{SHOP}:2"), "succeeded")
    assert (images(outsiders), ports(outsiders)) == ({f"{SHOP}:2"}, [9999, 9999])
    assert open_drifts(shop(live)) == [] and all(drift_of(live, where, PORT) for where in outsiders)

    for where in outsiders:
        ends(live, take_over(live, where), "succeeded")
    assert ports(outsiders) == [8080, 8080]
    no_drift(live)
    ends(live, live.deploy(f"{SHOP}:3"), "succeeded")


def test_a_release_that_meets_moved_ports_is_released_again_over_them(
    live: Live, outsiders: dict[str, Outsider]
) -> None:
    ends(live, live.deploy(), "succeeded")
    for where, outsider in outsiders.items():
        move_port(outsider)
        drift_of(live, where, PORT)
    (port,) = outsiders["north"].get(SERVICES, NAME)["spec"]["ports"]
    outsiders["north"].edit(SERVICES, NAME, {"op": "replace", "path": "/spec/ports/0/port", "value": 9090})
    number = live.deploy(f"{SHOP}:2")
    met = []
    while (ended := live.until(number, "succeeded", "failed")).state == "failed":
        assert ended.reason is not None and "kubectl-patch has 9" in ended.why and "Take it over" in ended.why
        place = {name: ended.reason["values"][name] for name in ("cluster", "object")}
        assert place not in met
        met.append(place)
        number = int(live.on_app("drift.take_over", **place, of_release=number).result["release"])
    assert len(met) == 3
    assert (images(outsiders), ports(outsiders)) == ({f"{SHOP}:2"}, [8080, 8080])
    assert outsiders["north"].get(SERVICES, NAME)["spec"]["ports"] == [port]
    no_drift(live)


def test_what_was_removed_is_told_and_taken_over_and_can_be_left_to_nobody(
    live: Live, outsiders: dict[str, Outsider]
) -> None:
    ends(live, live.deploy(), "succeeded")
    for where, outsider in outsiders.items():
        before = container(outsider)["resources"]
        outsider.edit(DEPLOYMENTS, NAME, {"op": "remove", "path": f"{AT}/resources/limits"})
        seen = drift_of(live, where, f"{WEB}.resources.limits")
        assert (seen.object, seen.manager, seen.live, seen.gone) == (KEY, "", None, True), where
        with pytest.raises(Refused, match=r"Nobody has the .* so there is nobody to leave that to"):
            live.on_app("drift.leave", cluster=where, object=KEY)
        ends(live, take_over(live, where), "succeeded")
        assert container(outsider)["resources"] == before, where
    no_drift(live)


def test_another_strategy_is_left_and_taken_over_with_how_it_rolls(live: Live, outsiders: dict[str, Outsider]) -> None:
    ends(live, live.deploy(), "succeeded")
    field = ".spec.strategy.type"
    for where, outsider in outsiders.items():
        other = {"op": "replace", "path": "/spec/strategy", "value": {"type": "Recreate"}}
        outsider.edit(DEPLOYMENTS, NAME, other)
        seen = drift_of(live, where, field)
        assert (seen.manager, seen.live, seen.ours) == ("kubectl-patch", "Recreate", "RollingUpdate"), where
        live.on_app("drift.leave", cluster=where, object=KEY)
    assert {one.field for one in drifts(shop(live))} == {field}
    ends(live, live.deploy(f"{SHOP}:2"), "succeeded")
    assert images(outsiders) == {f"{SHOP}:2"} and open_drifts(shop(live)) == []
    assert kinds(outsiders) == ["Recreate", "Recreate"]

    for where in outsiders:
        ends(live, take_over(live, where), "succeeded")
    assert kinds(outsiders) == ["RollingUpdate", "RollingUpdate"]
    no_drift(live)


def kinds(outsiders: dict[str, Outsider]) -> list[str]:
    return [str(one.get(DEPLOYMENTS, NAME)["spec"]["strategy"]["type"]) for one in outsiders.values()]
