"""The check before a deploy says everything that the deploy would be refused for, in the same words."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import APP, CLUSTER, PLATFORM
from portal.errors import UserError
from portal.operations.performing import perform
from portal.operations.reading import read
from tenants.clusters import mark
from tenants.quota.limits import set_limits
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return Stage()


def by_olga(stage: Stage, operation: str, ref: Ref, **data: Any) -> None:
    perform(operation, actor=cast.actor(stage.people.olga), ref=ref, data=data)


def checked(stage: Stage) -> dict[str, str]:
    """What is not well, by title."""
    shown = read("config.freeze_check", actor=stage.bob, ref=Ref(APP, "boutique", "shop"), data={})
    assert shown["ready"] is all(one["ok"] for one in shown["checks"])
    return {one["title"]: one["sentence"] for one in shown["checks"] if not one["ok"]}


def ruled(stage: Stage) -> None:
    by_olga(stage, "platform.rules", Ref(PLATFORM), registries="other.example.com")


def restricted(stage: Stage) -> None:
    by_olga(stage, "cluster.restrict", Ref(CLUSTER, cluster="south"), reason="production")


def short(stage: Stage) -> None:
    stage.deployed()
    set_limits(stage.people.boutique.pk, limits={"instances": 4})
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")


def forbidden(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("release.forbid", release=1, reason="It loses orders.")


def locked(stage: Stage) -> None:
    stage.on_app("app.lock", reason="The sale")


REFUSING = {
    "Rules of the platform": ruled,
    "Restricted clusters": restricted,
    "Room in the quota": short,
    "Not forbidden": forbidden,
    "Open for a deploy": locked,
}


@pytest.mark.parametrize(("title", "happened"), REFUSING.items(), ids=REFUSING)
def test_what_a_deploy_is_refused_for_is_named_in_its_words(stage: Stage, title: str, happened: Any) -> None:
    happened(stage)
    found = checked(stage)
    with pytest.raises(UserError) as refusal:
        stage.on_app("release.start")

    assert found[title] == str(refusal.value)


def test_a_release_under_way_is_named(stage: Stage) -> None:
    stage.on_app("release.start")

    assert "Release 1, started by bob, is still under way" in checked(stage)["No release under way"]


def test_what_can_be_deployed_is_refused_for_nothing(stage: Stage) -> None:
    assert not set(checked(stage)) & {*REFUSING, "No release under way", "Clusters it may use"}
    assert stage.on_app("release.start").changed


@pytest.mark.parametrize(("away", "may_fail", "ready"), [(1, 0, False), (1, 1, True), (2, 1, False)])
def test_clusters_that_are_away_are_told_and_hold_up_what_cannot_succeed_without_them(
    stage: Stage, away: int, may_fail: int, ready: bool
) -> None:
    stage.on_app("release.waves", failures=may_fail)
    for cluster in (stage.north, stage.south)[:away]:
        mark(cluster.pk, state="away", reason="no route to host")

    shown = read("config.freeze_check", actor=stage.bob, ref=Ref(APP, "boutique", "shop"), data={})
    row = next(one for one in shown["checks"] if one["title"] == "Clusters that answer")

    assert row["ok"] is ready
    assert row["sentence"].startswith("north does not answer (since ") and "no route to host" in row["sentence"]


def test_clusters_that_answer_are_well(stage: Stage) -> None:
    assert "Clusters that answer" not in checked(stage)
