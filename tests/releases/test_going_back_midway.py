"""Going back while a release is under way, and after one that ended half way: what is asked for is what comes."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.spec import AppSpec, load
from portal.access import Ref
from portal.errors import QuotaExceeded, Refused
from portal.operations.performing import perform
from portal.operations.subject import Preview
from portal.outbox.running import drain
from releases.models import Release, Step
from tenants.quota.limits import set_limits
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
NEW = "registry.example.com/shop:2"


@pytest.fixture
def stage() -> Stage:
    """Deployed is image 1 with COLOUR red; under way are image 2 and COLOUR blue, on north."""
    stage = Stage()
    stage.on_app("env.set", env=[{"name": "COLOUR", "value": "red"}])
    stage.deployed()
    stage.on_app("env.set", env=[{"name": "COLOUR", "value": "blue"}])
    stage.on_app("image.set", process="web", image=NEW)
    stage.on_app("release.start")
    stage.work()
    return stage


def has(spec: AppSpec) -> tuple[str, str | None]:
    variables = [*spec.env, *spec.processes[0].env]
    return spec.processes[0].image.rpartition(":")[2], next(one.value for one in variables if one.name == "COLOUR")


def shown(stage: Stage, **data: Any) -> Preview:
    ref = Ref("app", "boutique", "shop")
    preview = perform("release.rollback", actor=stage.bob, ref=ref, data=data, dry_run=True).preview
    assert preview is not None
    return preview


def brought(stage: Stage, **data: Any) -> tuple[str, str | None]:
    number = int(stage.on_app("release.rollback", **data).result["release"])
    return has(load(stage.release(number).revision.spec))


WHAT = [("both", ("1", "red")), ("image", ("1", "blue")), ("configuration", ("2", "red"))]


@pytest.mark.parametrize(("what", "comes"), WHAT)
def test_in_the_middle_of_a_release_the_rest_stays_as_that_has_it(
    stage: Stage, what: str, comes: tuple[str, str]
) -> None:
    assert brought(stage, what=what, supersede=True) == comes


@pytest.mark.parametrize(("what", "comes"), WHAT)
def test_after_a_release_that_ended_half_way_too(stage: Stage, what: str, comes: tuple[str, str]) -> None:
    stage.on_release("release.abort", 2, after="hold")
    assert stage.release(2).state == "failed"
    assert brought(stage, what=what) == comes


def test_what_went_back_by_itself_is_not_what_stays(stage: Stage) -> None:
    stage.on_release("release.abort", 2)
    assert stage.release(2).state == "rolling_back"
    assert brought(stage, what="image", supersede=True) == ("1", "red")


@pytest.mark.parametrize(
    ("what", "words"),
    [("image", "The configuration stays that of release 2"), ("configuration", "The images stay those of release 2")],
)
def test_the_page_says_whose_part_stays(stage: Stage, what: str, words: str) -> None:
    assert shown(stage, what=what, supersede=True).warnings[0].startswith(words)
    assert not any("stay" in one for one in shown(stage, what="both", supersede=True).warnings)


def test_the_page_lists_what_changes_against_what_stands(stage: Stage) -> None:
    stage.on_release("release.abort", 2, after="hold")
    rows = {row["label"]: (row["before"], row["after"]) for row in shown(stage, what="image").spec}
    on_north = {label: told for label, told in rows.items() if "north" in label}
    assert [after for _before, after in on_north.values()] == ["registry.example.com/shop:1"]


def test_only_what_ran_last_and_whole_is_let_through_over_the_quota(stage: Stage) -> None:
    stage.on_release("release.abort", 2, after="hold")
    drain()
    set_limits(stage.people.boutique.pk, limits={"releases": 0})
    with pytest.raises(QuotaExceeded):
        stage.on_app("release.rollback", what="image")
    assert stage.on_app("release.rollback", what="both").result["over_quota"]


def kinds(number: int, *, back: bool = False) -> list[str]:
    steps = Step.objects.filter(release__number=number, back=back)
    return list(steps.values_list("kind", flat=True))


def back(stage: Stage, **data: Any) -> Release:
    return stage.release(int(stage.on_app("release.rollback", supersede=True, **data).result["release"]))


def test_it_goes_back_at_once_unless_told_otherwise(stage: Stage) -> None:
    stage.on_app("release.strategy", kind="batches", batch="1")
    release = back(stage)
    assert release.strategy == "rolling" and "trade" not in kinds(release.number)


def test_in_batches_it_goes_by_the_strategy_that_the_app_has_now(stage: Stage) -> None:
    steps = [{"kind": "batch", "name": "one", "replicas": "1"}, {"kind": "pause", "name": "look"}]
    stage.on_app("release.strategy", kind="canary", steps=steps)
    release = back(stage, pace="in-batches")
    assert release.strategy == "canary" and kinds(release.number)[3:5] == ["trade", "hold"]
    assert all(target.second for target in release.targets.all())
    assert release.revision == stage.release(1).revision


def test_where_the_strategy_is_rolling_batches_are_of_a_quarter(stage: Stage) -> None:
    release = back(stage, pace="in-batches")
    sizes = Step.objects.filter(release=release, kind="trade", back=False).values_list("options__to", flat=True)
    assert release.strategy == "batches" and list(sizes)[:4] == ["25%", "50%", "75%", "100%"]


def test_what_must_not_run_twice_goes_back_as_ever(stage: Stage) -> None:
    stage.on_app("release.strategy", kind="recreate")
    assert back(stage, pace="in-batches").strategy == "rolling"


def test_a_strategy_that_does_not_fit_what_comes_back_is_refused_with_the_way_out(stage: Stage) -> None:
    stage.on_release("release.abort", 2, after="hold")
    call = {"kind": "http-call", "name": "one", "url": "https://ci.example.com/x", "condition": "false"}
    stage.on_app("release.hooks", before=[call])
    stage.deployed(NEW)
    stage.on_app("release.hooks", before=[])
    stage.on_app("release.strategy", kind="canary", steps=[{"kind": "batch", "name": "one", "replicas": "1"}])
    with pytest.raises(Refused, match="Go back at once instead"):
        stage.on_app("release.rollback", release=3, pace="in-batches")


def test_the_page_tells_the_batches_before_it_goes_back(stage: Stage) -> None:
    (first, *_others) = shown(stage, pace="in-batches", supersede=True).course
    told = [step["title"] for step in first["steps"] if step["kind"] == "trade"]
    assert told == ["25% new", "50% new", "75% new", "All of them new", "Move back to the first track"]


def test_whoever_aborts_is_told_how_it_comes_back(stage: Stage) -> None:
    stage.on_app("release.strategy", kind="batches", batch="1")
    stage.on_app("release.auto_rollback", on=True, pace="in-batches")
    number = int(stage.on_app("release.start", supersede=True).result["release"])
    ref = Ref("release", "boutique", "shop", number)
    told = perform("release.abort", actor=stage.bob, ref=ref, data={}, dry_run=True).message
    assert told.endswith("what ran before is brought back in batches.")
    sizes = Step.objects.filter(release__number=number, back=True, kind="trade").values_list("options__to", flat=True)
    assert list(sizes) == ["1", "100%"]
