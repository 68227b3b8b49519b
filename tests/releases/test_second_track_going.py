"""The second track that a stop takes away is gone before what it ran: nobody is blamed for its labels meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from releases import observing
from releases.models import StepRun
from tenants.models import Cluster
from tests.releases.canary import NEW, Canary
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db
BLAME = "its label slipway.dev/app-id"


def left_behind(canary: Canary, cluster: Cluster) -> dict[str, Any]:
    """What the cluster says while the instance of the second track is still there, and its workload no more."""
    said = canary.says(cluster, image="registry.example.com/shop:1", count=2)
    pod = canary.pod(restarts=0, state={"running": {}}, ready=True)
    owner = {"kind": "StatefulSet", "name": "shop--web--canary", "uid": "c1", "controller": True}
    labels = {**pod["metadata"]["labels"], "slipway.dev/track": "canary"}
    pod["metadata"] |= {"ownerReferences": [owner], "labels": labels}
    pod["spec"]["containers"][0]["image"] = NEW
    return {**said, "pods": [pod]}


@pytest.fixture
def canary() -> Canary:
    canary = Canary()
    canary.waits()
    return canary


def says(canary: Canary, cluster: Cluster) -> None:
    observing.observe(cluster.pk, canary.app.pk, left_behind(canary, cluster))


def test_while_it_serves_a_second_track_that_no_list_tells_has_lost_its_labels(canary: Canary) -> None:
    says(canary, canary.north)
    assert BLAME in said_on("/t/boutique/apps/shop/releases/2/", canary.people.bob)


def test_once_the_release_cleans_up_it_is_on_its_way_out(canary: Canary) -> None:
    canary.on_release("release.abort", 2, after="roll_back")
    cleaning = [step.number for step in canary.release(2).steps.filter(kind="prune", back=True)]
    for _round in range(20):
        if StepRun.objects.filter(release__number=2, cluster_id=canary.north.pk, step__in=cleaning).exists():
            break
        canary.work()
        for cluster in (canary.north, canary.south):
            canary.serve(cluster, stable=2, canary=0)
    else:
        raise AssertionError([(run.step, run.state, run.why) for run in canary.release(2).runs.all()])
    for cluster in (canary.north, canary.south):
        says(canary, cluster)
    for page in ("", "releases/2/"):
        assert BLAME not in said_on(f"/t/boutique/apps/shop/{page}", canary.people.bob)
