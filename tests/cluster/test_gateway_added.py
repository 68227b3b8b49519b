"""What somebody added to the template of a workload: seen with a name, left by a release, taken out by force."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from releases.gateway import FieldConflict, Gateway
from releases.gateway.trimming import trim
from tests.cluster.outsider import Outsider
from tests.cluster.shop import DEPLOYMENTS, before_next_write, container_of, deployment

NAME = "shop--web"
POD = ".spec.template.spec"
WEB, AT = f'{POD}.containers[name="web"]', "/spec/template/spec"
SPY = {"name": "spy", "image": "spy:1", "env": [{"name": "TO", "value": "s3cret"}]}
ADDED = {
    f'{POD}.containers[name="spy"]': "spy:1",
    f'{POD}.initContainers[name="first"]': "first:1",
    f'{POD}.volumes[name="theirs"]': None,
    f'{WEB}.env[name="FOO"]': None,
    f'{WEB}.volumeMounts[mountPath="/theirs"]': None,
    f'{WEB}.ports[containerPort=9090,protocol="TCP"]': None,
    f"{WEB}.args": None,
}
PORT = f'{WEB}.ports[containerPort=9191,protocol="TCP"]'
LIMIT = f"{WEB}.resources.limits.memory"


def add(place: str, value: Any) -> dict[str, Any]:
    return {"op": "add", "path": f"{AT}{place}", "value": value}


def spy(outsider: Outsider, *, manager: str = "kubectl-patch") -> None:
    outsider.edit(DEPLOYMENTS, NAME, add("/containers/-", SPY), manager=manager)


def everything(outsider: Outsider) -> None:
    """One of each that can be added."""
    outsider.edit(
        DEPLOYMENTS,
        NAME,
        add("/containers/-", SPY),
        add("/initContainers", [{"name": "first", "image": "first:1"}]),
        add("/volumes", [{"name": "theirs", "emptyDir": {}}]),
        add("/containers/0/env/-", {"name": "FOO", "value": "s3cret"}),
        add("/containers/0/volumeMounts", [{"name": "theirs", "mountPath": "/theirs"}]),
        add("/containers/0/args", ["--debug"]),
        add("/containers/0/ports", [{"containerPort": 9090, "name": "debug"}]),
    )


def pod(outsider: Outsider) -> Mapping[str, Any]:
    found: Mapping[str, Any] = outsider.get(DEPLOYMENTS, NAME)["spec"]["template"]["spec"]
    return found


def names(outsider: Outsider) -> list[str]:
    return [one["name"] for one in pod(outsider)["containers"]]


def told(outsider: Outsider) -> dict[str, dict[str, Any]]:
    """Manager → field → value, as an agent would report it."""
    workload = trim(outsider.get(DEPLOYMENTS, NAME), kind="Deployment")
    return {
        one["manager"]: {field["path"]: field["value"] for field in one["fields"]}
        for one in workload.get("foreign", ())
    }


@pytest.fixture(autouse=True)
def applied(gateway: Gateway) -> None:
    gateway.apply(deployment(), fence=1, release="1", replicas=3)


def test_each_addition_is_one_line_whatever_is_in_it_and_no_value_goes_along(outsider: Outsider) -> None:
    everything(outsider)
    assert told(outsider) == {"kubectl-patch": ADDED}


def test_what_restarts_instances_or_labels_them_is_no_addition(outsider: Outsider) -> None:
    notes = {"annotations": {"kubectl.kubernetes.io/restartedAt": "2030-01-01T00:00:00Z"}}
    outsider.merge(DEPLOYMENTS, NAME, {"spec": {"template": {"metadata": notes}}}, manager="kubectl-rollout")
    assert not [path for paths in told(outsider).values() for path in paths if path.startswith(POD)]


def test_a_release_leaves_what_was_added_and_is_no_conflict(gateway: Gateway, outsider: Outsider) -> None:
    everything(outsider)
    gateway.apply(deployment(image="shop:2"), fence=2, release="2")
    assert names(outsider) == ["web", "spy"] and container_of(outsider.get(DEPLOYMENTS, NAME))["image"] == "shop:2"
    assert told(outsider) == {"kubectl-patch": ADDED}


def test_force_takes_out_all_of_it_in_one_change_of_the_template(gateway: Gateway, outsider: Outsider) -> None:
    before = pod(outsider)
    everything(outsider)
    since = outsider.get(DEPLOYMENTS, NAME)["metadata"]["generation"]
    gateway.apply(deployment(), fence=2, release="2", force=True)
    live = outsider.get(DEPLOYMENTS, NAME)
    assert {key: one for key, one in pod(outsider).items() if one or key in before} == before
    assert live["metadata"]["generation"] == since + 1
    assert told(outsider) == {}
    assert not gateway.apply(deployment(), fence=2, release="2", force=True).changed


def test_force_takes_out_what_several_have_a_part_in(gateway: Gateway, outsider: Outsider) -> None:
    spy(outsider)
    change = {"op": "replace", "path": f"{AT}/containers/1/image", "value": "spy:2"}
    outsider.edit(DEPLOYMENTS, NAME, change, manager="argocd")
    assert told(outsider) == {"kubectl-patch": {f'{POD}.containers[name="spy"]': "spy:2"}}
    gateway.apply(deployment(), fence=2, release="2", force=True)
    assert names(outsider) == ["web"]


def test_force_keeps_what_is_left_to_whom_it_was_left(gateway: Gateway, outsider: Outsider) -> None:
    spy(outsider)
    left = {f'{POD}.containers[name="spy"]': "kubectl-patch"}
    outsider.edit(DEPLOYMENTS, NAME, add("/containers/0/env/-", {"name": "FOO", "value": "x"}))
    gateway.apply(deployment(), fence=2, release="2", force=True, left=left)
    assert names(outsider) == ["web", "spy"]
    assert [one["name"] for one in container_of(outsider.get(DEPLOYMENTS, NAME))["env"]] == ["A", "B"]
    gateway.apply(deployment(), fence=3, release="3", force=True, left=dict.fromkeys(left, "argocd"))
    assert names(outsider) == ["web"]


def test_what_is_added_while_force_takes_something_out_is_seen(
    gateway: Gateway, outsider: Outsider, monkeypatch: pytest.MonkeyPatch
) -> None:
    outsider.edit(DEPLOYMENTS, NAME, add("/containers/0/env/-", {"name": "FOO", "value": "x"}))
    before_next_write(monkeypatch, lambda: spy(outsider))
    gateway.apply(deployment(), fence=2, release="2", force=True)
    assert names(outsider) == ["web"] and told(outsider) == {}


def test_what_the_app_states_by_now_is_no_addition_but_a_conflict(gateway: Gateway, outsider: Outsider) -> None:
    outsider.edit(DEPLOYMENTS, NAME, add("/containers/0/env/-", {"name": "FOO", "value": "theirs"}))
    wanted = deployment()
    container_of(wanted)["env"].append({"name": "FOO", "value": "ours"})
    with pytest.raises(FieldConflict, match="kubectl-patch"):
        gateway.apply(wanted, fence=2, release="2")
    gateway.apply(wanted, fence=2, release="2", force=True)
    assert container_of(outsider.get(DEPLOYMENTS, NAME))["env"][-1] == {"name": "FOO", "value": "ours"}
    assert told(outsider) == {}


@pytest.fixture
def shared(gateway: Gateway, outsider: Outsider) -> None:
    """A port and a limit that Slipway set, and argocd too."""
    wanted, theirs = deployment(), {"ports": [{"containerPort": 9191, "name": "metrics"}]}
    container_of(wanted).update(theirs, resources={"limits": {"memory": "64Mi"}})
    gateway.apply(wanted, fence=2, release="2")
    body = {**wanted, "metadata": {"name": NAME}}
    container_of(body).pop("env")
    outsider.apply(DEPLOYMENTS, NAME, body)


def test_what_somebody_set_too_and_a_release_drops_is_an_addition(
    gateway: Gateway, outsider: Outsider, shared: None
) -> None:
    assert PORT not in told(outsider)["argocd"]
    gateway.apply(deployment(), fence=3, release="3")
    assert PORT in told(outsider)["argocd"]
    assert container_of(outsider.get(DEPLOYMENTS, NAME))["ports"][0]["containerPort"] == 9191
    gateway.apply(deployment(), fence=4, release="4", force=True)
    assert "ports" not in container_of(outsider.get(DEPLOYMENTS, NAME))


def test_force_drops_what_somebody_set_too(gateway: Gateway, outsider: Outsider, shared: None) -> None:
    gateway.apply(deployment(), fence=3, release="3", force=True)
    web = container_of(outsider.get(DEPLOYMENTS, NAME))
    assert "ports" not in web and not web["resources"]


def test_force_keeps_what_of_it_is_left_to_whom_it_was_left(gateway: Gateway, outsider: Outsider, shared: None) -> None:
    left = {f"{PORT}.name": "argocd", LIMIT: "argocd"}
    gateway.apply(deployment(), fence=3, release="3", force=True, left=left)
    web = container_of(outsider.get(DEPLOYMENTS, NAME))
    assert [one["containerPort"] for one in web["ports"]] == [9191]
    assert web["resources"]["limits"] == {"memory": "64Mi"}
    gateway.apply(deployment(), fence=4, release="4", force=True)
    assert "ports" not in container_of(outsider.get(DEPLOYMENTS, NAME))
