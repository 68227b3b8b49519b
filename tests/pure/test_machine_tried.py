"""What a strategy writes after it took everything down is tried before, so that a refusal takes nothing down."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from apps_mgmt.spec import Strategy
from releases.effects import Apply, Effect, SetReplicas, TryApply, dump, load
from releases.events import (
    AbortAsked,
    ClusterGone,
    ClusterLost,
    EffectFailed,
    Observed,
    PauseAsked,
    ResumeAsked,
    Skipped,
    Started,
    TimerDue,
)
from releases.reasons import Reason
from releases.states import Across, ReleaseKind, ReleaseState, RollbackCause, TargetState
from releases.strategies import plan
from releases.strategies.plan import Ask
from tests.releases.worlds import World, planned

REFUSED = Reason("refused", {"words": "kubectl-set changed the image", "cluster": "north"})
RETRY = {"limit": 2, "backoff": 60}
PLACED: dict[str, Any] = {"kind": "recreate", "steps": [{"kind": "apply", "name": "new"}]}


def world(*, back: bool = False, **strategy: Any) -> World:
    ask = Ask(strategy=Strategy.model_validate({"kind": "recreate", **strategy}))
    causes = frozenset({RollbackCause.FAILED_STEP}) if back else frozenset()
    made = World(replace(planned("north"), plan=plan(ReleaseKind.DEPLOY, ask), rollback_on=causes))
    made.happens(Started())
    return made


def work(world: World, *, refuses: type[Effect]) -> None:
    """Carry out what waits, up to the first effect of a kind, which is refused."""
    while world.outbox:
        run, key, effect = world.outbox[0]
        if isinstance(effect, refuses):
            world.outbox.pop(0)
            world.happens(EffectFailed(run=run, key=key, reason=REFUSED))
            return
        world.deliver(0)


def done(world: World) -> list[type[Effect]]:
    return [type(effect) for effect in world.clusters["north"].applied]


def test_all_that_will_be_written_is_asked_about() -> None:
    release = world()
    (_run, _key, effect) = release.outbox[0]
    assert effect == TryApply(objects=release.snapshot.targets[0].after.objects)
    assert load(dump(effect)) == effect


def test_nothing_is_taken_down_where_the_cluster_refuses_what_comes() -> None:
    release = world()
    work(release, refuses=TryApply)
    assert done(release) == []
    assert (release.snapshot.state, release.snapshot.reason) == (ReleaseState.FAILED, REFUSED)


def test_what_was_only_asked_about_is_not_gone_back_from() -> None:
    release = world(back=True)
    work(release, refuses=TryApply)
    assert (release.snapshot.state, done(release)) == (ReleaseState.ROLLED_BACK, [])
    assert release.snapshot.targets[0].state is TargetState.STOPPED


def test_the_way_back_asks_before_it_takes_down_as_well() -> None:
    release = world(back=True)
    work(release, refuses=SetReplicas)
    assert release.snapshot.state is ReleaseState.ROLLING_BACK
    work(release, refuses=TryApply)
    assert done(release) == [TryApply]
    assert (release.snapshot.state, release.snapshot.targets[0].state) == (ReleaseState.FAILED, TargetState.FAILED)


def test_steps_that_people_placed_ask_as_well() -> None:
    release = world(**PLACED)
    work(release, refuses=TryApply)
    assert SetReplicas not in done(release)
    assert release.snapshot.state is ReleaseState.FAILED


@pytest.mark.parametrize("kind", [ReleaseKind.STOP, ReleaseKind.DELETE])
def test_where_nothing_is_written_afterwards_nothing_is_asked(kind: ReleaseKind) -> None:
    assert not [step for step in plan(kind, Ask(strategy=Strategy(kind="recreate"))) if step.trials and not step.back]


def test_a_plan_of_an_earlier_slipway_takes_down_at_once() -> None:
    release = planned("north")
    steps = plan(ReleaseKind.DEPLOY, Ask(strategy=Strategy(kind="recreate")))
    bare = tuple(replace(step, options={k: v for k, v in step.options.items() if k != "tries"}) for step in steps)
    earlier = World(replace(release, plan=bare))
    earlier.happens(Started())
    work(earlier, refuses=Apply)
    assert done(earlier) == [SetReplicas]


def together(**options: Any) -> World:
    """A recreate on two clusters that go together."""
    steps = plan(ReleaseKind.DEPLOY, Ask(strategy=Strategy(kind="recreate")))
    made = World(replace(planned("north", "south", across=Across.ALL_TOGETHER), plan=steps, **options))
    assert {target.wave for target in made.snapshot.targets} == {0}
    made.happens(Started())
    return made


def answered(world: World, cluster: str, *, refuses: bool = False) -> None:
    """The trial on a cluster, carried out or refused."""
    place = next(n for n, (run, _key, _effect) in enumerate(world.outbox) if run.cluster == cluster)
    assert isinstance(world.outbox[place][2], TryApply)
    if not refuses:
        world.deliver(place)
        return
    run, key, _effect = world.outbox.pop(place)
    world.happens(EffectFailed(run=run, key=key, reason=REFUSED))


def sent(world: World) -> list[tuple[str, type[Effect]]]:
    return [(run.cluster, type(effect)) for run, _key, effect in world.outbox]


def test_no_cluster_goes_down_before_all_that_go_together_would_take_it() -> None:
    release = together()
    answered(release, "north")
    assert sent(release) == [("south", TryApply)]
    (waits,) = [run for run in release.snapshot.open_runs if run.ref.cluster == "north"]
    assert waits.reason == Reason("tried_elsewhere", {"cluster": "south"})
    answered(release, "south")
    assert sorted(sent(release)) == [("north", SetReplicas), ("south", SetReplicas)]


def test_where_one_refuses_the_others_stay_up() -> None:
    release = together()
    answered(release, "north")
    answered(release, "south", refuses=True)
    assert (release.snapshot.state, sent(release)) == (ReleaseState.FAILED, [])
    assert not release.snapshot.touched("north")


def test_one_that_may_fail_holds_nobody_up() -> None:
    release = together(failure_budget=1)
    answered(release, "north")
    answered(release, "south", refuses=True)
    assert sent(release) == [("north", SetReplicas)]


def test_one_that_does_not_answer_holds_nobody_up() -> None:
    release = together()
    answered(release, "north")
    release.happens(ClusterLost(cluster="south", why="no connection"))
    assert sent(release) == [("south", TryApply), ("north", SetReplicas)]


def test_who_waited_for_the_others_has_its_own_time_afterwards() -> None:
    release = together()
    answered(release, "north")
    release.now += timedelta(seconds=10)
    answered(release, "south")
    patience = timedelta(seconds=release.snapshot.plan[0].timeout)
    assert {run.ref.cluster: run.deadline for run in release.snapshot.open_runs}["north"] == release.now + patience


def test_who_waits_for_the_others_is_stopped_at_once() -> None:
    release = together()
    answered(release, "north")
    release.happens(AbortAsked(by="bob"))
    answered(release, "south")
    assert (release.snapshot.state, sent(release)) == (ReleaseState.ROLLED_BACK, [])
    assert not release.snapshot.touched("north")


def test_one_that_is_removed_as_gone_holds_nobody_up() -> None:
    release = together(failure_budget=1)
    answered(release, "north")
    release.happens(ClusterGone(cluster="south", by="alice"))
    assert sent(release)[-1] == ("north", SetReplicas)


def test_while_a_release_is_paused_nobody_goes_down_for_what_another_says() -> None:
    release = together()
    answered(release, "north")
    release.happens(PauseAsked(by="bob"))
    release.happens(Observed(cluster="north", observation=release.clusters["north"].observation()))
    assert sent(release) == [("south", TryApply)]
    answered(release, "south")
    release.happens(ResumeAsked(by="bob"))
    assert sorted(sent(release)) == [("north", SetReplicas), ("south", SetReplicas)]


def tried_again() -> World:
    """North passed, south was refused once and is asked again in a minute."""
    release = together()
    first = replace(release.snapshot.plan[0], options={**release.snapshot.plan[0].options, "retry": RETRY})
    release.snapshot = replace(release.snapshot, plan=(first, *release.snapshot.plan[1:]))
    answered(release, "north")
    answered(release, "south", refuses=True)
    assert sent(release) == []
    return release


def test_one_that_is_asked_again_is_waited_for() -> None:
    release = tried_again()
    (again,) = [run for run in release.snapshot.open_runs if run.ref.cluster == "south"]
    release.now += timedelta(seconds=60)
    release.happens(TimerDue(run=again.ref))
    assert sent(release) == [("south", TryApply)]
    answered(release, "south")
    assert sorted(sent(release)) == [("north", SetReplicas), ("south", SetReplicas)]


def test_one_on_which_it_is_skipped_is_not_waited_for() -> None:
    release = tried_again()
    release.happens(Skipped(cluster="south", by="alice"))
    assert ("north", SetReplicas) in sent(release)


def test_only_those_of_the_same_wave_are_waited_for() -> None:
    steps = plan(ReleaseKind.DEPLOY, Ask(strategy=Strategy(kind="recreate")))
    made = World(replace(planned("north", "south", "west", order=(("north", "south"), ("west",))), plan=steps))
    made.happens(Started())
    for cluster in ("north", "south"):
        answered(made, cluster)
    assert sorted(sent(made)) == [("north", SetReplicas), ("south", SetReplicas)]
