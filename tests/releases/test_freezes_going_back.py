"""Within a freeze: going back to what ran before never waits; what is newer than what runs, or never ran, does."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import APP, RELEASE
from portal.operations.performing import perform
from releases.models import StepRun
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
IMAGE = "registry.example.com/shop:{}"


@pytest.fixture
def stage() -> Stage:
    """Release 1 brought image 1, release 2 image 2."""
    stage = Stage()
    stage.deployed()
    deployed(stage, 2)
    return stage


def deployed(stage: Stage, tag: int) -> int:
    stage.on_app("image.set", process="web", image=IMAGE.format(tag))
    return stage.deployed(IMAGE.format(tag))


def back(stage: Stage, **data: Any) -> int:
    return int(stage.on_app("release.rollback", **data).result["release"])


def went_back(stage: Stage, tag: int, **data: Any) -> int:
    number = back(stage, **data)
    stage.finish(IMAGE.format(tag))
    assert stage.release(number).state == "succeeded"
    return number


def waits(number: int) -> bool:
    return StepRun.objects.filter(release__number=number, state="watching", reason__code="frozen").exists()


def foretold(stage: Stage, **data: Any) -> str:
    ref = Ref(APP, "boutique", "shop")
    preview = perform("release.rollback", actor=stage.bob, ref=ref, data=data, dry_run=True).preview
    assert preview is not None
    return " ".join(map(str, preview.warnings))


def test_what_runs_gives_way_to_what_ran_before_at_once(stage: Stage) -> None:
    deployed(stage, 3)
    stage.frozen()
    assert "Frozen until" not in foretold(stage, release=1)
    went_back(stage, 1, release=1)


def test_coming_forward_again_waits_and_says_so_before(stage: Stage) -> None:
    went_back(stage, 1, release=1)
    stage.frozen()
    assert "Frozen until" in foretold(stage, release=2)
    number = back(stage, release=2)
    assert waits(number) and stage.work() == []


def test_coming_forward_by_the_release_that_went_forward_before_waits(stage: Stage) -> None:
    went_back(stage, 1, release=1)
    forward = went_back(stage, 2, release=2)
    went_back(stage, 1, release=1)
    stage.frozen()
    assert waits(back(stage, release=forward))


def test_a_restart_makes_nothing_newer(stage: Stage) -> None:
    stage.on_app("process.restart")
    stage.finish(IMAGE.format(2))
    went_back(stage, 1, release=1)
    stage.on_app("process.restart")
    stage.finish()
    stage.frozen()
    assert waits(back(stage, release=3)), "the restart of what is newer is newer"


def test_what_was_deployed_once_more_gives_way_to_what_it_replaced(stage: Stage) -> None:
    stage.on_app("release.redeploy", release=1)
    stage.finish()
    stage.frozen()
    went_back(stage, 2, release=2)


def test_from_a_release_that_failed_what_runs_comes_back_at_once(stage: Stage) -> None:
    stage.on_app("image.set", process="web", image=IMAGE.format("crash"))
    number = int(stage.on_app("release.start").result["release"])
    stage.frozen()
    stage.work()
    stage.crashes(stage.north, old=2)
    assert stage.release(number).is_over
    went_back(stage, 2)


def test_from_a_release_under_way_what_ran_before_comes_back_at_once(stage: Stage) -> None:
    stage.on_app("image.set", process="web", image=IMAGE.format(3))
    stage.on_app("release.start")
    stage.work()
    stage.frozen()
    assert not waits(back(stage, release=1, supersede=True))


def test_a_mix_that_never_ran_waits(stage: Stage) -> None:
    stage.on_app("env.set", env=[{"name": "A", "value": "new"}], process="web")
    deployed(stage, 3)
    stage.frozen()
    assert waits(back(stage, release=1, what="image"))


def test_a_part_that_makes_what_ran_before_does_not_wait(stage: Stage) -> None:
    stage.frozen()
    assert not waits(back(stage, release=1, what="image"))


def test_todays_secrets_make_no_mix_of_what_ran(stage: Stage) -> None:
    stage.on_app("secret.set", name="KEY", value="first value", process="web")
    deployed(stage, 3)
    stage.on_app("secret.set", name="KEY", value="second value", process="web")
    deployed(stage, 4)
    stage.frozen()
    assert not waits(back(stage, release=3))


def test_what_is_newer_on_one_cluster_waits(stage: Stage) -> None:
    stage.on_app("image.set", process="web", image=IMAGE.format(3))
    number = int(stage.on_app("release.start", targets=["north"]).result["release"])
    stage.finish(IMAGE.format(3))
    assert stage.release(number).state == "succeeded"
    stage.frozen()
    assert waits(back(stage, release=number, targets=["south"]))


def test_on_a_cluster_that_runs_what_is_older_nothing_but_what_ran_there_comes_at_once(stage: Stage) -> None:
    stage.on_app("image.set", process="web", image=IMAGE.format(3))
    stage.on_app("release.start", targets=["north"])
    stage.finish(IMAGE.format(3))
    stage.frozen()
    assert not waits(back(stage, release=2))


def test_whoever_may_override_lets_it_go_on(stage: Stage) -> None:
    went_back(stage, 1, release=1)
    stage.frozen()
    number = back(stage, release=2)
    alice = cast.actor(stage.people.alice)
    ref = Ref(RELEASE, "boutique", "shop", number)
    perform("release.override", actor=alice, ref=ref, data={"note": "It repairs the checkout"})
    assert not waits(number)
    stage.finish(IMAGE.format(2))
    assert stage.release(number).state == "succeeded"
