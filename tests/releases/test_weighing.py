"""A person changes the share of the traffic while a canary waits; the plan goes on from there."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import RELEASE
from portal.audit.models import AuditEntry
from portal.errors import Conflict, Forbidden, NeedsRight, Refused
from portal.operations.performing import perform
from releases import changes
from releases.loading import snapshot_of
from releases.models import StepRun, TimelineEvent
from releases.reasons import Reason
from tests import cast
from tests.releases.canary import HOST, PLAIN, Canary
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db
SOME = {"kind": "traffic", "name": "some", "traffic": 25}
BATCH = {"kind": "batch", "name": "one", "replicas": "1"}
PAGE = "/t/boutique/apps/shop/releases/2/"


@pytest.fixture
def stage() -> Canary:
    return Canary()


def traffic(stage: Canary) -> list[dict[str, Any]]:
    """What is on its way to the routes."""
    return [row.payload["effect"] for row in stage.sent() if row.payload["effect"]["effect"] == "SetTraffic"]


def test_until_a_step_moves_it_all_traffic_goes_to_the_old_ones() -> None:
    stage = Canary(steps=[BATCH, {"kind": "pause", "name": "look", "seconds": -1}, SOME])
    stage.waits()
    said = said_on(PAGE, stage.people.bob)
    assert "Routes lead to the old instances alone" in said and "routes give no shares here" not in said
    assert "100 %" in said
    stage.on_release("route.weight", 2, host=HOST, canary=40)
    stage.work()
    said = said_on(PAGE, stage.people.bob)
    assert "60 %" in said and f"{HOST}: 40 % to new ones, set by hand" in said


@pytest.mark.parametrize(
    ("there", "share", "workload"),
    [({"stable": 0, "canary": 1}, 40, "shop--web"), ({"stable": 2, "canary": 1}, 40, "")],
    ids=["no old one is ready", "both are there"],
)
def test_a_share_for_nobody_is_refused(stage: Canary, there: dict[str, int], share: int, workload: str) -> None:
    stage.waits()
    stage.serve(stage.south, **there)
    if workload:
        with pytest.raises(Conflict, match=rf"No instance of {workload} is ready on south, so nobody would answer"):
            stage.on_release("route.weight", 2, host=HOST, canary=share)
        stage.on_release("route.weight", 2, host=HOST, canary=100)
    else:
        stage.on_release("route.weight", 2, host=HOST, canary=share)
    assert len(traffic(stage)) == 2


def test_a_share_waits_for_an_instance_even_where_a_person_skipped_the_step_that_starts_it() -> None:
    stage = Canary(steps=[SOME, {"kind": "pause", "name": "look", "seconds": -1}])
    stage.start()
    for cluster in (stage.north, stage.south):
        stage.serve(cluster, stable=2, canary=0)
    for cluster in ("north", "south"):
        stage.on_release("release.skip", 2, cluster=cluster)
    stage.work()
    assert StepRun.objects.filter(release__number=2, reason__code="share_without_instances").count() == 2
    said = said_on(PAGE, stage.people.bob)
    assert "No instance of shop--web--canary is ready, so no request is led there yet" in said
    assert "if none can come, abort the release and deploy again" in said
    with pytest.raises(Conflict):  # which is why it is not offered: the step before has passed
        stage.on_release("release.retry", 2, cluster="north")
    assert not traffic(stage)
    for cluster in (stage.north, stage.south):
        stage.serve(cluster, stable=2, canary=1)
    runs = StepRun.objects.filter(release__number=2, state="watching", reason__code="waits_for_person")
    assert runs.count() == 2


def test_what_waits_moves_the_traffic_and_waits_on(stage: Canary) -> None:
    assert stage.waits() == 2
    stage.on_release("route.weight", 2, host=HOST, canary=40, stable=60)
    sent = traffic(stage)
    assert len(sent) == 2 and all(one["share"] == 40 and one["header"] == "x-canary" for one in sent)
    assert all(one["objects"][0].startswith("HTTPRoute/") for one in sent)
    stage.work()
    assert stage.release(2).state == "running"
    assert StepRun.objects.filter(release__number=2, state="watching", reason__code="waits_for_person").count() == 2
    assert "60 %" in said_on(PAGE, stage.people.bob) and "40 %" in said_on(PAGE, stage.people.bob)


def test_the_next_step_that_moves_traffic_goes_on_from_the_plan(stage: Canary) -> None:
    stage.waits()
    stage.on_release("route.weight", 2, host=HOST, canary=5)
    stage.work()
    stage.on_release("release.promote", 2)
    assert {one["share"] for one in traffic(stage)} == {50}
    stage.work()
    said = said_on(PAGE, stage.people.bob)
    assert "50 %" in said and "set by hand" not in said


def test_the_timeline_and_the_log_tell_it_and_replay_to_what_is(stage: Canary) -> None:
    before = snapshot_of(stage.release(1))
    assert before.runs
    stage.waits()
    stage.on_release("route.weight", 2, host=HOST, canary=40)
    stage.work()
    stage.on_release("route.weight", 2, host=HOST, canary=10)
    stage.work()
    stage.on_release("release.promote", 2)
    stage.work()
    entry = AuditEntry.objects.filter(operation="route.weight").latest("id")
    assert (entry.outcome, entry.actor_name, entry.input["canary"]) == ("done", "bob", 10)
    text = said_on(PAGE, stage.people.bob)
    assert f"bob gives new instances 40 % of the traffic of {HOST}" in text
    assert f"bob gives new instances 10 % of the traffic of {HOST}" in text
    told = [changes.load(row.change) for row in TimelineEvent.objects.filter(release__number=2).order_by("seq")]
    now = snapshot_of(stage.release(2))
    planned = changes.replace(now, runs=(), targets=tuple(changes.replace(t, state="waiting") for t in now.targets))
    again = changes.replay(planned, told)
    assert {run.ref: run for run in again.runs} == {run.ref: run for run in now.runs}
    log = cast.signed_in(stage.people.alice).get("/t/boutique/activity/").text
    assert f"gave new instances of release 2 10 % of the traffic of {HOST}" in log


def test_a_refusal_of_the_cluster_fails_the_step_as_any_write_of_it(stage: Canary) -> None:
    stage.waits()
    stage.on_release("route.weight", 2, host=HOST, canary=40)
    stage.tells("SetTraffic", Reason("refused", {"cluster": "north", "words": "no"}))
    assert StepRun.objects.filter(release__number=2, state="failed", reason__code="refused").exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"host": HOST, "canary": 40, "stable": 70}, r"70 % and 40 % are 110 % together, not 100 %"),
        ({"host": "other.example.com", "canary": 40}, rf"other\.example\.com gives no share now. Choose from {HOST}"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(stage: Canary, data: dict[str, Any], words: str) -> None:
    stage.waits()
    with pytest.raises(Refused, match=words):
        stage.on_release("route.weight", 2, **data)


def test_it_is_only_for_a_canary_that_waits_with_new_instances(stage: Canary) -> None:
    stage.start()
    with pytest.raises(Conflict, match="while a step of a canary waits and new instances serve"):
        stage.on_release("route.weight", 2, host=HOST, canary=40)
    with pytest.raises(Conflict, match="over"):
        stage.on_release("route.weight", 1, host=HOST, canary=40)


def test_it_is_not_for_a_canary_whose_plan_is_through(stage: Canary) -> None:
    stage.waits()
    for _pause in range(2):
        stage.on_release("release.promote", 2)
        stage.work()
    with pytest.raises(Conflict, match="That is not so now"):
        stage.on_release("route.weight", 2, host=HOST, canary=40)


def test_where_no_route_gives_shares_that_is_said() -> None:
    stage = Canary(capabilities=PLAIN, steps=[BATCH, {"kind": "pause", "name": "look", "seconds": -1}])
    stage.waits()
    with pytest.raises(Conflict, match="No route gives a share on north, south: there the traffic goes with"):
        stage.on_release("route.weight", 2, host=HOST, canary=40)


def test_it_takes_the_right_to_deploy_and_that_over_restricted_clusters(stage: Canary) -> None:
    stage.waits()
    data = {"host": HOST, "canary": 40}
    rights = {"name": "router", "title": "Router", "rights": ["app.view", "app.network"]}
    perform("role.define", actor=cast.actor(stage.people.alice), ref=Ref("tenant", "boutique"), data=rights)
    gus = cast.actor(cast.member("gus", tenant=stage.people.boutique, role="router"))
    with pytest.raises(Forbidden, match=r"app\.deploy"):
        perform("route.weight", actor=gus, ref=Ref(RELEASE, "boutique", "shop", 2), data=data)
    olga = cast.actor(stage.people.olga)
    perform("cluster.restrict", actor=olga, ref=Ref("cluster", cluster="north"), data={"reason": "production"})
    with pytest.raises(NeedsRight, match=r"release\.approve"):
        stage.on_release("route.weight", 2, **data)


def test_the_page_offers_it_while_it_can_be_done_and_the_form_knows_the_share(stage: Canary) -> None:
    number = stage.start()
    bob = cast.signed_in(stage.people.bob)
    assert "route.weight" not in bob.get(PAGE).text
    for cluster in (stage.north, stage.south):
        for _round in range(4):
            stage.serve(cluster, stable=1, canary=1)
    assert "do/route.weight/" in bob.get(PAGE).text
    form = bob.get(f"{PAGE}do/route.weight/").text
    assert HOST in form and 'value="25"' in form and "there is none" not in form
    answer = bob.post(f"{PAGE}do/route.weight/", {"host": HOST, "canary": 30}, follow=True)
    assert answer.status_code == 200 and number == 2
    assert {one["share"] for one in traffic(stage)} == {30}
