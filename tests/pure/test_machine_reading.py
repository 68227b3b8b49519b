"""From what a cluster says to facts, and from facts to what the wait makes of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from releases import observation as facts
from releases.gateway.trimming import trim
from releases.observation import Observation
from releases.reading import read
from releases.snapshot import Run, RunRef, Step
from releases.states import Problem, RunState
from releases.steps.base import Done, Failed, Outcome, StepContext, Waiting
from releases.steps.wait_ready import WaitReady
from releases.wording import words
from tests.releases.worlds import START, planned

LABELS = {"slipway.dev/app": "shop", "slipway.dev/process": "web", "slipway.dev/track": "stable"}


def deployment(**status: Any) -> dict[str, Any]:
    counts = {"replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2}
    return {
        "kind": "Deployment",
        "metadata": {
            "name": "shop--web",
            "uid": "d1",
            "generation": 3,
            "resourceVersion": "9",
            "labels": LABELS,
            "annotations": {"deployment.kubernetes.io/revision": "2"},
        },
        "spec": {"replicas": 2, "template": {"spec": {"containers": [{"name": "web", "image": "shop:2"}]}}},
        "status": {"observedGeneration": 3, **counts, **status},
    }


def replica_set(revision: int, hash_: str) -> dict[str, Any]:
    return {
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"shop--web-{hash_}",
            "labels": {**LABELS, "pod-template-hash": hash_},
            "annotations": {"deployment.kubernetes.io/revision": str(revision)},
            "ownerReferences": [{"uid": "d1"}],
        },
    }


def pod(name: str, hash_: str, *, restarts: int = 0, waiting: str = "", words: Any = None) -> dict[str, Any]:
    state: dict[str, Any] = {"waiting": {"reason": waiting, "message": "back-off 10s"}} if waiting else {"running": {}}
    ended = {"terminated": {"exitCode": 1, "finishedAt": START.isoformat()}} if restarts else {}
    return {
        "kind": "Pod",
        "metadata": {"name": name, "uid": name, "labels": {**LABELS, "pod-template-hash": hash_}},
        "spec": {"containers": [{"name": "web", "image": "shop:2"}]},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "False" if waiting else "True"}],
            "containerStatuses": [{"restartCount": restarts, "state": state, "lastState": ended}],
        },
        **({"words": words} if words else {}),
    }


def seen(*pods: dict[str, Any], **status: Any) -> Observation:
    return read(
        {
            "workloads": [deployment(**status)],
            "replicasets": [replica_set(1, "old"), replica_set(2, "new")],
            "pods": list(pods),
        }
    )


def asked(observation: Observation, *, seconds: float = 0, attempt: int = 1) -> Outcome:
    target = planned("north").targets[0]
    run = Run(
        ref=RunRef("north", 4, attempt),
        state=RunState.WATCHING,
        started=START,
        deadline=START + timedelta(seconds=600),
    )
    step = Step(number=4, kind="wait_ready", timeout=600)
    written = {"objects": {"Deployment/shop--web": {"uid": "d1", "generation": 3}}}
    now = START + timedelta(seconds=seconds)
    context = StepContext(target=target, step=step, run=run, now=now, outputs=(written,))
    return WaitReady().observe(context, observation)


def test_instances_of_the_newest_revision_are_told_from_the_old_ones() -> None:
    workload = seen(pod("a", "old"), pod("b", "new")).workloads[0]
    assert [(p.name, p.current) for p in workload.instances] == [("a", False), ("b", True)]


def test_a_revision_whose_replica_set_was_not_listed_yet_has_no_current_instance() -> None:
    snapshot = {"workloads": [deployment()], "replicasets": [replica_set(1, "old")], "pods": [pod("a", "old")]}
    assert [p.current for p in read(snapshot).workloads[0].instances] == [False]


def test_instances_are_found_though_somebody_changed_the_labels_of_their_workload() -> None:
    raw = deployment()
    raw["metadata"]["labels"] = LABELS | {"slipway.dev/app": "other", "slipway.dev/process": "none"}
    raw["spec"]["selector"] = {"matchLabels": {key: LABELS[key] for key in LABELS if key.startswith("slipway.dev/")}}
    found = read({"workloads": [raw], "pods": [pod("a", "old"), pod("b", "old")]})
    assert [one.name for one in found.workloads[0].instances] == ["a", "b"]
    assert (found.workloads[0].process, found.orphans) == (LABELS["slipway.dev/process"], 0)


def test_facts_survive_being_stored() -> None:
    observation = seen(pod("b", "new", restarts=3, waiting="CrashLoopBackOff", words={"log": ["boom"]}))
    assert facts.load(facts.dump(observation)) == observation


def test_a_finished_rollout_is_done() -> None:
    assert isinstance(asked(seen(pod("b", "new"))), Done)


@pytest.mark.parametrize(
    "status",
    [
        {"observedGeneration": 2},
        {"updatedReplicas": 1},
        {"availableReplicas": 1},
        {"replicas": 3},
    ],
)
def test_an_unfinished_rollout_waits(status: dict[str, int]) -> None:
    assert isinstance(asked(seen(pod("b", "new"), **status)), Waiting)


def test_a_new_instance_that_restarts_again_and_again_fails_at_once_in_its_own_words() -> None:
    outcome = asked(seen(pod("b", "new", restarts=2, waiting="CrashLoopBackOff", words={"log": ["panic: boom", ""]})))
    assert isinstance(outcome, Failed)
    assert outcome.reason.code == "crash_loop"
    assert outcome.reason.values["words"] == "panic: boom · exit code 1"
    assert outcome.reason.values["instance"] == "b"


def test_an_old_instance_that_crashes_is_no_reason_to_fail() -> None:
    assert isinstance(asked(seen(pod("a", "old", restarts=9, waiting="CrashLoopBackOff"))), Done)


def test_a_first_crash_counts_only_after_a_moment() -> None:
    crashed = seen(pod("b", "new", restarts=1, waiting="CrashLoopBackOff"), availableReplicas=1)
    first = asked(crashed)
    assert isinstance(first, Waiting) and first.wake_at == START + timedelta(seconds=8)
    assert isinstance(asked(crashed, seconds=9), Failed)


def test_a_crash_from_before_a_new_attempt_only_shows() -> None:
    crashed = seen(pod("b", "new", restarts=4, waiting="CrashLoopBackOff"), availableReplicas=1)
    assert isinstance(asked(crashed, attempt=2), Waiting)


@pytest.mark.parametrize(
    ("reason", "problem"),
    [("ImagePullBackOff", Problem.IMAGE_PULL), ("CreateContainerConfigError", Problem.BAD_CONFIG)],
)
def test_an_image_or_a_configuration_that_never_comes_fails_in_time(reason: str, problem: Problem) -> None:
    stuck = seen(pod("b", "new", waiting=reason), availableReplicas=1)
    assert isinstance(asked(stuck), Waiting)
    late = asked(stuck, seconds=25)
    assert isinstance(late, Failed) and late.reason.code == problem.value


def test_the_clusters_own_deadline_and_quota_are_heard() -> None:
    overdue = {
        "type": "Progressing",
        "status": "False",
        "reason": "ProgressDeadlineExceeded",
        "message": "timed out progressing",
    }
    quota = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: pods"}
    first = asked(seen(conditions=[overdue], availableReplicas=1))
    second = asked(seen(conditions=[quota], availableReplicas=1), seconds=31)
    assert isinstance(first, Failed) and first.reason.code == "progress_deadline"
    assert isinstance(second, Failed) and second.reason.values["words"] == "exceeded quota: pods"


def test_what_a_workload_tells_of_before_this_step_is_not_held_against_it() -> None:
    before = (START - timedelta(minutes=5)).isoformat()
    full = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota: old", "lastTransitionTime": before}
    overdue = {"type": "Progressing", "reason": "ProgressDeadlineExceeded", "lastTransitionTime": before}
    assert isinstance(asked(seen(conditions=[full], availableReplicas=1)), Waiting)
    assert isinstance(asked(seen(conditions=[full], availableReplicas=1), seconds=31), Failed)
    assert isinstance(asked(seen(conditions=[overdue], availableReplicas=1), seconds=31), Waiting)


def test_an_instance_nobody_can_place_only_shows_until_the_deadline() -> None:
    lonely = pod("b", "new")
    lonely["status"] = {
        "phase": "Pending",
        "conditions": [{"type": "PodScheduled", "reason": "Unschedulable", "message": "0/3 nodes fit"}],
    }
    outcome = asked(seen(lonely, availableReplicas=1), seconds=590)
    assert isinstance(outcome, Waiting) and outcome.reason.values["words"] == "0/3 nodes fit"


@pytest.mark.parametrize("held", [{"paused": True}, {"updateStrategy": {"paused": True, "type": "InPlaceIfPossible"}}])
def test_a_rollout_that_somebody_paused_has_no_new_instance_and_says_so(held: dict[str, Any]) -> None:
    raw = deployment(updatedReplicas=0)
    raw["spec"] |= held
    owned = {"f:spec": {"f:paused": {}}} if "paused" in held else {"f:spec": {"f:updateStrategy": {"f:paused": {}}}}
    raw["metadata"]["managedFields"] = [{"manager": "kubectl-rollout", "operation": "Update", "fieldsV1": owned}]
    observation = read({
        "workloads": [trim(raw, kind="Deployment")],
        "replicasets": [replica_set(1, "old"), replica_set(2, "new")],
        "pods": [pod("a", "new"), pod("b", "new")],
    })  # fmt: skip

    (facts_now,) = observation.workloads
    assert [one.current for one in facts_now.instances] == [False, False]
    assert observation.problems() == {Problem.HELD: 1}
    waits = asked(observation, seconds=100)
    assert isinstance(waits, Waiting) and waits.reason and waits.reason.code == "held"
    assert words(waits.reason).startswith("kubectl-rollout paused the rollout of web on")


def test_a_rollout_that_was_paused_after_it_was_through_keeps_its_new_instances() -> None:
    raw = deployment()
    raw["spec"]["paused"] = True
    sets = [replica_set(1, "old"), replica_set(2, "new")]
    observation = read({"workloads": [raw], "replicasets": sets, "pods": [pod("a", "new")]})

    assert [one.current for one in observation.workloads[0].instances] == [True]


def test_of_an_image_that_cannot_be_pulled_the_words_are_the_clusters_and_no_line_of_a_log() -> None:
    waits = pod("p1", "bbb", waiting="ImagePullBackOff", words={"log": ["serving"]})
    (instance,) = seen(waits).workloads[0].instances
    assert instance.trouble is not None
    assert (instance.trouble.problem, instance.trouble.words) == (Problem.IMAGE_PULL, "back-off 10s")
