"""A cluster that did not answer: what waits for it says so, and goes on as soon as the cluster is back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.errors import ClusterAway
from portal.outbox import breakers, limits
from portal.outbox.models import OutboxRow
from releases import observing
from releases.gateway.breaker import Breaker
from tests import cast
from tests.releases.stage import PENDING, Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return Stage()


def rows_of(stage: Stage) -> Any:
    return OutboxRow.objects.filter(share=str(stage.north.pk), state=PENDING)


def reasons(stage: Stage) -> dict[str, str]:
    bob = cast.signed_in(stage.people.bob)
    targets = bob.get("/api/v1/tenants/boutique/apps/shop/releases/1").json()["targets"]
    return {one["cluster"]: one["reason"] for one in targets}


def test_what_waited_for_a_cluster_gets_through_to_it_as_soon_as_it_is_back(stage: Stage) -> None:
    for _time in range(10):
        Breaker(stage.north.pk).failed()
        Breaker(stage.south.pk).failed()
    stage.on_app("release.start")
    waits = rows_of(stage)
    assert waits.update(attempts=3, not_before=timezone.now() + timedelta(minutes=1), reason="It does not answer.")
    observing.cluster_back(stage.north.pk)

    assert waits.filter(not_before__lte=timezone.now()).exists()
    Breaker(stage.north.pk).check()
    with pytest.raises(ClusterAway):
        Breaker(stage.south.pk).check()


def test_a_lane_says_which_cluster_it_waits_for_that_answers_nobody(stage: Stage) -> None:
    stage.on_app("release.start")
    assert reasons(stage) == {"north": "", "south": ""}
    for _time in range(limits.BREAKER_FAILURES):
        breakers.failed(str(stage.north.pk))

    words = "Waiting for north, which did not answer the last 5 tries. It goes on by itself."
    assert reasons(stage) == {"north": words, "south": ""}
    page = cast.signed_in(stage.people.bob).get("/t/boutique/apps/shop/releases/1/")
    assert words in page.text


def test_a_lane_that_was_tried_itself_says_what_came_of_it(stage: Stage) -> None:
    stage.on_app("release.start")
    breakers.failed(str(stage.north.pk))
    rows_of(stage).update(attempts=1, reason="Cluster north does not answer (no route).")

    assert reasons(stage)["north"] == "Cluster north does not answer (no route). Attempt 2 follows."


def test_a_lane_says_nothing_any_more_once_its_cluster_is_back(stage: Stage) -> None:
    stage.on_app("release.start")
    for _time in range(limits.BREAKER_FAILURES):
        breakers.failed(str(stage.north.pk))
    observing.cluster_back(stage.north.pk)

    assert reasons(stage) == {"north": "", "south": ""}
