"""What is taken in of workloads of a kind that an agent was not let look at, or has not listed yet."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.models import AppStatus
from releases import observing
from releases.models import Observation
from releases.observation import WorkloadFacts, load
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db(transaction=True)
IMAGE = "registry.example.com/shop:1"
UNLISTED = ["StatefulSet"]


def stateful(stage: Stage, *, uid: str = "", wanted: int = 2) -> dict[str, Any]:
    said = stage.says(stage.north, image=IMAGE, count=wanted)
    (workload,) = said["workloads"]
    workload["kind"], workload["metadata"]["uid"] = "StatefulSet", uid or workload["metadata"]["uid"]
    owner = {"kind": "StatefulSet", "name": "shop--web", "uid": workload["metadata"]["uid"], "controller": True}
    pods = [stage.pod(number, restarts=0, state={"running": {}}, ready=True) for number in range(wanted)]
    for pod in pods:
        pod["metadata"]["ownerReferences"] = [owner]
    return {**said, "pods": pods}


def told(stage: Stage) -> tuple[WorkloadFacts, ...]:
    row = Observation.objects.get(app=stage.app, cluster_id=stage.north.pk)
    facts = load(row.facts)
    assert facts is not None
    return facts.workloads


def takes_in(stage: Stage, snapshot: dict[str, Any]) -> None:
    observing.observe(stage.north.pk, stage.app.pk, snapshot)


def test_it_stays_as_it_was_told_last_with_the_instances_of_now() -> None:
    stage = Stage()
    whole = stateful(stage)
    takes_in(stage, whole)
    (before,) = told(stage)
    takes_in(stage, {**whole, "workloads": [], "pods": whole["pods"][:1], "unlisted": UNLISTED})
    (after,) = told(stage)
    assert (after.generation, after.wanted, after.ready) == (before.generation, 2, 2)
    assert (len(before.instances), len(after.instances), after.trouble) == (2, 1, None)
    (row,) = AppStatus.objects.get(app=stage.app).clusters
    assert (row["state"], row["trouble"]) == ("healthy", {})

    takes_in(stage, {**whole, "workloads": [], "pods": [], "unlisted": UNLISTED})
    assert [(one.name, one.instances) for one in told(stage)] == [("shop--web", ())]
    takes_in(stage, {**whole, "workloads": [], "pods": []})
    assert told(stage) == ()


def test_another_one_of_its_name_is_told_by_its_instances() -> None:
    stage = Stage()
    takes_in(stage, stateful(stage))
    anew = stateful(stage, uid="another", wanted=1)
    takes_in(stage, {**anew, "workloads": [], "unlisted": UNLISTED})
    assert [(one.uid, one.wanted, one.generation, one.trouble) for one in told(stage)] == [("another", 1, 0, None)]


def test_where_all_kinds_are_listed_the_label_is_lost() -> None:
    stage = Stage()
    whole = stateful(stage)
    takes_in(stage, whole)
    takes_in(stage, {**whole, "workloads": []})
    assert [one.trouble and one.trouble.problem.value for one in told(stage)] == ["astray"]
