"""What holds for every spec: decided once, because it cannot be changed when apps run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from apps_mgmt.demo import boutique
from apps_mgmt.rendering import (
    CLONESET_ALPHA,
    CLONESET_BETA,
    GATEWAY_API,
    Rendered,
    canary,
    digest_manifests,
    order,
    render,
)
from apps_mgmt.spec import AppSpec, SpecError
from tests.pure.golden.specs import facts, rich, specs

WORKLOADS = ("Deployment", "CloneSet", "StatefulSet")
SELECTED_BY = {"slipway.dev/app", "slipway.dev/process", "slipway.dev/track"}
OWNED_BY = {"slipway.dev/app", "slipway.dev/app-id", "slipway.dev/tenant", "app.kubernetes.io/managed-by"}
ALL = frozenset({GATEWAY_API, CLONESET_BETA})


def rendered(spec: AppSpec, **changes: Any) -> Rendered:
    """On the first of its clusters."""
    targets = spec.placement.targets
    usual = {"capabilities": ALL, "cluster": targets[0].cluster if targets else "north"}
    return render(spec, facts(**{**usual, **changes}))


def keys(value: Any, path: str = "") -> Iterator[str]:
    """Every path in a manifest."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield f"{path}.{key}"
            yield from keys(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner, path)


@settings(max_examples=30, deadline=None)
@given(spec=specs())
def test_no_manifest_ever_says_how_many(spec: AppSpec) -> None:
    made = rendered(spec)
    assert not [row for row in made.manifests if row["kind"] in WORKLOADS and "replicas" in row["spec"]]
    workloads = {row["metadata"]["name"] for row in made.manifests if row["kind"] in WORKLOADS}
    assert set(made.replicas) == workloads


@settings(max_examples=30, deadline=None)
@given(spec=specs())
def test_everything_is_owned_and_selectors_are_the_three_labels(spec: AppSpec) -> None:
    for row in rendered(spec).manifests:
        labels = row["metadata"]["labels"]
        assert labels.keys() >= OWNED_BY
        assert "slipway.dev/release" not in str(row)
        if row["kind"] in WORKLOADS:
            chosen = row["spec"]["selector"]["matchLabels"]
            pods = row["spec"]["template"]["metadata"]["labels"]
            assert set(chosen) == SELECTED_BY
            assert pods.items() >= chosen.items()
            assert pods.keys() >= OWNED_BY
        if row["kind"] == "Service":
            assert set(row["spec"]["selector"]) == SELECTED_BY


@settings(max_examples=30, deadline=None)
@given(spec=specs(), data=st.data())
def test_no_change_of_a_spec_changes_a_selector(spec: AppSpec, data: st.DataObject) -> None:
    assume(spec.processes)
    name = spec.processes[0].name
    changed = spec.with_process(name, replicas=7, image="other:2", command=("x",), restarted_at="2026-01-01T00:00:00Z")
    changed = changed.with_env("ADDED", "1").with_labels({"team": "x"})
    before, after = selectors(rendered(spec)), selectors(rendered(changed))
    assert before == after


@settings(max_examples=30, deadline=None)
@given(spec=specs())
def test_the_same_is_rendered_the_same(spec: AppSpec) -> None:
    one, two = rendered(spec), rendered(spec)
    assert one == two
    assert digest_manifests(one.manifests) == digest_manifests(tuple(reversed(two.manifests)))
    assert order(reversed(one.manifests)) == one.manifests


@settings(max_examples=30, deadline=None)
@given(spec=specs())
def test_names_are_unique_and_fit_kubernetes(spec: AppSpec) -> None:
    names = [(row["kind"], row["metadata"]["name"]) for row in rendered(spec).manifests]
    assert len(names) == len(set(names))
    assert all(len(name) <= 63 and re.fullmatch(r"[a-z]([-a-z0-9]*[a-z0-9])?", name) for _kind, name in names)


@pytest.mark.parametrize("app", boutique(), ids=lambda app: app.name)
def test_the_demo_runs_under_the_restricted_profile(app: Any) -> None:
    for row in rendered(app.spec, app=app.name).manifests:
        if row["kind"] == "Deployment":
            restricted(row["spec"]["template"]["spec"])


def test_a_usual_process_runs_under_the_restricted_profile() -> None:
    spec = AppSpec().with_new_process("web", image="a").with_sidecar("web", "b", image="b")
    restricted(rendered(spec).manifests[-1]["spec"]["template"]["spec"])


def test_nothing_that_reaches_the_machine_can_be_rendered() -> None:
    for row in rendered(rich()).manifests:
        found = {path.rpartition(".")[2] for path in keys(row)}
        assert not found & {
            "privileged",
            "hostPath",
            "hostNetwork",
            "hostPID",
            "hostIPC",
            "hostPort",
            "nodePort",
            "add",
        }


def test_a_token_is_mounted_only_when_asked_for() -> None:
    pods = {
        row["metadata"]["name"]: row["spec"]["template"]["spec"]
        for row in rendered(rich()).manifests
        if row["kind"] in WORKLOADS
    }
    assert {name: pod["automountServiceAccountToken"] for name, pod in pods.items()} == {
        "shop--web": False,
        "shop--worker": True,
        "shop--store": False,
    }
    assert pods["shop--worker"]["serviceAccountName"] == "reader"


def test_added_rights_are_those_asked_for_and_no_others() -> None:
    security = {"profile": "baseline", "capabilities": ["CHOWN", "SETUID"], "escalation": True}
    spec = AppSpec().with_new_process("web", image="a", security=security).with_new_process("other", image="a")
    told = {
        row["metadata"]["name"]: row["spec"]["template"]["spec"]["containers"][0]["securityContext"]
        for row in rendered(spec, cluster="cluster-1").manifests
        if row["kind"] == "Deployment"
    }
    assert told["shop--web"]["capabilities"] == {"drop": ["ALL"], "add": ["CHOWN", "SETUID"]}
    assert told["shop--web"]["allowPrivilegeEscalation"] is True
    assert told["shop--other"]["capabilities"] == {"drop": ["ALL"]}
    assert told["shop--other"]["allowPrivilegeEscalation"] is False


def test_a_volume_is_seen_by_those_it_is_mounted_for() -> None:
    spec = AppSpec().with_new_process("web", image="a").with_init("web", "prepare", image="a")
    spec = spec.with_sidecar("web", "logs", image="a").with_volume("data", size="1Gi").with_volume("spool", size="1Gi")
    spec = spec.with_mount("web", volume="data", path="/data")
    spec = spec.with_mount("web", volume="spool", path="/spool", containers=("web", "logs"))
    made = rendered(spec, cluster="cluster-1").manifests
    pod = next(row for row in made if row["kind"] == "Deployment")["spec"]["template"]["spec"]
    seen = {
        row["name"]: [mount["mountPath"] for mount in row.get("volumeMounts", ())]
        for row in (*pod["containers"], *pod["initContainers"])
    }
    assert seen == {"web": ["/data", "/spool"], "logs": ["/spool"], "prepare": ["/data"]}


def test_where_the_app_may_go_is_said_by_network_namespace_and_port() -> None:
    egress = [{"network": "10.0.0.0/8"}, {"namespace": "data", "ports": [5432]}]
    spec = AppSpec(network_policy={"egress": egress})
    policy = next(row for row in rendered(spec).manifests if row["kind"] == "NetworkPolicy")
    assert policy["spec"]["egress"][2:] == [
        {"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]},
        {
            "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "data"}}}],
            "ports": [{"port": 5432, "protocol": "TCP"}, {"port": 5432, "protocol": "UDP"}],
        },
    ]


def test_a_label_of_the_user_never_replaces_ours() -> None:
    spec = AppSpec().with_new_process("web", image="a").with_labels({"team": "x"})
    labels = rendered(spec).manifests[-1]["spec"]["template"]["metadata"]["labels"]
    assert labels["team"] == "x" and labels["slipway.dev/app"] == "shop"


def test_the_second_track_shares_nothing_with_the_first() -> None:
    for row in rendered(rich()).manifests:
        if row["kind"] == "Deployment":
            other = canary(row)
            assert other["metadata"]["name"] == "shop--web--canary"
            assert other["spec"]["selector"]["matchLabels"]["slipway.dev/track"] == "canary"
            assert other["spec"]["template"]["metadata"]["labels"]["slipway.dev/track"] == "canary"
            assert row["metadata"]["labels"]["slipway.dev/track"] == "stable"
        if row["kind"] == "ConfigMap":
            with pytest.raises(ValueError, match="no second track"):
                canary(row)


def test_a_cluster_without_clone_sets_is_said_before_anything_is_done() -> None:
    with pytest.raises(SpecError, match="does not know"):
        rendered(rich(), capabilities=frozenset({GATEWAY_API}))


def test_each_version_of_a_clone_set_is_written_its_own_way() -> None:
    def update(version: str) -> Any:
        made = rendered(rich(), capabilities=frozenset({version}))
        (row,) = (row for row in made.manifests if row["kind"] == "CloneSet")
        assert row["apiVersion"] == version
        return row["spec"]["updateStrategy"]

    moves = {"maxSurge": 1, "maxUnavailable": "20%"}
    assert update(CLONESET_ALPHA) == {"type": "InPlaceIfPossible", **moves}
    assert update(CLONESET_BETA) == {
        "type": "RollingUpdate",
        "rollingUpdate": {**moves, "podUpdatePolicy": "InPlaceIfPossible"},
    }


def test_a_cluster_that_is_not_a_target_is_refused() -> None:
    with pytest.raises(SpecError, match=r"not placed on the cluster west\. It is on: north, south"):
        rendered(rich(), cluster="west")


def test_names_too_long_together_are_refused() -> None:
    with pytest.raises(SpecError, match="together"):
        rendered(AppSpec().with_new_process("w" * 30, image="a"), app="a" * 20)


def selectors(made: Rendered) -> dict[str, Any]:
    return {row["metadata"]["name"]: row["spec"]["selector"] for row in made.manifests if row["kind"] in WORKLOADS}


def restricted(pod: Any) -> None:
    """As the Pod Security Standard `restricted` asks."""
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for container in (*pod["containers"], *pod.get("initContainers", ())):
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
