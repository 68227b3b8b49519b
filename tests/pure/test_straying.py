"""Workloads whose labels somebody changed, told by what they run."""

from __future__ import annotations

from typing import Any

from releases.reading import read
from releases.states import Problem
from releases.wording import advice_of
from tests.pure.test_machine_reading import deployment, pod, replica_set


def owned(item: dict[str, Any], *, kind: str, name: str, uid: str) -> dict[str, Any]:
    owner = {"kind": kind, "name": name, "uid": uid, "controller": True}
    return {**item, "metadata": {**item["metadata"], "ownerReferences": [owner]}}


def running() -> dict[str, Any]:
    sets = [replica_set(2, "bbb"), replica_set(1, "aaa")]
    sets = [{**one, "metadata": {**one["metadata"], "uid": one["metadata"]["name"]}} for one in sets]
    there = owned(pod("p1", "bbb"), kind="ReplicaSet", name="shop--web-bbb", uid="shop--web-bbb")
    return {
        "replicasets": [owned(one, kind="Deployment", name="shop--web", uid="d1") for one in sets],
        "pods": [there],
    }


def test_a_workload_that_is_not_told_while_what_it_runs_is_has_lost_its_labels() -> None:
    seen = read({"workloads": [], **running()})

    facts = seen.workload("Deployment", "shop--web")
    assert facts is not None and facts.trouble is not None
    assert (facts.trouble.problem, facts.process, facts.uid) == (Problem.ASTRAY, "web", "d1")
    assert (facts.wanted, facts.ready, [one.name for one in facts.instances], seen.orphans) == (1, 1, ["p1"], 0)
    assert facts.instances[0].current
    said = advice_of(seen.problems())
    assert said == "1 workload lost the label by which Slipway knows it. Deploy puts it back."


def test_one_that_is_told_is_not_told_twice() -> None:
    seen = read({"workloads": [deployment()], **running()})
    assert [(one.name, one.trouble) for one in seen.workloads] == [("shop--web", None)]


def test_a_stateful_set_is_told_by_its_pods() -> None:
    mine = owned(pod("shop--db-0", ""), kind="StatefulSet", name="shop--db", uid="s1")
    seen = read({"workloads": [], "replicasets": [], "pods": [mine]})
    assert [(one.kind, one.name, one.ready) for one in seen.workloads] == [("StatefulSet", "shop--db", 1)]


def test_a_pod_of_nobodys_is_an_orphan_as_before() -> None:
    seen = read({"workloads": [], "replicasets": [], "pods": [pod("p1", "bbb")]})
    assert (seen.workloads, seen.orphans) == ((), 1)


def test_of_a_kind_that_was_not_listed_none_has_lost_its_labels() -> None:
    mine = owned(pod("shop--db-0", ""), kind="StatefulSet", name="shop--db", uid="s1")
    seen = read({"workloads": [], **running(), "pods": [*running()["pods"], mine], "unlisted": ["StatefulSet"]})
    troubles = {one.kind: one.trouble and one.trouble.problem for one in seen.workloads}
    assert troubles == {"Deployment": Problem.ASTRAY, "StatefulSet": None}
