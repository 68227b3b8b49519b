"""Whoever saves and deploys at once is told what whoever deploys is told: before, and when it is done."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.operations.performing import perform
from tenants.models import Cluster
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
APP, REF, TWO = "/t/boutique/apps/shop/", Ref("app", "boutique", "shop"), "registry.example.com/shop:2"
CHANGED = (
    "kubectl-edit changed the image of web of shop--web on north. A release that writes something else there is "
    "refused: take it over (drift.take_over) or leave it (drift.leave) first."
)


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.deployed()
    return stage


def warnings(stage: Stage, operation: str, **data: Any) -> list[str]:
    shown = perform(operation, actor=stage.bob, ref=REF, data=data, dry_run=True).preview
    return [str(one) for one in shown.warnings] if shown else []


def test_an_edit_tells_what_a_release_of_it_is_refused_for(stage: Stage) -> None:
    assert warnings(stage, "image.set", process="web", image=TWO) == []
    stage.edited(stage.north)
    assert CHANGED in warnings(stage, "image.set", process="web", image=TWO)
    assert CHANGED in warnings(stage, "release.start")


@pytest.mark.parametrize(
    ("operation", "typed"),
    [("process.scale", {"process": "web", "replicas": "3", "then": "deploy"}), ("release.start", {})],
    ids=["save and deploy", "deploy"],
)
def test_the_answer_says_what_the_answer_of_the_release_says(
    stage: Stage, operation: str, typed: dict[str, str]
) -> None:
    Cluster.objects.filter(name="north").update(state=Cluster.State.AWAY)
    answer = cast.signed_in(stage.people.bob).post(f"{APP}do/{operation}/", typed, follow=True)
    said = [str(one) for one in answer.context["messages"] if one.level_tag == "warning"]
    assert said and all("north" in one for one in said)
    stage.on_release("release.abort", 2)
    stage.work()
    turn, *rest = stage.on_app("release.start", wait=True).result["warnings"]
    assert (turn, rest) == ("It begins when release 2 is over.", said)
