"""Steps that wait for people, for an hour of the day, or for time to pass without a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from apps_mgmt.spec import Strategy
from releases.causes import cause_of
from releases.effects import SetTimer
from releases.events import Approved, Overridden, Promoted, Rejected, Skipped, Started, TimerDue
from releases.machine import decide
from releases.snapshot import Frozen, Snapshot
from releases.states import Across, ReleaseKind, ReleaseState, RollbackCause
from releases.steps.window import opens
from releases.strategies import plan
from releases.strategies.plan import Ask
from releases.wording import words
from tests.releases.worlds import World, planned

BATCH = {"kind": "batch", "name": "first", "replicas": "1"}
NIGHT = [{"begin": "22:00", "end": "24:00", "days": []}]


def with_step(*clusters: str, across: Across = Across.ONE_AFTER_ANOTHER, **step: Any) -> World:
    """A release that has come to this step on its first clusters; its instances roll without a second track."""
    strategy = Strategy.model_validate({"kind": "canary", "steps": [step, BATCH]})
    release: Snapshot = planned(*clusters, across=across)
    world = World(replace(release, plan=plan(ReleaseKind.DEPLOY, Ask(strategy=strategy))))
    world.happens(Started())
    world.work()
    return world


def waits(world: World) -> set[str]:
    return {run.reason.code for run in world.snapshot.open_runs if run.reason}


def test_two_people_have_to_approve_and_one_counts_once() -> None:
    world = with_step("a", kind="approval", name="ok", count=2)
    for _time in range(2):
        world.happens(Approved(by="olga"))
        assert waits(world) == {"waits_for_approval"}
    world.happens(Approved(by="alice"))
    assert "waits_for_approval" not in waits(world)


def test_one_approval_is_for_all_clusters_at_once() -> None:
    world = with_step("a", "b", across=Across.ALL_TOGETHER, kind="approval", name="ok")
    world.happens(Approved(by="olga"))
    assert "waits_for_approval" not in waits(world)


def test_a_cluster_that_comes_to_it_later_asks_nobody_again() -> None:
    world = with_step("a", "b", kind="approval", name="ok")
    world.happens(Approved(by="olga"))
    for _round in range(3):
        world.work()
        world.roll("a")
    assert world.states() == {"a": "done", "b": "running"}
    assert "waits_for_approval" not in waits(world)


def test_going_on_is_no_approval() -> None:
    world = with_step("a", kind="approval", name="ok")
    world.happens(Promoted(by="bob"))
    assert waits(world) == {"waits_for_approval"}


def test_an_approval_that_nobody_gives_in_time_fails() -> None:
    world = with_step("a", kind="approval", name="ok", expires=600)
    world.later(seconds=599)
    assert world.snapshot.state is ReleaseState.RUNNING
    world.later(seconds=2)
    assert world.snapshot.state is ReleaseState.FAILED
    assert world.snapshot.reason and world.snapshot.reason.code == "approval_expired"


def test_an_approval_that_too_few_give_in_time_says_how_many_did() -> None:
    world = with_step("a", kind="approval", name="ok", count=2, expires=9, retry={"limit": 1, "backoff": 30})
    world.happens(Approved(by="olga"))
    world.later(seconds=9)
    assert world.snapshot.state is ReleaseState.FAILED and world.snapshot.reason
    assert words(world.snapshot.reason) == (
        "1 of 2 people approved it within 9 seconds. Deploy again when enough of them can."
    )


def test_an_approval_whose_time_is_over_says_how_many_approved() -> None:
    world = with_step("a", kind="approval", name="ok", count=2, timeout=60)
    world.happens(Approved(by="olga"))
    world.later(seconds=61)
    assert world.snapshot.state is ReleaseState.FAILED and world.snapshot.reason
    assert words(world.snapshot.reason) == (
        "It was not approved within 60 seconds. 1 of 2 people have approved. Deploy again when somebody can."
    )
    assert cause_of(world.snapshot.reason) is RollbackCause.DEADLINE


def test_an_approval_that_is_asked_again_when_its_time_is_over_waits_anew() -> None:
    world = with_step("a", kind="approval", name="ok", timeout=60, retry={"limit": 1, "backoff": 30})
    world.later(seconds=61)
    assert waits(world) == {"tries_again"}
    world.later(seconds=31)
    assert waits(world) == {"waits_for_approval"}


def test_a_rejected_approval_ends_the_release_with_the_words() -> None:
    world = with_step("a", "b", kind="approval", name="ok")
    world.happens(Rejected(by="olga", comment="no"))
    assert world.snapshot.state is ReleaseState.FAILED


def test_a_note_waits_until_somebody_says_that_it_is_done() -> None:
    world = with_step("a", kind="note", name="cache", text="Empty the cache")
    assert waits(world) == {"note"}
    world.happens(Promoted(by="bob"))
    assert "note" not in waits(world)


def test_a_note_that_asks_for_no_word_holds_nothing_up() -> None:
    assert "note" not in waits(with_step("a", kind="note", name="cache", text="Look", confirm=False))


def without_it_on_the_first(step: dict[str, Any]) -> World:
    """Two clusters come to a step of which nothing is wanted on the first, where nothing shall run any more."""
    strategy = Strategy.model_validate({"kind": "canary", "steps": [{**step, "condition": "1 < 2"}, BATCH]})
    release = planned("a", "b", across=Across.ALL_TOGETHER)
    empty = replace(release.targets[0], after=Frozen())
    steps = plan(ReleaseKind.DEPLOY, Ask(strategy=strategy))
    world = World(replace(release, targets=(empty, release.targets[1]), plan=steps))
    world.happens(Started())
    world.work()
    return world


def test_an_approval_that_one_cluster_does_not_need_is_given_by_nobody_yet() -> None:
    world = without_it_on_the_first({"kind": "approval", "name": "ok"})
    assert "waits_for_approval" in waits(world)


def test_a_note_that_one_cluster_does_not_need_still_waits_for_a_word() -> None:
    world = without_it_on_the_first({"kind": "note", "name": "cache", "text": "Empty the cache"})
    assert "note" in waits(world)


def test_a_word_that_lets_one_cluster_go_on_and_another_fail_writes_nothing() -> None:
    """All that is left on the first, where nothing shall run any more, is to clear up; the second comes no further."""
    last = {**BATCH, "condition": "steps.ok.output.gone == 1"}
    strategy = Strategy.model_validate({"kind": "canary", "steps": [{"kind": "approval", "name": "ok"}, last]})
    release, steps = planned("a", "b", across=Across.ALL_TOGETHER), plan(ReleaseKind.DEPLOY, Ask(strategy=strategy))
    empty = replace(release.targets[0], after=Frozen())
    world = World(replace(release, targets=(empty, release.targets[1]), plan=steps))
    world.happens(Started())
    world.work()
    sent = {run.ref: run.sent for run in world.snapshot.runs if run.sent}
    effects = decide(world.snapshot, Approved(by="alice"), world.now).effects
    world.happens(Approved(by="alice"))
    assert [one for one in effects if not isinstance(one.effect, SetTimer)] == []
    assert {run.ref: run.sent for run in world.snapshot.runs if run.sent} == sent
    assert world.snapshot.state is ReleaseState.FAILED and not world.snapshot.open_runs


def test_one_word_lets_a_pause_go_on_where_it_is_reached_later_too() -> None:
    look = {"kind": "pause", "name": "look", "seconds": -1}
    rolls = Strategy.model_validate({"kind": "rolling", "steps": [look, {"kind": "apply", "name": "bring"}]})
    world = World(replace(planned("a", "b"), plan=plan(ReleaseKind.DEPLOY, Ask(strategy=rolls))))
    world.happens(Started())
    for _round in range(3):
        world.work()
        world.roll("a")
    assert waits(world) == {"waits_for_person"}
    world.happens(Promoted(by="bob"))
    for _round in range(5):
        world.work()
        world.roll("a")
        world.roll("b")
    assert world.snapshot.state is ReleaseState.SUCCEEDED


SKIPPED_BY_NOBODY = [
    {"kind": "approval", "name": "ok", "count": 2},
    {"kind": "window", "name": "night", "hours": NIGHT},
    {"kind": "window", "name": "night", "hours": NIGHT, "override": False},
]


@pytest.mark.parametrize("step", SKIPPED_BY_NOBODY, ids=["an approval", "a window", "a window for everybody"])
def test_what_others_have_to_let_go_on_is_skipped_on_no_cluster(step: dict[str, Any]) -> None:
    world = with_step("a", "b", across=Across.ALL_TOGETHER, **step)
    waited = waits(world)
    world.happens(Skipped(cluster="a", by="bob"))
    world.look("a")
    world.look("b")
    assert waits(world) == waited == {"waits_for_approval" if step["kind"] == "approval" else "window_closed"}
    assert len(world.snapshot.open_runs) == 2


@pytest.mark.parametrize("step", SKIPPED_BY_NOBODY, ids=["an approval", "a window", "a window for everybody"])
def test_what_others_did_not_let_go_on_in_time_is_not_skipped_either(step: dict[str, Any]) -> None:
    world = with_step("a", "b", across=Across.ALL_TOGETHER, timeout=60, **step)
    world.snapshot = replace(world.snapshot, failure_budget=1)
    world.later(seconds=1)
    late = next(run for run in world.snapshot.open_runs if run.ref.cluster == "a")
    world.now = late.deadline
    world.happens(TimerDue(run=late.ref))
    assert world.states()["a"] == "failed"
    world.happens(Skipped(cluster="a", by="bob"))
    assert world.states()["a"] == "failed"


def test_who_overrides_the_calendar_says_nothing_about_an_attempt_that_has_yet_to_begin() -> None:
    retry = {"timeout": 60, "retry": {"limit": 1, "backoff": 600}}
    world = with_step("a", kind="window", name="night", hours=NIGHT, **retry)
    world.later(seconds=61)
    assert waits(world) == {"tries_again"}
    world.happens(Overridden(by="olga"))
    assert waits(world) == {"tries_again"}


def test_a_soak_ends_by_itself() -> None:
    world = with_step("a", kind="soak", name="look", lasts=300)
    world.look("a")
    world.later(seconds=301)
    assert "soaking" not in waits(world)


def test_a_restart_during_a_soak_is_a_failed_check() -> None:
    world = with_step("a", kind="soak", name="look", lasts=300)
    world.look("a")
    world.clusters["a"].restarts = 1
    world.look("a")
    assert world.snapshot.state is ReleaseState.FAILED
    assert world.snapshot.reason and world.snapshot.reason.code == "soak_failed"


def test_a_further_soak_that_is_begun_late_looks_on_for_its_whole_time() -> None:
    world = with_step("a", kind="soak", name="look", lasts=300, retry={"limit": 1, "backoff": 60})
    world.look("a")
    world.clusters["a"].restarts = 1
    world.look("a")
    world.later(seconds=2000)
    assert waits(world) == {"soaking"}
    world.later(seconds=299)
    assert waits(world) == {"soaking"}


def test_a_window_opens_by_itself_at_its_hour() -> None:
    world = with_step("a", kind="window", name="night", hours=NIGHT)
    world.later(hours=9, minutes=59)
    assert waits(world) == {"window_closed"}
    world.later(minutes=1)
    assert "window_closed" not in waits(world)


def test_a_window_is_overridden_only_where_that_is_allowed() -> None:
    for override in (True, False):
        world = with_step("a", kind="window", name="night", hours=NIGHT, override=override)
        world.happens(Overridden(by="olga", comment="It repairs the checkout"))
        assert ("window_closed" in waits(world)) is not override


def test_a_window_is_not_passed_by_whoever_only_lets_it_go_on() -> None:
    world = with_step("a", kind="window", name="night", hours=NIGHT)
    world.happens(Promoted(by="bob"))
    assert waits(world) == {"window_closed"}


NOON = datetime(2030, 1, 2, 12, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("hours", "zone", "at"),
    [
        ([{"begin": "09:00", "end": "17:00"}], "UTC", NOON),
        ([{"begin": "12:00", "end": "12:30"}], "UTC", NOON),
        ([{"begin": "08:00", "end": "12:00"}], "UTC", datetime(2030, 1, 3, 8, tzinfo=UTC)),
        ([{"begin": "22:00", "end": "24:00"}], "Europe/Berlin", datetime(2030, 1, 2, 21, tzinfo=UTC)),
        ([{"begin": "00:00", "end": "24:00", "days": ["sun"]}], "UTC", datetime(2030, 1, 6, tzinfo=UTC)),
        ([{"begin": "00:00", "end": "06:00", "days": ["wed"]}], "UTC", datetime(2030, 1, 9, tzinfo=UTC)),
    ],
    ids=["open", "opens now", "tomorrow", "in its zone", "on its day", "in a week"],
)
def test_when_a_window_opens(hours: list[dict[str, Any]], zone: str, at: datetime) -> None:
    assert opens(NOON, hours, zone=ZoneInfo(zone)) == at
