"""Objects that carry an app's labels where its tenant is not: they are no word about the app."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.models import AppStatus
from releases import observing
from releases.models import Observation
from tenants import clusters
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
IMAGE = "registry.example.com/shop:1"


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.deployed()
    return stage


def shown(stage: Stage) -> dict[str, int]:
    """`{cluster: instances that are ready}`, as lists show the app."""
    return {row["name"]: row["ready"] for row in AppStatus.objects.get(app=stage.app).clusters}


def moved(said: dict[str, Any], space: str) -> dict[str, Any]:
    for one in (*said["workloads"], *said["pods"]):
        one["metadata"]["namespace"] = space
    return said


def test_an_app_is_not_counted_on_a_cluster_that_its_tenant_was_never_given(stage: Stage) -> None:
    uno = cast.cluster("uno", tenants=[stage.people.harbor])
    assert not observing.observe(uno.pk, stage.app.pk, stage.says(uno, image=IMAGE, count=2))
    assert shown(stage) == {"north": 2, "south": 2}
    assert not Observation.objects.filter(cluster_id=uno.pk).exists()


def test_nor_in_a_namespace_of_somebody_else(stage: Stage) -> None:
    said = moved(stage.says(stage.north, image=IMAGE, count=9), "slipway-harbor")
    said["workloads"] += stage.says(stage.north, image=IMAGE, count=1)["workloads"]
    observing.observe(stage.north.pk, stage.app.pk, said)
    assert shown(stage) == {"north": 1, "south": 2}


def test_what_was_counted_once_is_taken_back_with_the_next_word(stage: Stage) -> None:
    uno = cast.cluster("uno", tenants=[stage.people.boutique])
    said = stage.says(uno, image=IMAGE, count=2)
    observing.observe(uno.pk, stage.app.pk, said)
    assert "uno" in shown(stage)
    uno.grants.all().delete()
    observing.observe(uno.pk, stage.app.pk, said)
    assert shown(stage) == {"north": 2, "south": 2}


def test_it_is_counted_in_the_namespace_that_an_operator_chose(stage: Stage) -> None:
    uno = cast.cluster("uno")
    clusters.grant(stage.people.boutique, uno, namespace="legacy")
    observing.observe(uno.pk, stage.app.pk, moved(stage.says(uno, image=IMAGE, count=2), "legacy"))
    assert shown(stage)["uno"] == 2
