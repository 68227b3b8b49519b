"""A probe has one handler: what somebody set of the one that runs too keeps another one out, and is told so."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.operations.performing import perform
from releases import observing
from releases.drift.looking import drifts, open_drifts
from releases.models import Target
from releases.reasons import Reason
from tests.releases.stage import Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db

APP, KEY, REF = "/t/boutique/apps/shop/", "Deployment/shop--web", Ref("app", "boutique", "shop")
PROBE = '.spec.template.spec.containers[name="web"].readinessProbe'
HTTP, GRPC, PORT = f"{PROBE}.httpGet", f"{PROBE}.grpc", f"{PROBE}.grpc.port"


@pytest.fixture
def stage() -> Stage:
    """It is asked by gRPC, and somebody set the port of that too."""
    stage = Stage()
    draft = stage.app.draft
    assert draft is not None
    (web,) = draft.spec["processes"]
    web["ports"] = [{"name": "grpc", "port": 9000, "protocol": "grpc"}]
    web["probes"] = {"readiness": {"kind": "grpc"}}
    draft.save()
    stage.deployed()
    stage.put_back(stage.north, field=PORT, value=9000, manager="kubectl")
    return stage


def preview(stage: Stage, operation: str, **data: Any) -> Any:
    shown = perform(operation, actor=stage.bob, ref=REF, data=data, dry_run=True).preview
    assert shown is not None
    return shown


def by_http(stage: Stage) -> None:
    stage.on_app("probe.path", process="web", path="/healthz")


def refused(stage: Stage) -> int:
    """The release that asks by HTTP from now on is refused."""
    by_http(stage)
    number = int(stage.on_app("release.start").result["release"])
    values = {"cluster": "north", "words": "kubectl has grpc", "code": "field_conflict", "object": KEY}
    stage.refuses(KEY, Reason("refused", {**values, "owners": {HTTP: "kubectl"}}))
    assert stage.release(number).state == "failed"
    return number


def kept_out(stage: Stage) -> None:
    """The cluster says that theirs stands in the place of what was released since."""
    said = stage.says(stage.north, image="registry.example.com/shop:1", count=2)
    row = {"path": HTTP, "value": "grpc", "shown": True, "gone": True}
    owner = {"manager": "kubectl", "operation": "", "at": "2025-01-01T12:00:00Z", "fields": [row]}
    said["workloads"][0]["foreign"] = [owner]
    observing.observe(stage.north.pk, stage.app.pk, said)


def left(stage: Stage) -> list[str]:
    stage.app.refresh_from_db()
    return [one["field"] for one in stage.app.left]


def test_a_refused_change_of_the_handler_is_told_with_both_ways(stage: Stage) -> None:
    number = refused(stage)
    (found,) = drifts(stage.app)
    assert (found.field, found.manager, found.live, found.release) == (HTTP, "kubectl", "grpc", number)
    said = said_on(APP, stage.people.bob)
    assert "kubectl put grpc in the place of the readinessProbe.httpGet of web" in said
    assert "Take over… Leave…" in said
    stage.on_app("drift.leave", cluster="north", object=KEY)
    assert left(stage) == [HTTP] and open_drifts(stage.app) == []
    assert "is refused" not in " ".join(preview(stage, "release.start").warnings)


def test_before_it_is_refused_the_preview_says_so_and_not_that_it_stays(stage: Stage) -> None:
    by_http(stage)
    (told,) = [one for one in preview(stage, "release.start").warnings if "kubectl" in one]
    assert told == (
        "kubectl set the readinessProbe.grpc.port of web of shop--web on north too, to 9000, as Slipway did. A release "
        "that sets httpGet there is refused: take it over (drift.take_over) or leave it (drift.leave) first."
    )
    stage.on_app("drift.leave", cluster="north", object=KEY, field=PORT)
    assert "is refused" not in " ".join(preview(stage, "release.start").warnings)


@pytest.mark.parametrize("released", [False, True], ids=["at once", "after a release that left it"])
def test_what_is_left_can_be_taken_over_without_ending_that_first(stage: Stage, released: bool) -> None:
    stage.on_app("drift.leave", cluster="north", object=KEY, field=PORT)
    if released:
        by_http(stage)
        stage.deployed()
        kept_out(stage)
        assert left(stage) == [PORT] and open_drifts(stage.app) == []
        said = said_on(APP, stage.people.bob)
        assert "left to kubectl by" in said and "does not have it now" not in said
        assert "Changed outside Slipway" not in said
    number = int(stage.on_app("drift.take_over", cluster="north", object=KEY).result["release"])
    target = Target.objects.get(release__number=number, cluster_name="north")
    assert (target.forced, target.left, left(stage)) == ({KEY: ["kubectl"]}, {}, [])


def test_what_was_left_after_it_was_refused_can_be_taken_over_too(stage: Stage) -> None:
    refused(stage)
    stage.on_app("drift.leave", cluster="north", object=KEY)
    stage.on_app("drift.take_over", cluster="north", object=KEY)
    assert left(stage) == []


def test_taking_over_says_what_the_release_that_was_refused_takes_out(stage: Stage) -> None:
    number = refused(stage)
    rows = preview(stage, "drift.take_over", cluster="north", of_release=number).spec
    there = (row for row in rows if row["label"].startswith("north · "))
    told = {row["label"].partition(": ")[2]: (row["before"], row["after"]) for row in there}
    assert told == {
        "readinessProbe.httpGet of web": ("grpc in its place", "what Slipway deployed"),
        "readinessProbe.grpc.port of web": ("9000, which kubectl set too", "taken out"),
    }


def test_taking_over_what_runs_says_nothing_of_what_was_refused(stage: Stage) -> None:
    refused(stage)
    rows = preview(stage, "drift.take_over", cluster="north").spec
    assert [(row["label"], row["after"]) for row in rows] == [
        ("north · shop--web: readinessProbe.grpc.port of web", "9000")
    ]
