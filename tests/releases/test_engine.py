"""The engine on a real database: what a release writes down while it goes through its clusters."""

from __future__ import annotations

import pytest

from apps_mgmt import drafts
from apps_mgmt.models import App, AppStatus, Deployed
from portal.audit.models import AuditEntry
from portal.errors import Conflict
from releases import changes, engine, observing
from releases.clock import next_timer
from releases.events import EffectDone, Started, TimerDue
from releases.loading import snapshot_of
from releases.models import Observation, Release, StepRun, Target, TimelineEvent
from releases.snapshot import RunRef
from releases.states import ReleaseState
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_deploy_freezes_and_sends_the_first_effect(stage: Stage) -> None:
    outcome = stage.on_app("release.start", note="first")
    release = stage.release(1)
    assert outcome.result["release"] == 1
    assert (release.state, release.note, release.actor_name) == ("running", "first", "bob")
    assert [t.cluster_name for t in release.targets.all()] == ["north", "south"]
    assert [row.payload["effect"]["effect"] for row in stage.sent()] == ["Apply"]
    assert release.fence == 1


def test_a_release_goes_from_cluster_to_cluster_and_succeeds(stage: Stage) -> None:
    stage.on_app("release.start")
    assert stage.work() == ["Apply", "Apply", "SetReplicas"]
    stage.ready(stage.north)
    assert stage.work() == ["Prune", "Apply", "Apply", "SetReplicas"]
    stage.ready(stage.south)
    stage.work()
    assert stage.release(1).state == "succeeded"
    assert set(Deployed.objects.values_list("cluster_name", "revision__number")) == {("north", 1), ("south", 1)}
    status = AppStatus.objects.get(app=stage.app)
    assert (status.state, status.ready, status.wanted, status.last_release) == ("healthy", 4, 4, 1)


def test_frozen_manifests_do_not_follow_the_draft(stage: Stage) -> None:
    stage.on_app("release.start")
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    manifests = Target.objects.get(release=stage.release(1), cluster_name="north").manifests
    images = [m["spec"]["template"]["spec"]["containers"][0]["image"] for m in manifests if m["kind"] == "Deployment"]
    assert images == ["registry.example.com/shop:1"]


def test_the_timeline_replayed_from_the_plan_gives_the_rows(stage: Stage) -> None:
    stage.on_app("release.start")
    stage.work()
    stage.ready(stage.north)
    stage.work()
    now = snapshot_of(stage.release(1))
    Release.objects.filter(number=1).update(state="planned", reason=None, after_stop="")
    Target.objects.update(state="waiting", reason=None)
    told = [changes.load(event.change) for event in TimelineEvent.objects.order_by("seq")]
    StepRun.objects.all().delete()
    again = changes.replay(snapshot_of(stage.release(1)), told)
    assert (again.state, again.runs, again.targets) == (now.state, now.runs, now.targets)
    assert [event.seq for event in TimelineEvent.objects.all()] == list(range(1, len(told) + 1))


def test_what_was_heard_already_writes_nothing(stage: Stage) -> None:
    stage.on_app("release.start")
    release = stage.release(1)
    assert not engine.dispatch(release.pk, Started())
    row = stage.sent()[0]
    event = EffectDone(run=RunRef(row.payload["cluster"], row.payload["step"], 1), key=0)
    assert engine.dispatch(release.pk, event)
    length = stage.release(1).length
    assert not engine.dispatch(release.pk, event)
    assert stage.release(1).length == length


def test_a_crash_fails_the_release_and_the_page_can_say_why(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:crash")
    stage.on_app("release.start")
    stage.work()
    stage.crashes(stage.north)
    release = stage.release(2)
    assert release.state == "failed"
    assert "panic: no such table" in release.why
    assert stage.sent() == []
    assert Deployed.objects.get(cluster_name="north").revision.number == 1


def test_one_click_rolls_back_to_what_succeeded_before(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:crash")
    stage.on_app("release.start")
    stage.work()
    stage.crashes(stage.north)
    outcome = stage.on_app("release.rollback")
    release = stage.release(3)
    assert outcome.result["back_to"] == 1
    assert (release.kind, release.source, release.revision.number) == ("rollback", stage.release(1), 1)
    stage.work()
    stage.ready(stage.north)
    stage.work()
    stage.ready(stage.south)
    stage.work()
    assert stage.release(3).state == "succeeded"


def test_a_second_release_is_refused_with_the_choices_while_one_is_active(stage: Stage) -> None:
    stage.on_app("release.start")
    with pytest.raises(Conflict, match="still under way") as refused:
        stage.on_app("release.start")
    assert set(refused.value.fields) == {"wait", "supersede"}
    assert Release.objects.count() == 1


def test_superseding_stops_the_active_release_and_goes_on_from_there(stage: Stage) -> None:
    stage.on_app("release.start")
    stage.on_app("release.start", supersede=True)
    assert (stage.release(1).state, stage.release(2).state) == ("aborting", "waiting")
    stage.work()
    assert (stage.release(1).state, stage.release(2).state) == ("superseded", "running")
    assert stage.release(2).fence > stage.release(1).fence


def test_a_queued_release_starts_when_the_one_before_has_ended(stage: Stage) -> None:
    stage.on_app("release.start")
    stage.on_app("release.start", wait=True)
    assert stage.release(2).state == "waiting"
    stage.work()
    for cluster in (stage.north, stage.south):
        stage.ready(cluster)
        stage.work()
    assert stage.release(1).state == "succeeded"
    assert stage.release(2).state in ("running", "succeeded")


def test_abort_rolls_back_to_the_frozen_predecessor(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.on_app("release.start")
    stage.work()
    fence = stage.release(2).fence
    stage.on_release("release.abort", 2)
    assert stage.release(2).state == "rolling_back"
    assert all(row.payload["effect"]["back"] for row in stage.sent())
    assert stage.release(2).fence > fence
    stage.work()
    stage.ready(stage.north)
    stage.work()
    assert stage.release(2).state == "rolled_back"
    assert Deployed.objects.get(cluster_name="north").revision.number == 1


def test_abort_and_hold_ends_where_it_is(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("release.start")
    stage.work()
    stage.on_release("release.abort", 2, after="hold")
    assert stage.release(2).state == "failed"
    assert stage.sent() == []


def test_a_release_that_is_over_can_not_be_aborted(stage: Stage) -> None:
    stage.deployed()
    with pytest.raises(Conflict, match="over"):
        stage.on_release("release.abort", 1)


def test_pause_and_resume(stage: Stage) -> None:
    stage.on_app("release.start")
    stage.on_release("release.pause", 1)
    assert stage.work() == ["Apply"]
    assert stage.release(1).state == "paused"
    stage.on_release("release.resume", 1)
    assert stage.work() == ["Apply", "SetReplicas"]


def test_restart_is_a_release_of_what_runs(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("env.set", env=[{"name": "A", "value": "b"}])
    stage.on_app("process.restart", process="web")
    release = stage.release(2)
    assert release.kind == "restart"
    assert release.revision.base == stage.release(1).revision
    assert release.revision.spec["processes"][0]["restarted_at"]
    assert "env" not in release.revision.spec


def test_a_restart_leaves_undeployed_changes_undeployed_and_listed(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("env.set", env=[{"name": "A", "value": "1"}])
    stage.on_app("env.set", env=[{"name": "B", "value": "1"}])
    stage.on_app("process.restart", process="web")
    stage.work()
    for cluster in (stage.north, stage.south):
        stage.ready(cluster)
        stage.work()
    assert stage.release(2).state == "succeeded"
    page = cast.signed_in(stage.people.bob).get("/t/boutique/apps/shop/").text
    assert "2 undeployed changes" in page
    found = drafts.undeployed(App.objects.get())
    assert ([one.number for one in found.changes], found.diverged) == ([3, 2], False)


def test_a_deadline_is_a_timer_that_ends_the_wait(stage: Stage) -> None:
    stage.on_app("release.start")
    stage.work()
    run = StepRun.objects.get(state="watching")
    assert next_timer() == run.wake_at
    past = run.started.replace(year=2000)
    StepRun.objects.filter(pk=run.pk).update(deadline=past, wake_at=past)
    engine.dispatch(run.release_id, TimerDue(run=RunRef(str(run.cluster_id), run.step, run.attempt)))
    assert stage.release(1).state == "failed"


def test_a_lost_cluster_shows_and_holds_its_target(stage: Stage) -> None:
    stage.on_app("release.start")
    observing.cluster_lost(stage.north.pk, "timed out")
    assert Target.objects.get(cluster_name="north").lost_since is not None
    observing.cluster_back(stage.north.pk)
    assert Target.objects.get(cluster_name="north").lost_since is None
    assert stage.release(1).state == "running"


def test_an_old_agent_that_wakes_late_is_not_believed(stage: Stage) -> None:
    new = {**stage.says(stage.north, image="a:2", count=2), "fencing": 7}
    old = {**stage.says(stage.north, image="a:1", count=9), "fencing": 6}
    assert observing.observe(stage.north.pk, stage.app.pk, new)
    assert not observing.observe(stage.north.pk, stage.app.pk, old)
    assert Observation.objects.get().facts["workloads"][0]["wanted"] == 2


def test_the_same_words_twice_are_no_news(stage: Stage) -> None:
    said = stage.says(stage.north, image="a:2", count=2)
    assert observing.observe(stage.north.pk, stage.app.pk, said)
    assert not observing.observe(stage.north.pk, stage.app.pk, said)


def test_what_runs_for_an_unknown_app_is_dropped(stage: Stage) -> None:
    said = stage.says(stage.north, image="a:2", count=2)
    assert not observing.observe(stage.north.pk, "00000000-0000-0000-0000-000000000001", said)


def test_start_and_end_of_a_release_are_audited(stage: Stage) -> None:
    stage.deployed()
    told = list(AuditEntry.objects.filter(subject_name__startswith="shop").values_list("operation", "how"))
    assert ("release.start", "session") in told
    assert ("release.ended", "engine") in told


def test_the_audit_log_tells_an_end_that_went_wrong_from_one_that_was_asked_for(stage: Stage) -> None:
    def outcome() -> str:
        return AuditEntry.objects.filter(operation="release.ended").latest("id").outcome

    stage.deployed()
    assert outcome() == "done"
    stage.on_app("image.set", process="web", image="registry.example.com/shop:crash")
    stage.on_app("release.start")
    stage.work()
    stage.crashes(stage.north)
    assert (stage.release(2).state, outcome()) == ("failed", "failed")
    stage.on_app("release.start")
    stage.on_release("release.abort", 3, after="hold")
    stage.work()
    assert (stage.release(3).state, outcome()) == ("failed", "done")


def test_a_cluster_the_app_left_is_emptied_by_the_next_release(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("placement.targets", targets=[{"cluster": "north"}])
    stage.on_app("release.start")
    targets = list(Target.objects.filter(release=stage.release(2)).order_by("position"))
    assert [(t.cluster_name, bool(t.object_keys)) for t in targets] == [("north", True), ("south", False)]
    stage.work()
    stage.ready(stage.north, count=4)
    stage.work()
    assert stage.release(2).state == ReleaseState.SUCCEEDED
    assert list(Deployed.objects.values_list("cluster_name", flat=True)) == ["north"]
