"""What a restart and a take over say of instances before: how they go by the strategy that the app has."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import APP
from portal.operations.performing import perform
from portal.operations.subject import Preview
from releases.reasons import Reason
from tests.releases.stage import IMAGE, Stage

pytestmark = pytest.mark.django_db
KEY = "Deployment/shop--web"
ONE, TWO = "registry.example.com/shop:1", "registry.example.com/shop:2"
FIRST = "every instance of shop is taken away first, then new ones come: nothing answers there meanwhile."
EACH = f"On each cluster {FIRST}"


def released_by(kind: str, **data: Any) -> Stage:
    stage = Stage()
    stage.on_app("release.strategy", kind=kind, **data)
    stage.deployed()
    return stage


def preview(stage: Stage, operation: str, **data: Any) -> Preview:
    shown = perform(operation, actor=stage.bob, ref=Ref(APP, "boutique", "shop"), data=data, dry_run=True).preview
    assert shown is not None
    return shown


def conflict(stage: Stage) -> int:
    """A release that met an edit on the north, and goes back."""
    stage.edited(stage.north)
    stage.on_app("image.set", process="web", image=TWO)
    number = int(stage.on_app("release.start").result["release"])
    values = {"cluster": "north", "words": "kubectl-edit changed it", "code": "field_conflict", "object": KEY}
    stage.refuses(KEY, Reason("refused", {**values, "owners": {IMAGE: "kubectl-edit"}}))
    return number


def test_a_restart_says_how_instances_are_replaced() -> None:
    stage = released_by("rolling")
    few = "Every instance of web is replaced by a new one, a few at a time."
    assert preview(stage, "process.restart", process="web").happens == few
    stage.on_app("release.strategy", kind="recreate")
    assert preview(stage, "process.restart").happens == few, "what runs is restarted, not the draft"


def test_a_restart_says_where_all_go_first() -> None:
    assert preview(released_by("recreate"), "process.restart", process="web").happens == EACH


def test_a_restart_does_as_it_says() -> None:
    stage = released_by("recreate")
    stage.on_app("process.restart", process="web")
    assert stage.work(on=stage.north)[:2] == ["TryApply", "SetReplicas"]


@pytest.mark.parametrize("field", [IMAGE, ".spec.progressDeadlineSeconds"])
def test_taking_over_says_that_all_go_first_whatever_it_is(field: str) -> None:
    stage = released_by("recreate")
    stage.put_back(stage.north, field=field, value="x", shared=False)
    found = preview(stage, "drift.take_over", cluster="north")
    assert f"On north {FIRST}" in found.warnings
    assert not [one for one in found.warnings if "a few at a time" in one]


def test_taking_over_by_batches_names_the_strategy() -> None:
    stage = released_by("batches")
    stage.edited(stage.north)
    told = "Instances are replaced by new ones, by the strategy of shop (batches)."
    assert told in preview(stage, "drift.take_over", cluster="north").warnings


def test_what_was_stopped_has_no_instances_that_could_be_replaced() -> None:
    stage = released_by("recreate")
    stage.on_app("app.stop")
    stage.stops()
    stage.edited(stage.north)
    said = preview(stage, "drift.take_over", cluster="north").warnings
    assert not [one for one in said if "new ones" in one]


def test_taking_over_what_runs_changes_nothing_else() -> None:
    stage = released_by("rolling")
    stage.edited(stage.north)
    stage.on_app("image.set", process="web", image=TWO)
    found = preview(stage, "drift.take_over", cluster="north")
    assert [row["label"] for row in found.spec] == ["north · shop--web: image of web"]
    assert not found.manifests and not [one for one in found.warnings if "everywhere" in one]


def test_taking_over_of_a_release_says_what_else_it_brings_and_where() -> None:
    stage = released_by("recreate")
    number = conflict(stage)
    found = preview(stage, "drift.take_over", cluster="north", of_release=number)
    rows = [(row["label"], row["before"], row["after"]) for row in found.spec]
    assert rows[0] == ("north · shop--web: image of web", "registry.example.com/hotfix:9", TWO)
    assert [row[1:] for row in rows[1:]] == [(ONE, TWO)]
    assert {row["cluster"] for row in found.manifests} == {"north", "south"}
    assert f"All that release {number} brings is released again, everywhere it goes: north, south." in found.warnings
    assert EACH in found.warnings
