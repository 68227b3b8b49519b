"""The core on its own clock: rollouts, crashes, deadlines, quotas."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releases.simulator.core import kinds
from releases.simulator.core.api import MERGE_PATCH, Write
from releases.simulator.core.cluster import Cluster
from releases.simulator.core.logs import lines, source
from releases.simulator.core.objects import condition_of, parse_timestamp
from releases.simulator.core.seed import NodeSize

START = 1_700_000_000.0


def _cluster(**more: Any) -> Cluster:
    cluster = Cluster(name="north", now=START, **more)
    cluster.settle(within=1.0)
    return cluster


def _deployment(image: str = "shop/web:1", *, replicas: int = 2, cpu: str = "", **spec: Any) -> dict[str, Any]:
    labels = {"app": "web"}
    container: dict[str, Any] = {"name": "web", "image": image}
    if cpu:
        container["resources"] = {"requests": {"cpu": cpu}}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    body = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template, **spec}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": body}


def _create(cluster: Cluster, body: dict[str, Any]) -> None:
    cluster.api.create(kinds.DEPLOYMENT, "default", body, write=Write("test"))


def _patch(cluster: Cluster, spec: dict[str, Any]) -> None:
    cluster.api.patch(kinds.DEPLOYMENT, "default", "web", {"spec": spec}, type_=MERGE_PATCH, write=Write("test"))


def _image(cluster: Cluster, image: str) -> None:
    _patch(cluster, {"template": {"spec": {"containers": [{"name": "web", "image": image}]}}})


def _get(cluster: Cluster) -> dict[str, Any]:
    return cluster.api.get(kinds.DEPLOYMENT, "default", "web")


def _pods(cluster: Cluster) -> list[dict[str, Any]]:
    return list(cluster.store.each(kinds.POD, namespace="default"))


def _reason(cluster: Cluster, type_: str) -> str:
    condition = condition_of(_get(cluster), type_)
    return condition["reason"] if condition else ""


def test_a_small_rollout_takes_two_to_six_seconds() -> None:
    cluster = _cluster()
    _create(cluster, _deployment(replicas=3))
    cluster.settle(within=5.0)
    began = cluster.now
    _image(cluster, "shop/web:2")
    cluster.advance(began)
    while _reason(cluster, "Progressing") != "NewReplicaSetAvailable" or _get(cluster)["status"]["replicas"] != 3:
        due = cluster.next_event_at()
        assert due is not None
        cluster.advance(due)
    assert 2.0 <= cluster.now - began <= 6.0


def test_two_runs_are_the_same_to_the_last_letter() -> None:
    def run() -> dict[str, Any]:
        cluster = _cluster()
        _create(cluster, _deployment())
        cluster.settle(within=10.0)
        _image(cluster, "shop/web:crash")
        cluster.advance(cluster.now + 60.0)
        return cluster.dump(clean=True)

    assert run() == run()


def test_a_quiet_cluster_has_nothing_due() -> None:
    cluster = _cluster()
    _create(cluster, _deployment())
    cluster.settle(within=10.0)
    due = cluster.next_event_at()
    assert due is None or due > cluster.now + 500.0


def test_saving_in_the_middle_changes_nothing() -> None:
    def run(*, saved: bool) -> list[Any]:
        cluster = _cluster()
        _create(cluster, _deployment(replicas=4))
        cluster.advance(cluster.now + 1.0)
        if saved:
            cluster = Cluster(name="north", now=START, state=cluster.dump(clean=True))
        cluster.advance(START + 30.0)
        return sorted((row["metadata"]["name"], row["status"]["phase"]) for row in _pods(cluster))

    assert run(saved=True) == run(saved=False)


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("shop/web:crash", "CrashLoopBackOff"),
        ("shop/web:crash-9", "CrashLoopBackOff"),
        ("web:missing", "ImagePullBackOff"),
    ],
)
def test_a_bad_image_stops_the_rollout_and_keeps_the_old_pods(image: str, reason: str) -> None:
    cluster = _cluster()
    _create(cluster, _deployment(replicas=3))
    cluster.settle(within=5.0)
    _image(cluster, image)
    cluster.advance(cluster.now + 8.0)
    waiting = [
        row["status"]["containerStatuses"][0]["state"].get("waiting", {}).get("reason") for row in _pods(cluster)
    ]
    assert reason in waiting
    assert _get(cluster)["status"]["availableReplicas"] >= 3
    cluster.advance(cluster.now + 700.0)
    assert _reason(cluster, "Progressing") == "ProgressDeadlineExceeded"


def test_restarts_grow_with_pauses_that_double() -> None:
    cluster = _cluster()
    _create(cluster, _deployment("shop/web:crash", replicas=1))
    counts = []
    for seconds in (5, 20, 40, 80):
        cluster.advance(cluster.now + seconds)
        counts.append(_pods(cluster)[0]["status"]["containerStatuses"][0]["restartCount"])
    assert counts == [1, 2, 3, 4]


def test_a_slow_image_takes_ten_seconds_longer() -> None:
    cluster = _cluster()
    _create(cluster, _deployment("shop/web:slow", replicas=1))
    cluster.advance(cluster.now + 9.0)
    assert "availableReplicas" not in _get(cluster)["status"]
    cluster.advance(cluster.now + 4.0)
    assert _get(cluster)["status"]["availableReplicas"] == 1


def test_ready_pods_count_only_after_their_rest() -> None:
    cluster = _cluster()
    _create(cluster, _deployment(replicas=1, minReadySeconds=30))
    cluster.advance(cluster.now + 20.0)
    assert _get(cluster)["status"]["readyReplicas"] == 1
    assert "availableReplicas" not in _get(cluster)["status"]
    cluster.advance(cluster.now + 15.0)
    assert _get(cluster)["status"]["availableReplicas"] == 1


def test_pods_that_fit_nowhere_wait_until_there_is_room() -> None:
    cluster = _cluster(nodes=2, node_size=NodeSize(cpu=2, memory=8, pods=10))
    _create(cluster, _deployment(replicas=5, cpu="1"))
    cluster.settle(within=5.0)
    stuck = [row for row in _pods(cluster) if not row["spec"].get("nodeName")]
    assert len(stuck) == 1
    condition = condition_of(stuck[0], "PodScheduled")
    assert condition is not None
    assert condition["message"] == "0/2 nodes are available: 2 Insufficient cpu."
    _patch(cluster, {"replicas": 4})
    cluster.settle(within=5.0)
    assert all(row["spec"].get("nodeName") for row in _pods(cluster))


def test_old_revisions_are_forgotten_beyond_the_limit() -> None:
    cluster = _cluster()
    _create(cluster, _deployment(replicas=1, revisionHistoryLimit=2))
    for number in range(2, 7):
        cluster.settle(within=5.0)
        _image(cluster, f"shop/web:{number}")
    cluster.settle(within=5.0)
    revisions = sorted(
        row["metadata"]["annotations"]["deployment.kubernetes.io/revision"]
        for row in cluster.store.each(kinds.REPLICA_SET)
    )
    assert revisions == ["4", "5", "6"]


def test_a_paused_deployment_scales_but_does_not_roll() -> None:
    cluster = _cluster()
    _create(cluster, _deployment(replicas=1))
    cluster.settle(within=5.0)
    _patch(cluster, {"paused": True})
    _image(cluster, "shop/web:2")
    _patch(cluster, {"replicas": 3})
    cluster.settle(within=5.0)
    assert {row["spec"]["containers"][0]["image"] for row in _pods(cluster)} == {"shop/web:1"}
    assert len(_pods(cluster)) == 3


def test_an_autoscaler_keeps_to_its_limits() -> None:
    cluster = _cluster()
    _create(cluster, _deployment(replicas=1))
    spec = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "minReplicas": 3,
        "maxReplicas": 5,
    }
    body = {"metadata": {"name": "web"}, "spec": spec}
    cluster.api.create(kinds.AUTOSCALER, "default", body, write=Write("test"))
    cluster.settle(within=5.0)
    assert _get(cluster)["status"]["availableReplicas"] == 3
    _patch(cluster, {"replicas": 9})
    cluster.settle(within=5.0)
    assert len([row for row in _pods(cluster) if row["status"]["phase"] == "Running"]) == 5


def test_a_crashed_container_leaves_its_last_words() -> None:
    cluster = _cluster()
    _create(cluster, _deployment("shop/web:crash", replicas=1))
    cluster.advance(cluster.now + 30.0)
    name = _pods(cluster)[0]["metadata"]["name"]
    run = source(cluster.world, "default", name, container="", previous=True)
    said = lines(run, now=cluster.now)
    assert said[-1].text == "exit status 1"
    assert [line.at for line in said] == sorted(line.at for line in said)


@settings(max_examples=25, deadline=None)
@given(
    replicas=st.integers(1, 8),
    surge=st.integers(0, 3),
    down=st.integers(0, 3),
    steps=st.lists(
        st.tuples(st.sampled_from(["shop/web:2", "shop/web:3", "shop/web:1"]), st.floats(0.1, 4.0)), max_size=4
    ),
)
def test_no_rollout_leaves_the_band_its_strategy_allows(
    replicas: int, surge: int, down: int, steps: list[tuple[str, float]]
) -> None:
    if surge == 0 and down == 0:
        surge = 1
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": down}}
    cluster = _cluster()
    _create(cluster, _deployment(replicas=replicas, strategy=rolling))
    cluster.settle(within=20.0)
    for image, seconds in [*steps, ("shop/web:4", 60.0)]:
        _image(cluster, image)
        end = cluster.now + seconds
        while (due := cluster.next_event_at()) is not None and due <= end:
            cluster.advance(due)
            living = [row for row in _pods(cluster) if "deletionTimestamp" not in row["metadata"]]
            ready = [row for row in living if (condition_of(row, "Ready") or {}).get("status") == "True"]
            assert len(living) <= replicas + surge
            assert len(ready) >= replicas - down
        cluster.advance(end)
    images = {row["spec"]["containers"][0]["image"] for row in _pods(cluster)}
    assert images == {"shop/web:4"}
    assert _get(cluster)["status"]["availableReplicas"] == replicas


def test_timestamps_are_the_clusters_own() -> None:
    cluster = _cluster()
    _create(cluster, _deployment())
    assert parse_timestamp(_get(cluster)["metadata"]["creationTimestamp"]) == int(cluster.now)
