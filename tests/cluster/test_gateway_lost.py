"""What somebody removed from an object, or moved to another key: seen, told as a conflict, left, or taken back."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.rendering import CLONESET_ALPHA, GATEWAY_API, render
from releases.gateway import FieldConflict, Gateway
from releases.gateway.kinds import WORKLOADS, kind_named
from releases.gateway.stated import FIELDS
from releases.gateway.trimming import trim
from tests.cluster.outsider import Outsider
from tests.cluster.shop import DEPLOYMENTS, container_of, deployment, owners, service
from tests.pure.golden.specs import facts, rich

NAME, SERVICES = "shop--web", "v1/services"
WEB = '.spec.template.spec.containers[name="web"]'
PORT = f'{WEB}.ports[containerPort=9555,protocol="TCP"]'
SERVICE_PORT = '.spec.ports[port=80,protocol="TCP"]'
AT = "/spec/template/spec/containers/0"
PROBE = {"httpGet": {"path": "/", "port": 9555}, "periodSeconds": 5}


def shop(*, port: int = 9555, image: str = "shop:1") -> dict[str, Any]:
    """A workload with something of all that somebody may remove, and with what API servers leave out."""
    made = deployment(image=image, minReadySeconds=0)
    container_of(made).update(
        ports=[{"containerPort": port, "name": "grpc"}],
        readinessProbe={**PROBE, "initialDelaySeconds": 0},
        envFrom=[{"configMapRef": {"name": "shop"}}],
        resources={"requests": {"cpu": "100m"}, "limits": {"memory": "64Mi"}},
        volumeMounts=[{"name": "data", "mountPath": "/data", "readOnly": False}],
        securityContext={"allowPrivilegeEscalation": False},
    )
    made["spec"]["template"]["spec"] |= {
        "volumes": [{"name": "data", "emptyDir": {}}],
        "automountServiceAccountToken": False,
        "hostNetwork": False,
        "nodeSelector": {},
    }
    made["metadata"]["annotations"] = {"team.example.com/owner": "shop"}
    return made


@pytest.fixture(autouse=True)
def applied(gateway: Gateway) -> None:
    gateway.apply(shop(), fence=1, release="1", replicas=1)
    gateway.apply(service(), fence=1, release="1")


def remove(*places: str) -> list[dict[str, Any]]:
    return [{"op": "remove", "path": place} for place in places]


def change(place: str, value: Any) -> dict[str, Any]:
    return {"op": "replace", "path": place, "value": value}


def move_port(outsider: Outsider) -> None:
    outsider.edit(DEPLOYMENTS, NAME, change(f"{AT}/ports/0/containerPort", 9999))


def move_service_port(outsider: Outsider) -> None:
    outsider.edit(SERVICES, NAME, change("/spec/ports/0/port", 8080))


def lost(outsider: Outsider) -> dict[str, tuple[str, Any]]:
    """Field → (manager, what is in its place), as an agent would report it."""
    told = trim(outsider.get(DEPLOYMENTS, NAME), kind="Deployment").get("foreign", ())
    return {
        field["path"]: (one["manager"], field["value"]) for one in told for field in one["fields"] if field.get("gone")
    }


def ports(outsider: Outsider) -> list[int]:
    return [row["containerPort"] for row in container_of(outsider.get(DEPLOYMENTS, NAME))["ports"]]


def service_ports(outsider: Outsider) -> list[int]:
    return [row["port"] for row in outsider.get(SERVICES, NAME)["spec"]["ports"]]


def test_what_api_servers_default_or_leave_out_is_not_lost(gateway: Gateway, outsider: Outsider) -> None:
    assert lost(outsider) == {}
    gateway.apply(shop(image="shop:2"), fence=2, release="2")
    assert lost(outsider) == {}


def test_nothing_of_all_that_slipway_renders_is_lost_at_an_api_server(gateway: Gateway, outsider: Outsider) -> None:
    outsider.delete(DEPLOYMENTS, NAME, propagationPolicy="Background")
    rendered = render(rich(), facts(capabilities=frozenset({GATEWAY_API, CLONESET_ALPHA}))).manifests
    workloads = [one for one in rendered if one["kind"] in WORKLOADS]
    assert {one["kind"] for one in workloads} == set(WORKLOADS)
    for fence in (1, 2):
        for one in workloads:
            gateway.apply(one, fence=fence, release=str(fence), replicas=0)
            plural = f"{one['apiVersion']}/{kind_named(one['kind']).plural}"
            live = outsider.get(plural, one["metadata"]["name"])
            assert FIELDS in live["metadata"]["annotations"]
            assert "foreign" not in trim(live, kind=one["kind"]), one["metadata"]["name"]


def test_what_was_removed_is_told_as_a_whole_and_of_nobody(outsider: Outsider) -> None:
    limits, env = f"{AT}/resources/limits", f"{AT}/env/0"
    outsider.edit(DEPLOYMENTS, NAME, *remove(f"{AT}/readinessProbe", f"{AT}/envFrom", limits, env))
    gone = (".readinessProbe", ".envFrom", ".resources.limits", '.env[name="A"]')
    assert lost(outsider) == {f"{WEB}{name}": ("", None) for name in gone}


def test_a_restriction_that_was_removed_is_told_though_it_was_false(outsider: Outsider) -> None:
    outsider.edit(DEPLOYMENTS, NAME, *remove("/spec/template/spec/automountServiceAccountToken"))
    assert set(lost(outsider)) == {".spec.template.spec.automountServiceAccountToken"}


def test_what_was_removed_comes_back_with_the_next_release(gateway: Gateway, outsider: Outsider) -> None:
    outsider.edit(DEPLOYMENTS, NAME, *remove(f"{AT}/readinessProbe", f"{AT}/envFrom"))
    gateway.apply(shop(), fence=2, release="2")
    assert lost(outsider) == {}
    web = container_of(outsider.get(DEPLOYMENTS, NAME))
    assert web["readinessProbe"]["periodSeconds"] == 5 and web["envFrom"] == [{"configMapRef": {"name": "shop"}}]


def test_annotations_of_slipway_that_were_removed_are_told(gateway: Gateway, outsider: Outsider) -> None:
    outsider.edit(DEPLOYMENTS, NAME, *remove("/metadata/annotations", f"{AT}/envFrom"))
    assert set(lost(outsider)) == {".metadata.annotations.slipway.dev/fence"}
    gateway.apply(shop(), fence=2, release="2", force=True)
    assert lost(outsider) == {} and "envFrom" in container_of(outsider.get(DEPLOYMENTS, NAME))


def test_a_port_that_was_moved_is_told_with_who_moved_it_and_where_to(outsider: Outsider) -> None:
    move_port(outsider)
    assert lost(outsider) == {PORT: ("kubectl-patch", 9999)}


def test_a_release_that_meets_it_says_which_field_is_whose(gateway: Gateway, outsider: Outsider) -> None:
    move_port(outsider)
    with pytest.raises(FieldConflict, match=r"kubectl-patch has 9999 in the place of .*9555.* Take it") as conflict:
        gateway.apply(shop(image="shop:2"), fence=2, release="2")
    assert (conflict.value.object, conflict.value.owners) == (f"Deployment/{NAME}", {PORT: "kubectl-patch"})


def test_taking_it_back_is_one_change_and_takes_the_other_away(gateway: Gateway, outsider: Outsider) -> None:
    move_port(outsider)
    before = outsider.get(DEPLOYMENTS, NAME)["metadata"]["generation"]
    gateway.apply(shop(), fence=2, release="2", force=True)
    live = outsider.get(DEPLOYMENTS, NAME)
    assert (ports(outsider), lost(outsider), live["metadata"]["generation"]) == ([9555], {}, before + 1)
    assert ("kubectl-patch", "Update") not in owners(live)
    gateway.apply(shop(port=9556), fence=3, release="3")
    assert ports(outsider) == [9556]


def test_what_is_left_stays_where_it_was_moved_to(gateway: Gateway, outsider: Outsider) -> None:
    move_port(outsider)
    gateway.apply(shop(image="shop:2"), fence=2, release="2", left={PORT: "kubectl-patch"})
    assert (ports(outsider), container_of(outsider.get(DEPLOYMENTS, NAME))["image"]) == ([9999], "shop:2")
    assert lost(outsider) == {PORT: ("kubectl-patch", 9999)}
    with pytest.raises(FieldConflict):
        gateway.apply(shop(image="shop:3"), fence=3, release="3", left={PORT: "argocd"})


def test_a_port_of_a_service_is_told_left_and_taken_back_likewise(gateway: Gateway, outsider: Outsider) -> None:
    move_service_port(outsider)
    with pytest.raises(FieldConflict) as conflict:
        gateway.apply(service(), fence=2, release="2")
    assert conflict.value.owners == {SERVICE_PORT: "kubectl-patch"}
    gateway.apply(service(), fence=2, release="2", left={SERVICE_PORT: "kubectl-patch"})
    assert service_ports(outsider) == [8080]
    gateway.apply(service(), fence=3, release="3", force=True)
    assert service_ports(outsider) == [80]


def test_a_probe_of_another_sort_is_in_the_way_of_ours(gateway: Gateway, outsider: Outsider) -> None:
    probe = f"{AT}/readinessProbe"
    added = {"op": "add", "path": f"{probe}/tcpSocket", "value": {"port": 9555}}
    outsider.edit(DEPLOYMENTS, NAME, *remove(f"{probe}/httpGet"), added)
    assert lost(outsider) == {f"{WEB}.readinessProbe.httpGet": ("kubectl-patch", "tcpSocket")}
    with pytest.raises(FieldConflict, match="tcpSocket"):
        gateway.apply(shop(), fence=2, release="2")
    gateway.apply(shop(), fence=2, release="2", force=True)
    assert "tcpSocket" not in container_of(outsider.get(DEPLOYMENTS, NAME))["readinessProbe"]


def test_a_variable_from_elsewhere_is_in_the_way_of_ours(gateway: Gateway, outsider: Outsider) -> None:
    source = {"configMapKeyRef": {"name": "other", "key": "A"}}
    outsider.edit(DEPLOYMENTS, NAME, change(f"{AT}/env/0", {"name": "A", "valueFrom": source}))
    field = f'{WEB}.env[name="A"].value'
    assert lost(outsider) == {field: ("kubectl-patch", "valueFrom")}
    gateway.apply(shop(), fence=2, release="2", left={field: "kubectl-patch"})
    assert container_of(outsider.get(DEPLOYMENTS, NAME))["env"][0] == {"name": "A", "valueFrom": source}
    gateway.apply(shop(), fence=3, release="3", force=True)
    assert container_of(outsider.get(DEPLOYMENTS, NAME))["env"][0] == {"name": "A", "value": "1"}


def test_a_port_that_a_release_moves_itself_is_nobody_elses(gateway: Gateway, outsider: Outsider) -> None:
    gateway.apply(shop(port=9600), fence=2, release="2")
    assert (ports(outsider), lost(outsider)) == ([9600], {})


def test_what_others_add_beside_ours_stays_where_it_is_left(gateway: Gateway, outsider: Outsider) -> None:
    outsider.edit(
        DEPLOYMENTS, NAME, {"op": "add", "path": f"{AT}/ports/-", "value": {"containerPort": 9090, "name": "metrics"}}
    )
    move_port(outsider)
    left = {f'{WEB}.ports[containerPort=9090,protocol="TCP"]': "kubectl-patch"}
    gateway.apply(shop(), fence=2, release="2", force=True, left=left)
    assert sorted(ports(outsider)) == [9090, 9555]
    gateway.apply(shop(), fence=3, release="3", force=True)
    assert ports(outsider) == [9555]


def rolling(*, image: str = "shop:1") -> dict[str, Any]:
    made = shop(image=image)
    made["spec"]["strategy"] = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    return made


@pytest.fixture
def recreated(gateway: Gateway, outsider: Outsider) -> None:
    """Somebody took the strategy for another one, which leaves no room for how Slipway rolls."""
    gateway.apply(rolling(), fence=2, release="2")
    outsider.edit(DEPLOYMENTS, NAME, change("/spec/strategy", {"type": "Recreate"}))


@pytest.mark.usefixtures("recreated")
def test_another_strategy_is_one_change_that_is_left_as_a_whole(gateway: Gateway, outsider: Outsider) -> None:
    told = trim(outsider.get(DEPLOYMENTS, NAME), kind="Deployment")["foreign"]
    assert [(one["manager"], [row["path"] for row in one["fields"]]) for one in told] == [
        ("kubectl-patch", [".spec.strategy.type"])
    ]
    with pytest.raises(FieldConflict) as conflict:
        gateway.apply(rolling(image="shop:2"), fence=3, release="3")
    assert conflict.value.owners == {".spec.strategy.type": "kubectl-patch"}
    gateway.apply(rolling(image="shop:2"), fence=3, release="3", left={".spec.strategy.type": "kubectl-patch"})
    live = outsider.get(DEPLOYMENTS, NAME)
    assert (live["spec"]["strategy"], container_of(live)["image"]) == ({"type": "Recreate"}, "shop:2")


@pytest.mark.usefixtures("recreated")
def test_another_strategy_is_taken_back_as_a_whole(gateway: Gateway, outsider: Outsider) -> None:
    left = {".spec.strategy.type": "kubectl-patch"}
    gateway.apply(rolling(), fence=3, release="3", left=left)
    gateway.apply(rolling(), fence=4, release="4", force=True)
    live = outsider.get(DEPLOYMENTS, NAME)
    assert live["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0} and lost(outsider) == {}
    assert ("kubectl-patch", "Update") not in owners(live)


@pytest.mark.usefixtures("recreated")
def test_how_it_rolls_is_told_anew_once_the_strategy_was_put_back(gateway: Gateway, outsider: Outsider) -> None:
    left = {".spec.strategy.type": "kubectl-patch"}
    gateway.apply(rolling(), fence=3, release="3", left=left)
    outsider.edit(DEPLOYMENTS, NAME, change("/spec/strategy", {"type": "RollingUpdate"}))
    with pytest.raises(FieldConflict) as conflict:
        gateway.apply(rolling(), fence=4, release="4", left=left)
    # What a cluster fills in belongs to whoever left it out.
    moves = [f".spec.strategy.rollingUpdate.{name}" for name in ("maxSurge", "maxUnavailable")]
    assert conflict.value.owners == dict.fromkeys(moves, "kubectl-patch")
    gateway.apply(rolling(), fence=4, release="4", force=True)
    assert outsider.get(DEPLOYMENTS, NAME)["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
