"""What somebody changed in a cluster, told on the app's page with a name, and the choices of who may make them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal import live
from portal.access import Ref
from portal.operations.performing import perform
from releases import observing
from releases.models import Release, Target
from releases.reasons import Reason
from releases.scaled import AUTOSCALER, REPLICAS
from tests import cast
from tests.releases.stage import IMAGE, Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db

APP = "/t/boutique/apps/shop/"
KEY = "Deployment/shop--web"
CHANGED = "Changed outside Slipway on cluster north"
AT = "2025-01-01T12:00:00+00:00"
HOTFIX = "registry.example.com/hotfix:9"


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.deployed()
    return stage


@pytest.fixture
def edited(stage: Stage) -> Stage:
    stage.edited(stage.north)
    return stage


def conflict(stage: Stage) -> int:
    """A release that met the edit, as its worker would tell it; its number."""
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    number = int(stage.on_app("release.start").result["release"])
    values = {"cluster": "north", "words": "kubectl-edit changed it", "code": "field_conflict", "object": KEY}
    stage.refuses(KEY, Reason("refused", {**values, "owners": {IMAGE: "kubectl-edit"}}))
    assert stage.release(number).state == "failed"
    return number


def test_nothing_is_said_where_nobody_changed_anything(stage: Stage) -> None:
    assert "outside Slipway" not in said_on(APP, stage.people.bob)


def test_a_change_is_told_with_who_made_it_what_is_there_and_what_was_deployed(edited: Stage) -> None:
    said = said_on(APP, edited.people.vera)
    assert f"{CHANGED} {KEY}" in said
    assert f"kubectl-edit set the image of web to {HOTFIX}" in said
    assert "Slipway deployed registry.example.com/shop:1" in said
    assert "Changed outside Slipway on cluster south" not in said


def test_the_choices_are_offered_to_who_may_make_them(edited: Stage) -> None:
    assert "Take over… Leave…" in said_on(APP, edited.people.bob)
    assert "Take over…" not in said_on(APP, edited.people.vera)


def test_the_panel_comes_by_itself_when_the_cluster_tells_of_the_change(stage: Stage) -> None:
    topic = f"app:{stage.app.pk}"
    before = live.version(topic)
    stage.edited(stage.north)
    assert live.version(topic) > before
    shown = cast.signed_in(stage.people.bob).get(f"{APP}_drift").content.decode()
    assert f'data-refresh-on="{topic}"' in shown and 'role="status"' in shown and CHANGED in shown


def test_taking_over_shows_both_values_before_and_begins_a_release_of_what_runs(edited: Stage) -> None:
    edited.on_app("process.scale", process="web", replicas=6)
    ref, data = Ref("app", "boutique", "shop"), {"cluster": "north"}
    shown = perform("drift.take_over", actor=edited.bob, ref=ref, data=data, dry_run=True).preview
    assert shown is not None
    label = "north · shop--web: image of web"
    values = {"before": HOTFIX, "after": "registry.example.com/shop:1"}
    assert list(shown.spec) == [{"label": label, **values, "kind": "changed"}]

    outcome = edited.on_app("drift.take_over", cluster="north", object=KEY)
    assert outcome.message == "Took Deployment/shop--web on north back from kubectl-edit with release 2."
    target = Target.objects.get(release__number=2)
    assert (target.cluster_name, target.forced) == ("north", {KEY: ["kubectl-edit"]})
    assert target.release.revision.number == 1
    said = said_on(f"{APP}releases/2/", edited.people.bob)
    assert f"north: takes {KEY} back from kubectl-edit" in said
    assert f"took {KEY} on north back from kubectl-edit with release 2" in said_on(APP, edited.people.bob)


def test_taking_over_the_number_of_an_autoscaler_does_not_say_that_it_is_had_for_good(stage: Stage) -> None:
    stage.put_back(stage.north, field=REPLICAS, value=6, manager=AUTOSCALER, shared=False)
    outcome = stage.on_app("drift.take_over", cluster="north", object=KEY)
    words = (
        f"et the number of instances of {KEY} on north with release 2; an autoscaler that is still there sets it again"
    )
    assert outcome.message == f"S{words}."
    assert f"s{words}" in said_on(APP, stage.people.bob)
    said = said_on(f"{APP}releases/2/", stage.people.bob)
    again = "an autoscaler that is still there sets it again"
    assert f"north: sets the number of instances of {KEY}; {again}" in said and "back from" not in said


def test_taking_over_a_number_and_more_says_both(stage: Stage) -> None:
    said = stage.says(stage.north, image=HOTFIX, count=2)
    rows = [(AUTOSCALER, REPLICAS, 6), ("kubectl-edit", IMAGE, HOTFIX)]
    said["workloads"][0]["foreign"] = [
        {"manager": by, "operation": "Update", "at": AT, "fields": [{"path": path, "value": value, "shown": True}]}
        for by, path, value in rows
    ]
    observing.observe(stage.north.pk, stage.app.pk, said)
    again = f"an autoscaler that is still there sets the number of instances of {KEY} again"
    outcome = stage.on_app("drift.take_over", cluster="north", object=KEY)
    assert outcome.message == f"Took {KEY} on north back from kubectl-edit with release 2; {again}."


SPY, VARIABLE = (
    '.spec.template.spec.containers[name="spy"]',
    '.spec.template.spec.containers[name="web"].env[name="FOO"]',
)


def test_what_was_added_is_told_with_who_added_it_and_what_each_choice_does(stage: Stage) -> None:
    stage.added(stage.north, {SPY: "spy:1", VARIABLE: None})
    said = said_on(APP, stage.people.bob)
    assert "kubectl-patch added the container spy ( spy:1 )" in said
    assert "kubectl-patch added the variable FOO of web" in said and "Slipway deployed" not in said

    ref = Ref("app", "boutique", "shop")
    deploy = perform("release.start", actor=stage.bob, ref=ref, data={}, dry_run=True).preview
    told = "kubectl-patch added the container spy to shop--web on north. A release leaves it there"
    assert deploy is not None and any(told in line for line in deploy.warnings)
    taken = perform("drift.take_over", actor=stage.bob, ref=ref, data={"cluster": "north"}, dry_run=True).preview
    assert taken is not None
    rows = [(row["label"], row["before"], row["after"]) for row in taken.spec]
    assert rows == [
        ("north · shop--web: container spy", "spy:1", "taken out"),
        ("north · shop--web: variable FOO of web", "added", "taken out"),
    ]
    headers = cast.token_header(stage.people.vera, tenant=stage.people.boutique)
    answer = cast.browser().get("/api/v1/tenants/boutique/apps/shop", headers=headers).json()
    assert [(one["field"], one["value"], one["added"]) for one in answer["drift"]] == [
        (SPY, "spy:1", True),
        (VARIABLE, None, True),
    ]


def test_an_addition_that_is_left_and_goes_is_nothing_that_a_release_sets(stage: Stage) -> None:
    stage.added(stage.north, {SPY: "spy:1"})
    stage.on_app("drift.leave", cluster="north", object=KEY)
    assert "shop--web on north: container spy left to kubectl-patch by bob" in said_on(APP, stage.people.bob)
    stage.ready(stage.north)
    said = said_on(APP, stage.people.bob)
    assert "kubectl-patch does not have it there now" in said and "the next release sets it" not in said


def test_what_is_left_is_told_quietly_and_stays_out_of_later_releases(edited: Stage) -> None:
    edited.on_app("drift.leave", cluster="north", object=KEY)
    said = said_on(APP, edited.people.bob)
    assert CHANGED not in said
    assert "shop--web on north: image of web left to kubectl-edit by bob" in said
    assert "No longer leave…" in said and "No longer leave…" not in said_on(APP, edited.people.vera)

    edited.on_app("release.start")
    left = dict(Target.objects.filter(release__number=2).values_list("cluster_name", "left"))
    assert left == {"north": {KEY: {IMAGE: "kubectl-edit"}}, "south": {}}
    yaml = cast.signed_in(edited.people.bob).get(f"{APP}releases/2/manifests.yaml").content.decode()
    assert f"# left to kubectl-edit: {IMAGE}" in yaml


def test_a_change_by_another_manager_than_the_one_it_was_left_to_is_told_anew(edited: Stage) -> None:
    edited.on_app("drift.leave", cluster="north")
    edited.edited(edited.north, manager="argocd")
    said = said_on(APP, edited.people.bob)
    assert "argocd set the image of web" in said
    assert "kubectl-edit does not have it now" in said


def test_leaving_ends_by_saying_so_or_by_taking_over(edited: Stage) -> None:
    for ending in ("drift.reclaim", "drift.take_over"):
        edited.on_app("drift.leave", cluster="north")
        edited.on_app(ending, cluster="north", object=KEY)
        assert "left to kubectl-edit" not in said_on(f"{APP}_drift", edited.people.bob), ending
        assert CHANGED in said_on(f"{APP}_drift", edited.people.bob), ending


def test_a_release_that_met_the_conflict_offers_the_same_two_choices(edited: Stage) -> None:
    number = conflict(edited)
    said = said_on(f"{APP}releases/{number}/", edited.people.bob)
    assert "Take over… Leave… Roll back to release 1" in said
    assert "Take over what kubectl-edit changed, or leave it as it is there and deploy again." in said
    assert "Take over…" not in said_on(f"{APP}releases/{number}/", edited.people.vera)
    assert "Release 2 wanted registry.example.com/shop:2" in said_on(APP, edited.people.bob)


def test_the_revision_of_a_release_that_met_the_conflict_is_released_again_everywhere(edited: Stage) -> None:
    number = conflict(edited)
    edited.on_app("drift.take_over", cluster="north", object=KEY, of_release=number)
    again = Release.objects.get(number=number + 1)
    assert again.revision == Release.objects.get(number=number).revision
    forced = dict(again.targets.values_list("cluster_name", "forced"))
    assert forced == {"north": {KEY: ["kubectl-edit"]}, "south": {}}


def test_the_api_tells_the_drift_of_an_app(edited: Stage) -> None:
    edited.on_app("drift.leave", cluster="north")
    headers = cast.token_header(edited.people.vera, tenant=edited.people.boutique)
    answer = cast.browser().get("/api/v1/tenants/boutique/apps/shop", headers=headers).json()
    (told,) = answer["drift"]
    place: dict[str, Any] = {"cluster": "north", "object": KEY, "field": IMAGE, "manager": "kubectl-edit"}
    assert told.items() >= {**place, "value": HOTFIX, "deployed": "registry.example.com/shop:1", "left": True}.items()
    (left,) = answer["left"]
    assert left.items() >= {**place, "by": "bob"}.items()


def test_the_api_does_not_call_deployed_what_a_release_wanted_and_did_not_get(edited: Stage) -> None:
    number = conflict(edited)
    headers = cast.token_header(edited.people.vera, tenant=edited.people.boutique)
    (told,) = cast.browser().get("/api/v1/tenants/boutique/apps/shop", headers=headers).json()["drift"]
    wanted = "registry.example.com/shop:2"
    assert (told["deployed"], told["wanted"], told["release"]) == (None, wanted, number)


def test_pages_without_drift_ask_nothing_more_and_with_it_little(edited: Stage) -> None:
    bob = cast.signed_in(edited.people.bob)
    counts = []
    for image in (HOTFIX, ""):
        if not image:
            edited.ready(edited.north)
        with CaptureQueriesContext(connection) as seen:
            assert bob.get(APP).status_code == 200
        counts.append(len(seen))
    assert counts[0] - counts[1] == 1


def test_a_conflict_with_a_workload_that_was_deleted_meanwhile_is_told_no_more(edited: Stage) -> None:
    conflict(edited)
    assert CHANGED in said_on(APP, edited.people.bob)

    edited.gone(edited.north)
    assert CHANGED not in said_on(APP, edited.people.bob)


def test_what_is_left_is_folded_after_a_few_and_stays_within_reach(stage: Stage) -> None:
    box = '.spec.template.spec.containers[name="web"]'
    rows = [
        {"cluster": "north", "object": KEY, "field": f"{box}.x{number:02}", "manager": "ann", "by": "bob", "at": AT}
        for number in range(31)
    ]
    stage.app.left = rows
    stage.app.save()
    page = cast.signed_in(stage.people.bob).get(APP).text
    shown, folded = page.split('<details class="small muted" data-key="left-more">')
    assert shown.count("left to ann by bob") == 8 and folded.count("left to ann by bob") == 23
    assert "and 23 fields more that are left to others" in folded and folded.count("No longer leave…") == 23
    stage.app.left = rows[:9]
    stage.app.save()
    assert "left-more" not in cast.signed_in(stage.people.bob).get(APP).text


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "Where one of the values that are not shown differs"),
        (HOTFIX, "Instances are replaced by new"),
    ],
    ids=["not shown", "another one"],
)
def test_instances_are_said_to_be_replaced_where_that_is_known(stage: Stage, value: str | None, words: str) -> None:
    stage.put_back(stage.north, value=value, shared=False)
    ref = Ref("app", "boutique", "shop")
    data = {"cluster": "north", "object": KEY}
    shown = perform("drift.take_over", actor=stage.bob, ref=ref, data=data, dry_run=True).preview
    assert shown is not None and [one for one in shown.warnings if one.startswith(words)]
    assert len([one for one in shown.warnings if "replaced by new ones" in one]) == 1
