"""What is said too late about a cluster: by an agent that lost its lease meanwhile, or by a look that took long."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from releases import engine, observing
from releases.models import Observation
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.deployed()
    return stage


def says(stage: Stage, *, count: int, fencing: int) -> dict[str, Any]:
    said = stage.says(stage.north, image="registry.example.com/shop:1", count=count)
    return {**said, "fencing": fencing}


def test_an_agent_whose_lease_went_while_it_spoke_is_not_believed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = engine.turn

    def the_new_one_was_faster(app_id: Any) -> Any:
        monkeypatch.setattr(engine, "turn", turn)
        observing.observe(stage.north.pk, stage.app.pk, says(stage, count=3, fencing=7))
        return turn(app_id)

    monkeypatch.setattr(engine, "turn", the_new_one_was_faster)
    assert not observing.observe(stage.north.pk, stage.app.pk, says(stage, count=9, fencing=6))

    row = Observation.objects.get(cluster_id=stage.north.pk)
    assert (row.facts["workloads"][0]["wanted"], row.fencing) == (3, 7)


def test_a_look_that_began_before_the_last_word_changes_nothing(stage: Stage) -> None:
    began = timezone.now()
    observing.observe(stage.north.pk, stage.app.pk, says(stage, count=3, fencing=7))

    assert not observing.observe(stage.north.pk, stage.app.pk, says(stage, count=9, fencing=0), as_of=began)
    assert observing.observe(stage.north.pk, stage.app.pk, says(stage, count=9, fencing=0), as_of=timezone.now())
