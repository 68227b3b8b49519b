"""Whoever skips a step says which: it passes no other one, and the preview says what comes next."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import RELEASE
from portal.errors import Conflict, Invalid, Refused
from portal.operations.performing import perform
from releases.models import Release, StepRun
from tests import cast
from tests.releases.canary import Canary
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
BATCH = {"kind": "batch", "name": "rest", "replicas": "100%"}
FORM = "/t/boutique/apps/shop/releases/1/do/release.skip/"
API = "/api/v1/tenants/boutique/apps/shop/releases/1/operations/release.skip"


def note(name: str) -> dict[str, Any]:
    return {"kind": "note", "name": name, "text": "Look."}


TOGETHER = ({**note("one"), "beside": "both/left"}, {**note("two"), "beside": "both/right"})


@pytest.fixture
def stage() -> Stage:
    return Stage()


def goes(stage: Stage, *steps: dict[str, Any]) -> None:
    """Release 1 goes by these steps on north, then on south."""
    stage.on_app("release.strategy", kind="canary", steps=[*steps, BATCH])
    stage.on_app("release.start")
    stage.work()


def at(stage: Stage, cluster: str = "north") -> set[str]:
    """What is under way on a cluster, by the name of the step."""
    release = stage.release(1)
    names = {step.number: step.options.get("name", step.kind) for step in release.steps.all()}
    runs = release.runs.filter(state="watching", cluster_id=getattr(stage, cluster).pk)
    return {names[run.step] for run in runs}


def number(stage: Stage, name: str) -> int:
    return int(stage.release(1).steps.get(options__name=name).number)


def skips(stage: Stage, **data: Any) -> str:
    """Try it, then do it; what the preview said."""
    ref, given = Ref(RELEASE, "boutique", "shop", 1), {"cluster": "north", **data}
    preview = perform("release.skip", actor=stage.bob, ref=ref, data=given, dry_run=True).preview
    perform("release.skip", actor=stage.bob, ref=ref, data=given)
    assert preview is not None
    return preview.happens


def test_two_people_who_send_the_form_at_the_same_time_pass_one_step(stage: Stage) -> None:
    goes(stage, note("one"), note("two"))
    first, second = cast.signed_in(stage.people.bob), cast.signed_in(stage.people.alice)
    for client in (first, second):
        shown = client.get(FORM, {"cluster": "north", "step": number(stage, "one")}).text
        assert "By hand: one" in shown
    sent = {"cluster": "north", "step": number(stage, "one"), "version": 1}
    assert first.post(FORM, sent).status_code == 303
    answer = second.post(FORM, sent)
    assert answer.status_code == 409 and "nothing was skipped" in answer.text
    assert at(stage) == {"two"}


def test_the_form_is_filled_with_the_one_step_that_is_under_way(stage: Stage) -> None:
    goes(stage, note("one"))
    shown = cast.signed_in(stage.people.bob).get(FORM).text
    assert f'<option value="{number(stage, "one")}" selected' in shown
    assert '<option value="north" selected' in shown


def test_the_preview_names_the_step_and_what_begins_then(stage: Stage) -> None:
    goes(stage, note("one"), {"kind": "pause", "name": "look", "seconds": -1}, note("two"))
    said = skips(stage)
    assert "“By hand: one” of release 1 on north counts as passed" in said
    assert "Then begins: By hand: two" in said  # nothing trades in a first release, so no pause is made
    assert at(stage) == {"two"}


def test_of_steps_beside_each_other_one_has_to_be_chosen(stage: Stage) -> None:
    goes(stage, *TOGETHER)
    assert at(stage) == {"one", "two"}
    with pytest.raises(Invalid) as refused:
        skips(stage)
    (sentence,) = refused.value.fields["step"]
    assert "By hand: one" in sentence and "By hand: two" in sentence
    skips(stage, step=number(stage, "two"))
    assert at(stage) == {"one"}


def test_the_form_offers_those_that_are_open(stage: Stage) -> None:
    goes(stage, *TOGETHER)
    client = cast.signed_in(stage.people.bob)
    shown = client.get(FORM).text
    assert "By hand: one (north)" in shown and "By hand: two (north)" in shown
    answer = client.post(FORM, {"cluster": "north", "step": "", "version": 1})
    assert answer.status_code == 422 and "By hand: two" in answer.text
    assert at(stage) == {"one", "two"}


def test_the_api_answers_with_the_names_and_with_what_has_passed(stage: Stage) -> None:
    goes(stage, *TOGETHER)
    headers = cast.token_header(stage.people.bob, tenant=stage.people.boutique)

    def asks(**data: Any) -> Any:
        return cast.browser().post(API, data, content_type="application/json", headers=headers)

    unnamed = asks(cluster="north")
    assert unnamed.status_code == 400 and "By hand: one" in unnamed.text
    one = number(stage, "one")
    assert asks(cluster="north", step=one).status_code == 200
    again = asks(cluster="north", step=one)
    assert again.status_code == 409 and again.json()["code"] == "step_passed"
    assert at(stage) == {"two"}


def test_where_nothing_is_under_way_nothing_is_skipped(stage: Stage) -> None:
    goes(stage, note("one"))
    with pytest.raises(Conflict, match="No step of release 1 is under way on south, and none has failed there"):
        skips(stage, cluster="south")
    with pytest.raises(Refused, match="has no cluster west"):
        skips(stage, cluster="west")


def test_a_step_that_failed_is_named_too_but_no_approval(stage: Stage) -> None:
    goes(stage, {"kind": "approval", "name": "ok"})
    Release.objects.update(failure_budget=1)
    StepRun.objects.filter(release=stage.release(1), state="watching").update(
        state="failed", reason={"code": "approval_expired", "values": {"seconds": 60}}
    )
    stage.release(1).targets.filter(cluster_name="north").update(state="failed")
    with pytest.raises(Conflict, match="try again"):
        skips(stage, step=number(stage, "ok"))


def test_the_preview_says_for_whom_the_switch_to_the_new_set_waits() -> None:
    canary = Canary()
    canary.on_app("release.strategy", kind="blue-green", steps=[])
    number = canary.start()
    canary.serve(canary.north, stable=2, canary=0)
    ref, given = Ref(RELEASE, "boutique", "shop", number), {"cluster": "north"}
    preview = perform("release.skip", actor=canary.bob, ref=ref, data=given, dry_run=True).preview
    assert preview is not None
    assert preview.happens.startswith(f"“Start a second full set” of release {number} on north counts as passed.")
    assert "Then begins: Switch to the new set. No instance of shop--web--canary is ready" in preview.happens

    perform("release.skip", actor=canary.bob, ref=ref, data=given)
    assert canary.work(on=canary.north) == []
    with pytest.raises(Refused, match="nobody skips that"):
        perform("release.skip", actor=canary.bob, ref=ref, data=given)
    canary.serve(canary.north, stable=2, canary=1)
    switch = canary.release(number).steps.get(kind="traffic", options__doors="canary").number
    assert canary.release(number).runs.get(cluster_id=canary.north.pk, step=switch).state == "done"


def test_where_nothing_is_under_way_on_the_cluster_the_others_are_no_matter(stage: Stage) -> None:
    stage.on_app("release.start")  # what north is sent is on its way; south comes after it
    for dry_run in (True, False):
        with pytest.raises(Conflict) as told:
            ref = Ref(RELEASE, "boutique", "shop", 1)
            perform("release.skip", actor=stage.bob, ref=ref, data={"cluster": "south"}, dry_run=dry_run)
        assert str(told.value) == ("No step of release 1 is under way on south, and none has failed there.")
    with pytest.raises(Conflict, match="while what it sent to north is on its way"):
        stage.on_release("release.skip", 1, cluster="north")
