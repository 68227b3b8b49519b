"""Where tests of new instances in trouble play: a release of an app that waits, with a cluster that tells of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from apps_mgmt.spec import Strategy
from releases import events as e
from releases.observation import Instance, Observation, Trouble
from releases.snapshot import Frozen, Run, Snapshot, Target, Workload
from releases.states import Problem, ReleaseKind, ReleaseState, RollbackCause, RunState
from releases.strategies import plan
from releases.strategies.plan import Ask
from tests.releases.fleet import Fleet

WEB, CANARY, SET = "Deployment/shop--web", "Deployment/shop--web--canary", "StatefulSet/shop--db"


class Told(Fleet):
    """Its cluster tells of instances that are in `trouble`, by workload: new ones, or with `old` those of before."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__(snapshot)
        self.trouble: dict[tuple[str, str], Trouble] = {}
        self.old = False
        self.restarts = 0

    def observation(self, cluster: str) -> Observation:
        seen = super().observation(cluster)
        rows = []
        for one in seen.workloads:
            found = self.trouble.get((cluster, f"{one.kind}/{one.name}"))
            if found:
                bad = Instance(
                    name=f"{one.name}-bad",
                    uid="bad",
                    image="shop:2",
                    phase="Running",
                    ready=False,
                    current=not self.old,
                    restarts=self.restarts,
                    created=self.now,
                    trouble=found,
                )
                one = replace(one, instances=(*one.instances, bad))
            rows.append(one)
        return replace(seen, workloads=tuple(rows))

    def hurts(self, problem: Problem = Problem.CRASH_LOOP, *, key: str = CANARY, cluster: str = "north") -> None:
        """An instance there is in trouble from now on, and the cluster tells."""
        self.trouble[cluster, key] = Trouble(problem=problem, words="panic: no such table", since=self.now)
        self.look(cluster)

    def goes_on(self, seconds: float) -> None:
        """Time passes, and what is due then is looked at; nobody tells of anything."""
        self.now += timedelta(seconds=seconds)
        self.ring()

    def arrives(self) -> None:
        """Workers and clusters do what they do, until the release waits for what is not theirs to give."""
        for _round in range(40):
            for cluster in self.clusters:
                self._work_off(cluster)
                self.roll(cluster)
                self.look(cluster)

    def run(self, cluster: str = "north") -> Run:
        return self.snapshot.open_runs_on(cluster)[0]

    def target(self, cluster: str = "north") -> Target:
        return next(one for one in self.snapshot.targets if one.cluster == cluster)


def release(
    *steps: dict[str, Any],
    kind: str = "canary",
    clusters: tuple[str, ...] = ("north",),
    db: bool = False,
    budget: int = 0,
    **options: Any,
) -> Told:
    """A release that has begun, and come to where it waits. `db`: of an app with a StatefulSet, too."""
    web = Workload(kind="Deployment", name="shop--web", process="web", replicas=4)
    second = replace(web, name="shop--web--canary", track="canary")
    rows = (web, Workload(kind="StatefulSet", name="shop--db", process="db", replicas=4)) if db else (web,)
    before = Frozen(objects=("Service/shop--web", *(one.key for one in rows)), workloads=rows)
    after = Frozen(objects=before.objects, workloads=rows, second=(second,), second_objects=(CANARY,))
    given = {"steps": list(steps)} if kind == "canary" else {}
    way = plan(ReleaseKind.DEPLOY, Ask(strategy=Strategy.model_validate({"kind": kind, **given, **options}), most=4))
    fleet = Told(
        Snapshot(
            id="r1",
            kind=ReleaseKind.DEPLOY,
            state=ReleaseState.PLANNED,
            targets=tuple(Target(cluster=name, name=name, before=before, after=after) for name in clusters),
            plan=way,
            failure_budget=budget,
            rollback_on=frozenset({RollbackCause.CRASH_LOOP}),
        )
    )
    fleet.happens(e.Started())
    fleet.arrives()
    assert fleet.run().state is RunState.WATCHING
    return fleet
