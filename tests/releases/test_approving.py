"""Approvals, words that let a release go on, and who may say them."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Actor, Ref
from portal.access.ref import APP, RELEASE
from portal.errors import Conflict, Forbidden, Refused
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from releases.models import StepRun
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
BATCH = {"kind": "batch", "name": "rest", "replicas": "100%"}


@pytest.fixture
def stage() -> Stage:
    return Stage()


def says(operation: str, who: Actor, **data: Any) -> Outcome:
    return perform(operation, actor=who, ref=Ref(RELEASE, "boutique", "shop", 1), data=data)


def asking(stage: Stage, **options: Any) -> None:
    """Release 1, started by bob, waits for an approval on both clusters."""
    stage.on_app("release.waves", across="together")
    stage.on_app("release.strategy", kind="canary", steps=[{"kind": "approval", "name": "ok", **options}, BATCH])
    stage.on_app("release.start")
    stage.work()


def given(stage: Stage) -> set[str]:
    """By whom it is approved so far, and waited for; nothing where it waits no more."""
    runs = StepRun.objects.filter(release=stage.release(1), state="watching", reason__code="waits_for_approval")
    return {name for run in runs for name in [*run.output.get("approved", ()), "waits"]}


def test_an_admin_approves_what_somebody_else_started(stage: Stage) -> None:
    asking(stage)
    assert given(stage) == {"waits"}
    says("release.approve", cast.actor(stage.people.alice), comment="fine")
    assert given(stage) == set()


def test_who_may_not_approve_is_told_which_right_it_takes(stage: Stage) -> None:
    asking(stage)
    with pytest.raises(Forbidden, match=r"release\.approve"):
        says("release.approve", cast.actor(stage.people.bob))


def test_who_started_it_does_not_approve_it_unless_that_is_allowed(stage: Stage) -> None:
    alice = cast.actor(stage.people.alice)
    stage.bob = alice
    asking(stage)
    with pytest.raises(Refused, match="You started this release"):
        says("release.approve", alice)
    assert given(stage) == {"waits"}


def test_the_author_counts_where_the_step_says_so(stage: Stage) -> None:
    alice = cast.actor(stage.people.alice)
    stage.bob = alice
    asking(stage, author=True)
    says("release.approve", alice)
    assert given(stage) == set()


def test_one_person_does_not_approve_twice(stage: Stage) -> None:
    asking(stage, count=2)
    alice = cast.actor(stage.people.alice)
    says("release.approve", alice)
    assert given(stage) == {"alice", "waits"}
    with pytest.raises(Refused, match="You have approved it already"):
        says("release.approve", alice)


def test_an_approval_of_others_says_whose_it_is(stage: Stage) -> None:
    asking(stage, roles=["approver"])
    with pytest.raises(Refused, match="approver"):
        says("release.approve", cast.actor(stage.people.alice))


def test_a_member_that_the_step_names_approves_by_name(stage: Stage) -> None:
    asking(stage, members=["alice"])
    says("release.approve", cast.actor(stage.people.alice))
    assert given(stage) == set()


def test_going_on_does_not_pass_an_approval(stage: Stage) -> None:
    asking(stage)
    with pytest.raises(Conflict, match="waits for an approval"):
        says("release.promote", cast.actor(stage.people.bob))


@pytest.mark.parametrize("who", ["bob", "alice"])
@pytest.mark.parametrize("dry_run", [True, False], ids=["tried", "done"])
def test_nobody_skips_an_approval_whatever_they_may(stage: Stage, who: str, *, dry_run: bool) -> None:
    asking(stage, count=2)
    ref, actor = Ref(RELEASE, "boutique", "shop", 1), cast.actor(getattr(stage.people, who))
    with pytest.raises(Conflict, match="can approve or reject it; or abort the release"):
        perform("release.skip", actor=actor, ref=ref, data={"cluster": "north"}, dry_run=dry_run)
    stage.work()
    assert given(stage) == {"waits"}


def test_an_approval_that_was_skipped_on_one_cluster_long_ago_is_asked_for_on_the_next(stage: Stage) -> None:
    asking(stage, count=2)
    reason = {"code": "skipped", "values": {"by": "bob"}}
    StepRun.objects.filter(state="watching", cluster_id=stage.north.pk).update(state="skipped", reason=reason)
    stage.ready(stage.south)
    assert given(stage) == {"waits"}


def test_who_rejects_it_says_why_and_the_release_says_it_on(stage: Stage) -> None:
    asking(stage)
    says("release.reject", cast.actor(stage.people.alice), comment="not on a Friday")
    release = stage.release(1)
    assert (release.state, release.why) == ("failed", "alice rejected it: not on a Friday")


BESIDE = [
    {"kind": "approval", "name": "ours", "members": ["alice"], "beside": "g/a"},
    {"kind": "approval", "name": "theirs", "members": ["vera"], "beside": "g/b"},
]


@pytest.fixture
def beside(stage: Stage) -> dict[str, int]:
    """Release 1 waits for alice and for vera, who may both approve, at the same time: name → number of the step."""
    role = {"user": "vera", "role": "approver"}
    perform("access.grant", actor=cast.actor(stage.people.alice), ref=Ref(APP, "boutique", "shop"), data=role)
    stage.on_app("release.waves", across="together")
    stage.on_app("release.strategy", kind="canary", steps=[*BESIDE, BATCH])
    stage.on_app("release.start")
    stage.work()
    return {one.options["name"]: one.number for one in stage.release(1).steps.filter(kind="approval")}


def waits_at(stage: Stage) -> set[int]:
    return set(StepRun.objects.filter(release=stage.release(1), state="watching").values_list("step", flat=True))


@pytest.mark.parametrize("named", [True, False])
def test_of_approvals_beside_each_other_each_takes_the_word_of_its_own(
    stage: Stage, beside: dict[str, int], *, named: bool
) -> None:
    for who, name, other in (("alice", "ours", "theirs"), ("vera", "theirs", "ours")):
        actor = cast.actor(getattr(stage.people, who))
        if beside[other] in waits_at(stage):
            with pytest.raises(Refused, match="This is for others to approve"):
                says("release.approve", actor, step=beside[other])
        says("release.approve", actor, **({"step": beside[name]} if named else {}))
        assert beside[name] not in waits_at(stage)
    assert not waits_at(stage) & {*beside.values()}


def test_the_button_is_for_the_one_that_is_ones_own(stage: Stage, beside: dict[str, int]) -> None:
    for who, name in (("alice", "ours"), ("vera", "theirs")):
        page = cast.signed_in(getattr(stage.people, who)).get("/t/boutique/apps/shop/releases/1/").text
        assert f"release.approve/?step={beside[name]}" in page
