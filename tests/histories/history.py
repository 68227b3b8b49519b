"""One history of a release: what hypothesis lets happen to it, in any order, often twice, late or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from releases import events as e
from releases.effects import Outside
from releases.reasons import Reason
from releases.snapshot import KEPT, Snapshot
from releases.states import TERMINAL, After, Problem
from tests.histories.ends import ended_well, leave_alone
from tests.histories.plans import CLUSTERS, calendars, releases
from tests.histories.watching import Watched

places = st.integers(0, 5)
clusters = st.sampled_from(CLUSTERS)
people = st.sampled_from(("bob", "alice", "eve"))


class History(RuleBasedStateMachine):
    """Every rule is something that happens. In the end everybody goes home, and it has to end well."""

    fleet: Watched

    @initialize(release=releases(), rounds=st.integers(0, 9), gone=st.sampled_from((False, False, False, True)))
    def planned(self, release: Snapshot, rounds: int, gone: bool) -> None:
        """It has begun, and most often got somewhere, before anything goes wrong. At times what ran was deleted."""
        self.fleet = Watched(release)
        if gone:
            self.fleet.delete_workloads(self.there("north"))
        if rounds:
            self.fleet.happens(e.Started())
            self.goes_on_everywhere(rounds - 1)

    def there(self, cluster: str) -> str:
        """A cluster of this release: that one, or one in its place."""
        names = list(self.fleet.clusters)
        return cluster if cluster in names else names[0]

    @rule(cluster=clusters, rows=st.integers(1, 6))
    def works(self, cluster: str, rows: int) -> None:
        for _row in range(rows):
            self.fleet.claim(self.there(cluster))
            self.fleet.execute(self.there(cluster))

    @rule(cluster=clusters, instances=st.integers(0, 5))
    def rolls(self, cluster: str, instances: int) -> None:
        for _instance in range(instances):
            self.fleet.roll(self.there(cluster))
        self.fleet.look(self.there(cluster))

    @rule(cluster=clusters)
    def old_ones_go_first(self, cluster: str) -> None:
        """What shall be gone is gone before what shall come is there."""
        for thing in self.fleet.clusters[self.there(cluster)].values():
            if thing.updated + thing.old > thing.replicas:
                thing.roll()
        self.fleet.look(self.there(cluster))

    @rule(rounds=st.integers(1, 8))
    def goes_on_everywhere(self, rounds: int) -> None:
        for _round in range(rounds):
            for cluster in self.fleet.clusters:
                for _row in range(4):
                    self.fleet.claim(cluster)
                    self.fleet.execute(cluster)
                self.old_ones_go_first(cluster)
                for _instance in range(3):
                    self.fleet.roll(cluster)
                self.fleet.look(cluster)

    @rule(cluster=clusters)
    def is_claimed(self, cluster: str) -> None:
        self.fleet.claim(self.there(cluster))

    @rule(cluster=clusters)
    def is_refused(self, cluster: str) -> None:
        self.fleet.claim(self.there(cluster))
        self.fleet.refuse(self.there(cluster))

    @rule(cluster=clusters, written=st.integers(0, 3))
    def worker_dies(self, cluster: str, written: int) -> None:
        self.fleet.claim(self.there(cluster))
        self.fleet.die(self.there(cluster), written)

    @rule(cluster=clusters)
    def worker_stalls(self, cluster: str) -> None:
        self.fleet.claim(self.there(cluster))
        self.fleet.stall(self.there(cluster))

    @rule(place=places)
    def writes_late(self, place: int) -> None:
        self.fleet.late(place)

    @rule(cluster=clusters)
    def answers_out_of_turn(self, cluster: str) -> None:
        """What leaves for servers outside waits for nothing that is on its way to the cluster."""
        rows = self.fleet.queues[self.there(cluster)]
        place = next((place for place, row in enumerate(rows) if isinstance(row.effect, Outside)), None)
        if place is not None and self.there(cluster) not in self.fleet.working:
            rows.insert(0, rows.pop(place))
            self.fleet.claim(self.there(cluster))
            self.fleet.execute(self.there(cluster))

    @precondition(lambda self: self.fleet.heard)
    @rule(place=st.integers(0, 60))
    def is_heard_again(self, place: int) -> None:
        """Something that was answered long ago is delivered once more: it means nothing."""
        event = self.fleet.heard[-1 - place % len(self.fleet.heard)]
        assert not self.fleet.happens(event).changes, f"{event} was heard already"

    @rule(place=places, key=st.integers(0, 9), well=st.booleans())
    def answers_to_nobody(self, place: int, key: int, well: bool) -> None:
        """An answer to what was never asked, or is no longer waited for."""
        runs = self.fleet.snapshot.runs
        run = runs[-1 - place % len(runs)] if runs else None
        if run is not None and key not in run.pending:
            reason = Reason("refused", {"words": "no"})
            done, failed = e.EffectDone(run=run.ref, key=key), e.EffectFailed(run=run.ref, key=key, reason=reason)
            assert not self.fleet.happens(done if well else failed).changes, f"{run.ref} hears an answer of nobody"

    @rule(cluster=clusters)
    def is_remembered(self, cluster: str) -> None:
        self.fleet.remembered[self.there(cluster)] = self.fleet.observation(self.there(cluster))

    @rule(cluster=clusters)
    def is_seen_late(self, cluster: str) -> None:
        cluster = self.there(cluster)
        if cluster in self.fleet.remembered:
            self.fleet.happens(e.Observed(cluster=cluster, observation=self.fleet.remembered[cluster]))

    @rule(cluster=clusters, problem=st.sampled_from(Problem))
    def breaks(self, cluster: str, problem: Problem) -> None:
        self.fleet.breaks(self.there(cluster), problem)
        self.fleet.look(self.there(cluster))

    @rule(cluster=clusters)
    def heals(self, cluster: str) -> None:
        self.fleet.heal(self.there(cluster))

    @rule(cluster=clusters)
    def is_lost(self, cluster: str) -> None:
        self.fleet.lost.add(self.there(cluster))
        self.fleet.happens(e.ClusterLost(cluster=self.there(cluster), why="timed out"))

    @rule(cluster=clusters)
    def returns(self, cluster: str) -> None:
        self.fleet.lost.discard(self.there(cluster))
        self.fleet.happens(e.ClusterBack(cluster=self.there(cluster)))

    @rule(seconds=st.sampled_from((1, 10, 31, 61, 121, 301, 700)))
    def time_passes(self, seconds: int) -> None:
        self.fleet.now += timedelta(seconds=seconds)
        self.fleet.ring()

    @rule(place=places)
    def clock_is_early(self, place: int) -> None:
        """A timer rings before its time, or for a run that is over."""
        runs = self.fleet.snapshot.runs
        if runs:
            run = runs[-1 - place % len(runs)]
            early = not run.is_open or (run.wake_at and self.fleet.now < run.wake_at)
            told = self.fleet.happens(e.TimerDue(run=run.ref))
            assert not (early and told.changes), f"{run.ref} was woken before its time"

    @rule(who=people, word=st.sampled_from((e.Approved, e.Approved, e.Promoted, e.Overridden)))
    def somebody_lets_it_go_on(self, who: str, word: Any) -> None:
        self.fleet.happens(word(by=who))

    @rule(who=people, freezes=calendars)
    def somebody_changes_the_calendar(self, who: str, freezes: list[dict[str, Any]]) -> None:
        self.fleet.happens(e.FreezesChanged(by=who, freezes=tuple(freezes)))

    @rule(who=people)
    def somebody_lets_it_go_on_to_its_end(self, who: str) -> None:
        self.fleet.happens(e.Promoted(by=who, full=True))

    @rule(word=st.sampled_from((e.PauseAsked, e.ResumeAsked, e.ResumeAsked)))
    def somebody_holds_it(self, word: Any) -> None:
        self.fleet.happens(word(by="bob"))

    @rule(cluster=clusters, share=st.sampled_from((0, 5, 70, 100)))
    def somebody_weighs(self, cluster: str, share: int) -> None:
        routes = {self.there(cluster): ("HTTPRoute/shop--route",)}
        self.fleet.happens(e.Weighed(by="bob", host="shop.example.com", share=share, routes=routes))

    @rule(cluster=clusters)
    def somebody_tries_again(self, cluster: str) -> None:
        self.fleet.happens(e.RetryAsked(cluster=self.there(cluster), by="bob"))

    @rule(cluster=clusters, place=st.integers(0, 2))
    def somebody_skips(self, cluster: str, place: int) -> None:
        """One of the steps under way there, by its number; or whatever is."""
        runs = self.fleet.snapshot.open_runs_on(self.there(cluster))
        step = runs[place - 1].ref.step if 0 < place <= len(runs) else 0
        self.fleet.happens(e.Skipped(cluster=self.there(cluster), by="bob", step=step))

    @rule()
    def somebody_rejects(self) -> None:
        self.fleet.happens(e.Rejected(by="alice"))

    @rule(after=st.sampled_from(After))
    def somebody_aborts(self, after: After) -> None:
        self.fleet.happens(e.AbortAsked(by="bob", after=after))

    @rule()
    def nothing_of_it_may_begin(self) -> None:
        """Its tenant is suspended, say: that is asked where it comes to a cluster."""
        kept = Reason(KEPT, {"why": "The tenant is suspended."})
        self.fleet.snapshot = replace(self.fleet.snapshot, kept=kept)

    @rule()
    def it_may_begin_again(self) -> None:
        self.fleet.snapshot = replace(self.fleet.snapshot, kept=None)
        self.fleet.happens(e.Woken())

    @rule()
    def starts_again(self) -> None:
        self.fleet.happens(e.Started())

    def teardown(self) -> None:
        if not hasattr(self, "fleet") or not self.fleet.sound:
            return
        self.it_may_begin_again()
        if self.fleet.snapshot.state not in TERMINAL:
            self.fleet.happens(e.Started())
        leave_alone(self.fleet, heals=True)
        ended_well(self.fleet)


def try_histories(count: int, *, steps: int = 40, shrink: bool = True, start: int = 0, **more: Any) -> tuple[int, int]:
    """Let so many histories happen; how many did, and of how many events. Always the same ones from the same `start`.

    Raises what the first broken one raised; `shrink` makes it as short as it gets.
    """
    happened: list[int] = []

    @seed(start)
    class Counted(History):
        def teardown(self) -> None:
            super().teardown()
            if hasattr(self, "fleet"):
                happened.append(self.fleet.events)

    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    chosen = settings(
        max_examples=count,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=phases,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        **more,
    )
    run_state_machine_as_test(Counted, settings=chosen)
    return len(happened), sum(happened)
