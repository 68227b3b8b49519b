"""A move fills a cluster before it empties another one, whatever happens on the way; and so does its way back."""

from __future__ import annotations

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given

from releases import events as e
from releases.changes import replay
from releases.effects import Apply, SetReplicas
from releases.reasons import Reason
from releases.snapshot import Frozen, Snapshot, Target, Workload
from releases.states import TERMINAL, After, Problem, ReleaseKind, ReleaseState, RollbackCause, TargetState
from releases.strategies import plan
from releases.strategies.plan import Ask
from tests.releases.fleet import Fleet
from tests.releases.stories import many

WEB = "Deployment/shop--web"


def there(replicas: int, *, autoscaled: bool = False) -> Frozen:
    web = Workload(kind="Deployment", name="shop--web", process="web", replicas=replicas, autoscaled=autoscaled)
    leads = ("HorizontalPodAutoscaler/shop--web",) if autoscaled else ()
    return Frozen(objects=("ConfigMap/shop--env", "Service/shop--web", WEB, *leads), workloads=(web,))


def moving(*, left: Frozen, filled: Frozen, stays: tuple[Frozen, Frozen] | None = None) -> Snapshot:
    """From north to west; `stays`: what south had, and shall have."""
    lanes = [("west", Frozen(), filled), *([("south", *stays)] if stays else []), ("north", left, Frozen())]
    targets = tuple(
        Target(cluster=name, name=name, wave=wave, before=before, after=after)
        for wave, (name, before, after) in enumerate(lanes)
    )
    return Snapshot(
        id="r1",
        kind=ReleaseKind.MOVE,
        state=ReleaseState.PLANNED,
        targets=targets,
        plan=plan(ReleaseKind.MOVE, Ask()),
        rollback_on=frozenset(RollbackCause),
    )


def begun(snapshot: Snapshot) -> Fleet:
    fleet = Fleet(snapshot)
    fleet.happens(e.Started())
    return fleet


def together(fleet: Fleet) -> int:
    """How many instances serve, on all clusters: those that are still to come do not."""
    return sum(fleet.capacity(cluster, WEB) for cluster in fleet.clusters)


def states(fleet: Fleet) -> dict[str, str]:
    return {one.name: one.state.value for one in fleet.snapshot.targets}


def test_the_new_cluster_has_everything_before_the_old_one_is_touched() -> None:
    fleet = begun(moving(left=there(3), filled=there(3)))
    seen = []
    for _round in range(12):
        for cluster in ("west", "north"):
            fleet.claim(cluster)
            fleet.execute(cluster)
            seen.append((together(fleet), bool(fleet.clusters["north"]), bool(fleet.clusters["west"])))
        fleet.roll("west")
        fleet.look("west")
    assert fleet.snapshot.state is ReleaseState.SUCCEEDED
    assert (fleet.clusters["north"], fleet.capacity("west", WEB)) == ({}, 3)
    assert min(count for count, _north, _west in seen) == 3
    assert replay(fleet.planned, fleet.timeline) == replace(fleet.snapshot, targets=unseen(fleet))


def unseen(fleet: Fleet) -> tuple[Target, ...]:
    return tuple(replace(one, observation=None) for one in fleet.snapshot.targets)


def test_a_new_cluster_that_fails_is_emptied_and_the_old_one_never_heard_of_it() -> None:
    fleet = begun(moving(left=there(3), filled=there(3)))
    while not fleet.clusters["west"].get(WEB):
        fleet.claim("west")
        fleet.execute("west")
    fleet.breaks("west", Problem.IMAGE_PULL)
    fleet.settle()
    assert fleet.snapshot.state is ReleaseState.ROLLED_BACK
    assert fleet.clusters["west"] == {} and together(fleet) == 3
    assert not [row for row in fleet.written if row.run.cluster == "north"]


def draining(fleet: Fleet) -> Fleet:
    """North is being emptied: what is to be pruned there is on its way."""
    for _round in range(40):
        if fleet.queues["north"]:
            return fleet
        for cluster in fleet.clusters:
            if cluster != "north":
                fleet.claim(cluster)
                fleet.execute(cluster)
                fleet.roll(cluster)
                fleet.look(cluster)
    raise AssertionError("north is never emptied")


@pytest.mark.parametrize("aborted", [True, False])
def test_what_ends_while_the_old_one_is_emptied_fills_it_again_first(aborted: bool) -> None:
    fleet = draining(begun(moving(left=there(3), filled=there(3))))
    fleet.claim("north")
    fleet.die("north", written=3)
    assert fleet.capacity("north", WEB) == 0
    fleet.claim("north")
    if aborted:
        fleet.happens(e.AbortAsked(by="bob", after=After.ROLL_BACK))
    fleet.refuse("north")
    assert fleet.snapshot.state is ReleaseState.ROLLING_BACK
    fleet.claim("west")
    fleet.execute("west")
    west = next(run for run in fleet.snapshot.open_runs if run.ref.cluster == "west")
    assert west.reason == Reason("goes_back_first", {"cluster": "north"})
    fleet.settle()
    assert (fleet.snapshot.state, states(fleet)) == (
        ReleaseState.ROLLED_BACK,
        {"west": "rolled_back", "north": "rolled_back"},
    )
    assert (fleet.clusters["west"], fleet.capacity("north", WEB)) == ({}, 3)


def test_where_the_old_one_cannot_be_filled_again_the_new_one_stays() -> None:
    fleet = draining(begun(moving(left=there(3), filled=there(3))))
    fleet.claim("north")
    fleet.refuse("north")
    fleet.lost.add("north")
    fleet.happens(e.ClusterLost(cluster="north", why="timed out"))
    fleet.settle()
    assert (fleet.snapshot.state, states(fleet)) == (ReleaseState.FAILED, {"west": "failed", "north": "failed"})
    assert fleet.capacity("west", WEB) == 3
    west = fleet.snapshot.target("west")
    assert west and west.reason and west.reason.code == "kept_here"


def test_one_that_stays_grows_before_and_shrinks_after() -> None:
    fleet = draining(begun(moving(left=there(4), filled=there(3), stays=(there(3), there(4)))))
    assert together(fleet) == 11
    fleet.happens(e.AbortAsked(by="bob"))
    least = 99
    for _round in range(40):
        for cluster in ("south", "west", "north"):
            fleet.claim(cluster)
            fleet.execute(cluster)
            fleet.roll(cluster)
            fleet.look(cluster)
            least = min(least, together(fleet))
    assert (fleet.snapshot.state, together(fleet), least) == (ReleaseState.ROLLED_BACK, 7, 7)


def test_what_an_autoscaler_made_of_it_is_there_on_the_new_cluster() -> None:
    snapshot = moving(left=there(3, autoscaled=True), filled=there(3, autoscaled=True))
    fleet = Fleet(snapshot)
    fleet.clusters["north"][WEB].scale(8)
    for _instance in range(8):
        fleet.roll("north")
    fleet.look("north")
    fleet.happens(e.Started())
    fleet.settle()
    assert (fleet.snapshot.state, fleet.capacity("west", WEB)) == (ReleaseState.SUCCEEDED, 8)
    scaled = [row.effect.workloads[0].replicas for row in fleet.written if isinstance(row.effect, SetReplicas)]
    assert scaled == [8]


def test_nothing_leads_to_the_new_cluster_before_it_is_ready() -> None:
    fleet = begun(moving(left=there(3, autoscaled=True), filled=there(3, autoscaled=True)))
    for _row in range(9):
        fleet.claim("west")
        fleet.execute("west")
    applied = [key for row in fleet.written if isinstance(row.effect, Apply) for key in row.effect.objects]
    assert WEB in applied and "HorizontalPodAutoscaler/shop--web" not in applied


WAYS = st.lists(
    st.tuples(
        st.sampled_from(("work", "roll", "look", "work", "look", "die", "abort", "refuse", "break", "heal", "pause")),
        st.sampled_from(("west", "south", "north")),
    ),
    max_size=60,
)


@many(150)
@given(ways=WAYS, far=st.booleans(), after=st.sampled_from((After.ROLL_BACK, After.HOLD)))
def test_whatever_happens_there_are_never_fewer_than_ran(ways: list[tuple[str, str]], far: bool, after: After) -> None:
    fleet = begun(moving(left=there(4), filled=there(3), stays=(there(3), there(4))))
    if far:
        draining(fleet)
    for what, cluster in ways:
        if what == "work":
            fleet.claim(cluster)
            fleet.execute(cluster)
        elif what == "die":
            fleet.claim(cluster)
            fleet.die(cluster, written=3)
        elif what == "refuse":
            fleet.claim(cluster)
            fleet.refuse(cluster)
        elif what == "break":
            fleet.breaks(cluster, Problem.CRASH_LOOP)
        elif what == "abort":
            fleet.happens(e.AbortAsked(by="bob", after=after))
        elif what == "pause":
            fleet.happens(e.PauseAsked(by="bob"))
            fleet.happens(e.ResumeAsked(by="bob"))
        else:
            {"roll": fleet.roll, "look": fleet.look, "heal": fleet.heal}[what](cluster)
        assert together(fleet) >= 7, (what, cluster, states(fleet))
    for cluster in fleet.clusters:
        fleet.heal(cluster)
    fleet.settle()
    assert fleet.snapshot.state in TERMINAL and together(fleet) >= 7
    left = bool(fleet.clusters["north"]), bool(fleet.clusters["west"])
    if fleet.snapshot.state is ReleaseState.SUCCEEDED:
        assert left == (False, True)
    if fleet.snapshot.state is ReleaseState.ROLLED_BACK:
        assert left == (True, False)
        assert all(one.state in (TargetState.ROLLED_BACK, TargetState.STOPPED) for one in fleet.snapshot.targets)
