"""What may happen to a release and its clusters, for hypothesis to choose from."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings

from apps_mgmt.spec import Strategy
from releases import events as e
from releases.snapshot import Frozen, RunRef, Snapshot, Target, Wave, Workload
from releases.states import Across, After, Problem, ReleaseKind, ReleaseState, RollbackCause
from releases.strategies import plan
from releases.strategies.across import waves_of
from releases.strategies.plan import Ask
from tests.releases.fleet import Fleet

CLUSTERS = ("north", "south", "east")
_STEPS = (
    {"kind": "batch", "name": "one", "replicas": "1"},
    {"kind": "traffic", "name": "some", "traffic": 40},
    {"kind": "pause", "name": "look", "seconds": 60},
    {"kind": "traffic", "name": "all", "traffic": 100},
)
_HAVING = (
    {"kind": "batch", "name": "one", "replicas": "1", "retry": {"limit": 2, "backoff": 30}},
    {"kind": "note", "name": "never", "text": "Look.", "condition": "1 > 2"},
    {"kind": "pause", "name": "look", "seconds": 60, "inputs": [{"name": "A", "value": "steps.one.output"}]},
    {"kind": "soak", "name": "watch", "lasts": 90, "when": "always", "retry": {"limit": 1, "backoff": 600}},
    {"kind": "pause", "name": "mourn", "seconds": 60, "when": "on-failure"},
    {"kind": "note", "name": "wrong", "text": "Look.", "condition": "steps.one.output.no", "when": "on-failure"},
)
_CALL = {"url": "https://ci.example.com/"}
_REACHING = (
    {"kind": "job", "name": "once", "process": "web", "command": ["x"], "once": True, "retry": {"limit": 1}},
    {"kind": "http-call", "name": "tell", "request": _CALL, "once": True, "condition": "steps.once.output.n == 1"},
    {"kind": "batch", "name": "one", "replicas": "1"},
    {"kind": "job", "name": "each", "process": "web", "command": ["x"], "inputs": [{"name": "A", "value": "'a'"}]},
    {"kind": "http-check", "name": "inside", "process": "web", "lasts": 30, "failures": 1},
    {"kind": "http-check", "name": "look", "request": _CALL, "lasts": 90, "period": 20, "failures": 1},
    {"kind": "metric-check", "name": "count", "query": "up", "most": 2, "samples": 3, "period": 60, "failures": 1},
    {"kind": "http-call", "name": "sad", "request": _CALL, "when": "on-failure", "retry": {"limit": 1}},
)
_BESIDE = (
    {
        "kind": "parallel",
        "name": "together",
        "condition": "1 < 2",
        "branches": [
            {"name": "moves", "steps": [{"kind": "batch", "name": "one", "replicas": "1"}, _STEPS[2]]},
            {"name": "looks", "steps": [_REACHING[0], {**_REACHING[5], "retry": {"limit": 1}}]},
            {"name": "asks", "steps": [{"kind": "note", "name": "ask", "text": "Look.", "timeout": 300}]},
        ],
    },
    {"kind": "soak", "name": "watch", "lasts": 60, "when": "always"},
)
TRACKED = tuple(
    Strategy.model_validate(row)
    for row in (
        {"kind": "batches", "batch": "1"},
        {"kind": "batches", "batch": "50%", "batch_pause": 60},
        {"kind": "canary", "steps": _STEPS[:3]},
        {"kind": "canary", "steps": _STEPS},
        {"kind": "canary", "steps": _HAVING},
        {"kind": "canary", "steps": _REACHING},
        {"kind": "canary", "steps": _BESIDE},
        {"kind": "blue-green", "keep": 60},
    )
)
STRATEGIES = (Strategy(), Strategy(kind="recreate"), *TRACKED)


def _workload(process: str, replicas: int, *, autoscaled: bool = False) -> Workload:
    name = f"shop--{process}"
    return Workload(kind="Deployment", name=name, process=process, replicas=replicas, autoscaled=autoscaled)


def _frozen(config: str, *workloads: Workload, leads: tuple[str, ...]) -> Frozen:
    objects = (config, "Service/shop--web", *(w.key for w in workloads), *leads)
    return Frozen(objects=objects, workloads=workloads)


def _doubled(frozen: Frozen, strategy: Strategy, *, weighted: bool) -> Frozen:
    """With a second track, where the strategy has one."""
    if strategy not in TRACKED:
        return frozen
    second = tuple(replace(w, name=f"{w.name}--canary", track="canary", autoscaled=False) for w in frozen.workloads)
    keys = tuple(w.key for w in second)
    routes = ("HTTPRoute/shop--route",) if weighted else ()
    return replace(frozen, second=second, second_objects=("Service/shop--web--canary", *keys), second_routes=routes)


_SCALED = _workload("api", 2, autoscaled=True)
_AFTER = _frozen(
    "ConfigMap/shop--env-new",
    _workload("web", 2),
    _workload("extra", 1),
    _SCALED,
    leads=("HorizontalPodAutoscaler/shop--api", "HTTPRoute/shop--route"),
)
_BEFORE = _frozen(
    "ConfigMap/shop--env-old",
    _workload("web", 3),
    _workload("job", 1),
    _SCALED,
    leads=("HorizontalPodAutoscaler/shop--api", "Ingress/shop--web", "HTTPRoute/shop--route"),
)
_NOTHING = Frozen()
# From what ran on a cluster to what shall run there: most often one after the other, also a first one or a last one.
_LANES = ((_BEFORE, _AFTER), (_BEFORE, _AFTER), (_NOTHING, _AFTER), (_BEFORE, _NOTHING))


def many(count: int) -> Callable[[Any], Any]:
    """Settings for `count` examples, times EXAMPLES from the environment."""
    examples = count * int(os.environ.get("EXAMPLES", "1"))
    return settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _fleet(
    lanes: list[tuple[Frozen, Frozen]],
    kind: ReleaseKind,
    strategy: Strategy,
    across: Across,
    budget: int,
    back_on: frozenset[RollbackCause],
    waves: tuple[Wave, ...] = (),
    weighted: bool = False,
    batch: str = "",
) -> Fleet:
    names = CLUSTERS[: len(lanes)]
    targets = tuple(
        Target(
            cluster=name,
            name=name,
            wave=wave,
            before=_BEFORE if kind is ReleaseKind.DELETE else before,
            after=_NOTHING if kind is ReleaseKind.DELETE else _doubled(after, strategy, weighted=weighted),
        )
        for name, wave, (before, after) in zip(names, waves_of(names, across), lanes, strict=True)
    )
    return Fleet(
        Snapshot(
            id="r1",
            kind=kind,
            state=ReleaseState.PLANNED,
            targets=targets,
            plan=plan(kind, Ask(strategy=strategy, batch=batch, most=3), waves=waves),
            waves=waves,
            failure_budget=budget,
            rollback_on=back_on,
        )
    )


def leaving(*, strategy: Strategy) -> Fleet:
    """A release after which nothing of the app runs on its one cluster any more."""
    return _fleet([(_BEFORE, _NOTHING)], ReleaseKind.DEPLOY, strategy, Across.ALL_TOGETHER, 0, frozenset())


_waves = st.lists(
    st.builds(Wave, pause=st.sampled_from([0, 0, -1, 60]), failures=st.sampled_from([None, 0, 1])), max_size=3
).map(tuple)


def _fleets(kinds: list[ReleaseKind], strategies: tuple[Strategy, ...]) -> st.SearchStrategy[Fleet]:
    return st.builds(
        _fleet,
        st.lists(st.sampled_from(_LANES), min_size=1, max_size=3),
        st.sampled_from(kinds),
        st.sampled_from(strategies),
        st.sampled_from(Across),
        st.integers(0, 2),
        st.frozensets(st.sampled_from(RollbackCause)),
        _waves,
        st.booleans(),
        st.sampled_from(["", "1", "50%"]),
    )


fleets = _fleets([ReleaseKind.DEPLOY, ReleaseKind.DEPLOY, ReleaseKind.DELETE], STRATEGIES)
tracked_fleets = _fleets([ReleaseKind.DEPLOY], TRACKED)

_cluster = st.sampled_from(CLUSTERS)
_few = st.integers(0, 3)
_runs = st.builds(RunRef, _cluster, st.integers(1, 18), st.integers(1, 3))
aborts = st.builds(e.AbortAsked, by=st.just("bob"), after=st.sampled_from(After))
_events = st.one_of(
    aborts,
    st.just(e.Started()),
    st.just(e.PauseAsked(by="bob")),
    st.just(e.ResumeAsked(by="bob")),
    st.builds(e.Skipped, cluster=_cluster, by=st.just("bob")),
    st.builds(e.RetryAsked, cluster=_cluster, by=st.just("bob")),
    st.builds(e.TimerDue, run=_runs),
    st.sampled_from([e.Promoted(by="bob"), e.Overridden(by="bob"), e.Approved(by="bob"), e.Rejected(by="bob")]),
)
_happenings = st.one_of(
    # Twice: most of what happens in a release that gets anywhere is work and instances coming up.
    *[st.tuples(st.sampled_from(["claim", "execute", "run", "roll", "ready"]), _cluster, _few)] * 2,
    st.tuples(st.sampled_from(["refuse", "die", "stall", "late", "again"]), _cluster, _few),
    st.tuples(st.sampled_from(["look", "remember", "recall", "break", "heal", "lose", "return"]), _cluster, _few),
    st.tuples(st.just("later"), _cluster, st.integers(1, 700)),
    st.tuples(st.just("event"), _cluster, _events),
)
stories = st.lists(_happenings, max_size=60)


def play(fleet: Fleet, happening: tuple[str, str, Any]) -> None:
    """One thing happens; what cannot happen now does not."""
    what, cluster, detail = happening
    if what == "event":
        fleet.happens(detail)
    elif what == "later":
        fleet.now += timedelta(seconds=detail)
        fleet.ring()
    elif what == "late":
        fleet.late(detail)
    elif what == "again" and fleet.heard:
        fleet.happens(fleet.heard[detail % len(fleet.heard)])
    elif cluster in fleet.clusters:
        _on(fleet, cluster, what, detail)


def _on(fleet: Fleet, cluster: str, what: str, detail: int) -> None:
    match what:
        case "claim":
            fleet.claim(cluster)
        case "execute":
            fleet.execute(cluster)
        case "run":
            for _row in range(1 + detail):
                fleet.claim(cluster)
                fleet.execute(cluster)
        case "refuse":
            fleet.refuse(cluster)
        case "die":
            fleet.die(cluster, detail)
        case "stall":
            fleet.stall(cluster)
        case "roll" | "look" | "ready":
            for _instance in range({"roll": 1, "look": 0, "ready": 4}[what]):
                fleet.roll(cluster)
            fleet.look(cluster)
        case "remember":
            fleet.remembered[cluster] = fleet.observation(cluster)
        case "recall" if cluster in fleet.remembered:
            fleet.happens(e.Observed(cluster=cluster, observation=fleet.remembered[cluster]))
        case "break":
            fleet.breaks(cluster, list(Problem)[detail])
            fleet.look(cluster)
        case "heal":
            fleet.heal(cluster)
        case "lose":
            fleet.lost.add(cluster)
            fleet.happens(e.ClusterLost(cluster=cluster, why="timed out"))
        case "return":
            fleet.lost.discard(cluster)
            fleet.happens(e.ClusterBack(cluster=cluster))
