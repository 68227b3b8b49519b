"""What the agent decides without a network: when to report, when to try again, whether a cluster is lost."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from releases.agent import words
from releases.agent.backoff import Backoff
from releases.agent.coalescing import Coalescer
from releases.agent.health import PROBE, Health
from releases.agent.store import Store
from releases.agent.watching import KindWatch
from releases.gateway.kinds import POD

# Coalescing


def test_a_first_event_is_reported_at_once() -> None:
    coalescer = Coalescer()
    coalescer.touched("app", now=5.0)
    assert coalescer.wait(now=5.0) == 0
    assert coalescer.take(now=5.0) == ["app"]
    assert coalescer.wait(now=5.0) is None


def test_a_burst_is_reported_every_hundred_milliseconds_and_its_last_event_is_never_lost() -> None:
    coalescer = Coalescer()
    reports = []
    for step in range(1000):
        now = step / 1000
        if step < 500:
            coalescer.touched("app", now=now)
        for key in coalescer.take(now=now):
            reports.append(now)
            coalescer.done(key, now=now)
    assert reports == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4, 0.5], abs=0.002)


def test_apps_do_not_wait_for_each_other() -> None:
    coalescer = Coalescer()
    coalescer.touched("one", now=0.0)
    assert coalescer.take(now=0.0) == ["one"]
    coalescer.touched("other", now=0.01)
    assert coalescer.take(now=0.01) == ["other"]


def test_an_app_is_never_reported_twice_at_a_time() -> None:
    coalescer = Coalescer()
    coalescer.touched("app", now=0.0)
    assert coalescer.take(now=0.0) == ["app"]
    coalescer.touched("app", now=0.05)
    assert coalescer.take(now=9.0) == []
    assert coalescer.wait(now=9.0) is None
    coalescer.done("app", now=9.0)
    assert coalescer.take(now=9.0) == ["app"]


def test_a_report_that_failed_is_made_again_later_and_later() -> None:
    coalescer = Coalescer()
    coalescer.touched("app", now=0.0)
    waits = []
    now = 0.0
    for _attempt in range(7):
        assert coalescer.take(now=now) == ["app"]
        waits.append(coalescer.failed("app", now=now))
        assert coalescer.take(now=now) == []
        now += waits[-1]
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    coalescer.take(now=now)
    coalescer.done("app", now=now)
    assert coalescer.wait(now=now) is None


# Backoff and health


def test_waiting_doubles_to_thirty_seconds_and_is_spread() -> None:
    calm, hasty = Backoff(lambda: 0.0), Backoff(lambda: 0.999)
    assert [round(calm.next(), 1) for _ in range(8)] == [0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30]
    assert 0.5 < hasty.next() < 0.6
    calm.reset()
    assert calm.next() == 0.8


def test_a_cluster_is_lost_after_ten_seconds_of_failing_and_not_before() -> None:
    health = Health()
    health.fails("Pod", now=0.0, reason="no connection")
    assert health.seconds_left(now=4.0) == 6.0
    assert not health.is_lost(now=9.9)
    health.fails("Pod", now=9.95, reason="it took too long")
    assert health.is_lost(now=10.0)
    assert health.reason == "it took too long"


def test_one_good_answer_in_between_starts_the_ten_seconds_anew() -> None:
    health = Health()
    health.fails("Pod", now=0.0, reason="x")
    health.works("Pod")
    assert health.seconds_left(now=1.0) is None
    health.fails("Pod", now=9.0, reason="x")
    assert not health.is_lost(now=18.0)
    assert health.is_lost(now=19.0)


def test_what_answers_ends_the_waiting_for_the_small_question_too() -> None:
    """Else the next watch that fails, as connections do that were silent, would have the cluster lost at once again."""
    health = Health()
    health.fails(PROBE, now=100.0, reason="it took too long")

    assert health.works("Pod")

    health.fails("Pod", now=111.0, reason="no connection")
    assert health.seconds_left(now=111.0) == 10.0
    assert not health.is_failing(PROBE)


def test_a_cluster_is_back_when_all_of_its_watches_are() -> None:
    health = Health()
    health.works("Pod")
    assert not health.is_back({"Pod", "Deployment"})
    health.works("Deployment")
    assert health.is_back({"Pod", "Deployment"})
    health.fails("Pod", now=0.0, reason="x")
    assert not health.is_back({"Pod", "Deployment"})


# Store


def pod(name: str, *, app: str = "a", version: str = "1", uid: str = "", **status: Any) -> dict[str, Any]:
    return {
        "metadata": {
            "name": name,
            "namespace": "n",
            "uid": uid or f"uid-{name}",
            "resourceVersion": version,
            "labels": {"slipway.dev/app-id": app},
        },
        "spec": {"containers": [{"name": "c", "image": "i:1"}]},
        "status": status,
    }


def names(snapshot: dict[str, Any]) -> list[str]:
    return [item["metadata"]["name"] for item in snapshot["pods"]]


def test_only_what_an_observation_reads_counts_as_a_change() -> None:
    store = Store()
    assert store.put("Pod", pod("p", phase="Pending")) == "a"
    same = pod("p", version="2", phase="Pending")
    same["metadata"]["managedFields"] = [{"time": "later"}]
    assert store.put("Pod", same) is None
    assert store.put("Pod", pod("p", version="3", phase="Running")) == "a"


def test_a_snapshot_holds_one_app_by_name_with_the_newest_version_seen() -> None:
    store = Store()
    store.put("Pod", pod("b", version="11"))
    store.put("Pod", pod("a", version="9"))
    store.put("Pod", pod("other", app="x", version="10"))
    store.put("Deployment", pod("d", version="5"))
    store.put("ReplicaSet", pod("r", version="6"))
    store.advance("40")
    snapshot = store.snapshot("a")
    assert names(snapshot) == ["a", "b"]
    assert [item["kind"] for item in snapshot["workloads"] + snapshot["replicasets"]] == ["Deployment", "ReplicaSet"]
    assert snapshot["pods"][0]["metadata"]["resourceVersion"] == "9"
    assert snapshot["resource_version"] == "40"


def test_what_a_new_list_does_not_hold_is_gone() -> None:
    store = Store()
    for item in (pod("p", app="a"), pod("q", app="b"), pod("r", app="c")):
        store.put("Pod", item)
    store.put("Deployment", pod("d", app="b"))
    assert store.keep_only("Pod", {("Pod", "n", "p"), ("Pod", "n", "r")}) == {"b"}
    assert names(store.snapshot("b")) == []
    assert names(store.snapshot("a")) == ["p"]
    assert len(store.snapshot("b")["workloads"]) == 1


def test_an_app_whose_last_object_went_has_an_empty_snapshot() -> None:
    store = Store()
    store.put("Pod", pod("p"))
    assert store.remove(("Pod", "n", "p")) == "a"
    assert store.remove(("Pod", "n", "p")) is None
    assert store.snapshot("a")["pods"] == []
    assert store.apps() == []


def test_an_object_without_an_app_is_not_kept() -> None:
    store = Store()
    assert store.put("Pod", pod("p", app="")) is None
    assert store.apps() == []


def test_words_are_part_of_the_instance_until_it_is_gone() -> None:
    store = Store()
    key = ("Pod", "n", "p")
    store.put("Pod", pod("p"))
    assert store.set_words(key, token="t", words={"log": ["boom"]}) == "a"
    assert store.snapshot("a")["pods"][0]["words"] == {"log": ["boom"]}
    assert store.words_token(key) == "t"
    store.remove(key)
    assert store.set_words(key, token="t", words={}) is None
    store.put("Pod", pod("p"))
    assert "words" not in store.snapshot("a")["pods"][0]


def test_what_an_instance_said_is_not_what_the_next_of_its_name_says() -> None:
    store = Store()
    store.put("Pod", pod("shop--db-0", uid="1"))
    store.set_words(("Pod", "n", "shop--db-0"), token="t", words={"log": ["boom"]})
    store.put("Pod", pod("shop--db-0", uid="2", version="2"))
    assert "words" not in store.snapshot("a")["pods"][0]


@pytest.mark.parametrize("late", ["MODIFIED", "DELETED"])
def test_an_event_of_an_earlier_time_is_no_news(late: str) -> None:
    store, told = Store(), []
    watch = KindWatch(
        None, POD, store, changed=told.append, seen=None, works=lambda _name: None, fails=lambda _name, _why: None
    )
    watch._take({"type": "ADDED", "object": pod("shop--db-0", uid="2", version="20", phase="Running")})
    watch._take({"type": late, "object": pod("shop--db-0", uid="1", version="12", phase="Failed")})
    watch._take({"type": "ADDED", "object": pod("shop--db-0", uid="2", version="20", phase="Running")})
    assert told == ["a"]
    assert store.snapshot("a")["pods"][0]["metadata"]["uid"] == "2"


def test_a_thousand_instances_take_less_than_two_megabytes() -> None:
    store = Store()
    conditions = [
        {"type": kind, "status": "True", "lastProbeTime": None, "lastTransitionTime": "2026-01-01T00:00:00Z"}
        for kind in ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    ]
    for number in range(1000):
        containers = [{"name": "c", "ready": True, "imageID": f"sha256:{number:064x}", "state": {"running": {}}}]
        store.put(
            "Pod", pod(f"web-{number}", podIP=f"10.0.0.{number}", conditions=conditions, containerStatuses=containers)
        )
    kept = sum(sys.getsizeof(entry) + sys.getsizeof(entry.packed) for entry in store._entries.values())
    assert kept < 2_000_000


# Whom to ask for words


def container(**fields: Any) -> dict[str, Any]:
    return {"name": "c", "restartCount": 0, "state": {"running": {}}, **fields}


def asked(*containers: dict[str, Any]) -> words.Question | None:
    return words.question(pod("p", containerStatuses=list(containers)))


@pytest.mark.parametrize(
    "state",
    [
        {"running": {}},
        {"waiting": {"reason": "ContainerCreating"}},
        {"waiting": {}},
        {"terminated": {"exitCode": 0}},
        {},
    ],
)
def test_an_instance_that_starts_runs_or_ends_well_is_not_asked(state: dict[str, Any]) -> None:
    assert asked(container(state=state)) is None


def test_a_container_that_ended_badly_is_asked_for_its_own_log() -> None:
    question = asked(container(), container(name="d", state={"terminated": {"exitCode": 1}}))
    assert question is not None
    assert (question.container, question.previous) == ("d", False)


def test_a_container_that_was_restarted_is_asked_for_the_log_before() -> None:
    question = asked(container(restartCount=2, state={"waiting": {"reason": "CrashLoopBackOff"}}))
    assert question is not None
    assert (question.restarts, question.previous) == (2, True)


def test_a_container_that_never_ran_has_no_log_worth_asking_for() -> None:
    never = asked(container(state={"waiting": {"reason": "ErrImagePull"}}))
    ended = asked(container(state={"terminated": {"exitCode": 1}}))
    assert never is not None and ended is not None
    assert (never.began, ended.began) == (False, True)


def test_each_restart_is_an_occasion_of_its_own() -> None:
    first = asked(container(restartCount=1, state={"waiting": {"reason": "CrashLoopBackOff"}}))
    again = asked(container(restartCount=1, state={"terminated": {"exitCode": 1}}))
    second = asked(container(restartCount=2, state={"waiting": {"reason": "CrashLoopBackOff"}}))
    assert first is not None and again is not None and second is not None
    assert first.token == again.token != second.token
