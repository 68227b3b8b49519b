"""Any release that can be planned: every kind and strategy, with steps of every kind that people can put into them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st

from apps_mgmt.spec import Strategy
from apps_mgmt.spec.steps import leaves
from apps_mgmt.spec.steps_acting import TrafficStep
from releases.snapshot import Frozen, Snapshot, Target, Wave, Workload
from releases.states import Across, ReleaseKind, ReleaseState, RollbackCause
from releases.steps.apply import LATE
from releases.strategies import plan
from releases.strategies.across import waves_of
from releases.strategies.plan import Ask
from tests.releases.worlds import START

CLUSTERS = ("north", "south", "east")
TWO_TRACKS = ("batches", "canary", "blue-green")
NEVER = "1 > 2"
_CALL = {"url": "https://ci.example.com/"}
_STEPS: tuple[dict[str, Any], ...] = (
    {"kind": "batch", "replicas": "1"},
    {"kind": "batch", "replicas": "50%"},
    {"kind": "batch", "replicas": "100%"},
    {"kind": "traffic", "traffic": 40},
    {"kind": "traffic", "traffic": 100},
    {"kind": "traffic", "header": {"name": "x-canary", "value": "yes"}},
    {"kind": "pause", "seconds": 60},
    {"kind": "pause", "seconds": -1},
    {"kind": "approval", "count": 1},
    {"kind": "approval", "count": 2, "expires": 900},
    {"kind": "note", "text": "Look.", "timeout": 900},
    {"kind": "note", "text": "Look.", "confirm": False},
    {"kind": "notify", "channel": "everyone", "message": "It is {A}."},
    {"kind": "soak", "lasts": 90},
    {"kind": "window", "hours": [{"begin": "12:20", "end": "12:40"}]},
    {"kind": "window", "hours": [{"begin": "12:05", "end": "23:00"}], "override": False},
    {"kind": "job", "process": "web", "command": ["x"]},
    {"kind": "job", "process": "web", "command": ["x"], "once": True},
    {"kind": "http-call", "request": _CALL},
    {"kind": "http-call", "request": _CALL, "once": True},
    {"kind": "http-check", "process": "web", "lasts": 30, "failures": 1},
    {"kind": "http-check", "request": _CALL, "lasts": 90, "period": 20, "failures": 1},
    {"kind": "metric-check", "query": "up", "most": 2, "samples": 3, "period": 60, "failures": 1},
)
_MOVING = ("batch", "traffic")
_CONDITIONS = ("", "", "", "1 < 2", NEVER, "steps.before.output.n == 1")
_RETRIES = (None, None, {"limit": 1, "backoff": 30}, {"limit": 2, "backoff": 300})
_WHEN = ("on-success", "on-success", "on-success", "always", "on-failure")


@st.composite
def _leaf(draw: st.DrawFn, rows: tuple[dict[str, Any], ...] = _STEPS, *, plain: bool = False) -> dict[str, Any]:
    """A step without its name. `plain`: one that runs beside others, which has no case of its own."""
    row = dict(draw(st.sampled_from(rows)))
    row["condition"] = draw(st.sampled_from(_CONDITIONS))
    if retry := draw(st.sampled_from(_RETRIES)):
        row["retry"] = retry
    if not plain:
        row["when"] = draw(st.sampled_from(_WHEN))
    if draw(st.sampled_from((False, False, True))):
        row["inputs"] = [{"name": "A", "value": draw(st.sampled_from(("'a'", "steps.before.output.n")))}]
    return row


_APART = tuple(row for row in _STEPS if row["kind"] not in _MOVING)
_beside = st.builds(
    lambda moves, looks: {
        "kind": "parallel",
        "branches": [{"name": "a", "steps": moves}, {"name": "b", "steps": looks}],
    },
    st.lists(_leaf(plain=True), min_size=1, max_size=2),
    st.lists(_leaf(_APART, plain=True), min_size=1, max_size=2),
)


def _named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each step with its name; what is said of `before` is said of the step right before it, where there is one."""
    made, last = [], ""
    for number, row in enumerate(rows, 1):
        name = f"s{number}"
        if row["kind"] == "parallel":
            inside = [_named_in(branch, name) for branch in row["branches"]]
            made.append({**row, "name": name, "branches": inside})
            last = ""
        else:
            made.append({**_said(row, last), "name": name})
            last = name
    return made


def _named_in(branch: dict[str, Any], group: str) -> dict[str, Any]:
    names = [f"{group}{branch['name']}{place}" for place in range(len(branch["steps"]))]
    lasts = ["", *names]
    rows = [{**_said(row, last), "name": name} for row, name, last in zip(branch["steps"], names, lasts, strict=False)]
    return {**branch, "steps": rows}


def _said(row: dict[str, Any], last: str) -> dict[str, Any]:
    inputs = [{**one, "value": _about(one["value"], last, "'a'")} for one in row.get("inputs", ())]
    return {**row, "condition": _about(row.get("condition", ""), last, "1 < 2"), "inputs": inputs}


def _about(text: str, last: str, otherwise: str) -> str:
    if ".before." not in text:
        return text
    return text.replace(".before.", f".{last}.") if last else otherwise


_LAST = {"kind": "batch", "name": "last", "replicas": "100%"}
_planned = st.lists(st.one_of(_leaf(), _leaf(), _leaf(), _beside), min_size=1, max_size=5).map(
    lambda rows: Strategy.model_validate({"kind": "canary", "steps": [*_named(rows), _LAST]})
)
_BUILDS = (
    {"kind": "build", "processes": ["web"], "request": _CALL},
    {"kind": "build", "processes": ["web", "new"], "image": "builder:1", "command": ["x"]},
)


@st.composite
def _placed(draw: st.DrawFn) -> Strategy:
    """A plan that says itself where what was frozen is written, with steps before, between and after."""
    kind = draw(st.sampled_from(("rolling", "rolling", "recreate", "canary")))
    parts = draw(st.sampled_from((("all",), ("needs", "workloads"), ("needs", "workloads", "leads"), ("workloads",))))
    rows: list[dict[str, Any]] = []
    for place, part in enumerate(parts if kind != "canary" else parts[:2]):
        rows += draw(st.lists(_leaf(_APART), max_size=2))
        if not place:
            rows += [{**row, "when": "on-success"} for row in draw(st.lists(_leaf(_BUILDS), max_size=1))]
        rows.append({"kind": "apply", "part": part, "retry": draw(st.sampled_from(_RETRIES)) or {}})
    rows += draw(st.lists(_leaf(_APART if kind != "canary" else _STEPS), max_size=2))
    return Strategy.model_validate({"kind": kind, "steps": [*_named(rows), *([_LAST] if kind == "canary" else [])]})


_hooks = st.lists(_leaf(tuple(row for row in _STEPS if row["kind"] in ("job", "http-call", "notify"))), max_size=1)
strategies = st.one_of(
    st.just(Strategy()),
    st.just(Strategy(kind="recreate")),
    st.builds(
        Strategy, kind=st.just("batches"), batch=st.sampled_from(("1", "50%")), batch_pause=st.sampled_from((0, 60, -1))
    ),
    st.builds(Strategy, kind=st.just("blue-green"), keep=st.sampled_from((0, 60))),
    *[_planned] * 6,
    *[_placed()] * 2,
)
_limits = st.sampled_from((("25%", "25%"), ("1", "0"), ("0", "1"), ("50%", "0")))


def _workload(process: str, replicas: int, limits: tuple[str, str], kind: str = "Deployment") -> Workload:
    surge, unavailable = limits
    name = f"shop--{process}"
    return Workload(kind=kind, name=name, process=process, replicas=replicas, surge=surge, unavailable=unavailable)


@st.composite
def _lane(draw: st.DrawFn) -> tuple[Frozen, Frozen]:
    """What ran on a cluster, and what shall run there: some processes stay, one comes, one goes; or all, or none."""
    counts = st.integers(1, 5)
    limits, kind = draw(_limits), draw(st.sampled_from(("Deployment", "Deployment", "StatefulSet")))
    scaled = replace(_workload("api", 2, limits), autoscaled=True)
    before = (
        _workload("web", draw(counts), limits),
        _workload("data", draw(counts), limits, kind),
        _workload("old", 1, limits),
    )
    after = (
        _workload("web", draw(counts), limits),
        _workload("data", draw(counts), limits, kind),
        _workload("new", 1, limits),
    )
    hpa, route = "HorizontalPodAutoscaler/shop--api", "HTTPRoute/shop--route"
    ran = _frozen("ConfigMap/shop--env-old", *before, scaled, leads=(hpa, "Ingress/shop--web", route))
    runs = _frozen("ConfigMap/shop--env-new", *after, scaled, leads=(hpa, route))
    case = draw(st.sampled_from(("both", "both", "both", "first", "last")))
    return (Frozen() if case == "first" else ran, Frozen() if case == "last" else runs)


def _frozen(config: str, *workloads: Workload, leads: tuple[str, ...]) -> Frozen:
    objects = (config, "Service/shop--web", *(one.key for one in workloads), *leads)
    return Frozen(objects=objects, workloads=workloads)


def _doubled(frozen: Frozen, *, weighted: bool) -> Frozen:
    """With the second track of what has one: StatefulSets replace their instances themselves."""
    tracked = [one for one in frozen.workloads if one.kind == "Deployment"]
    second = tuple(replace(one, name=f"{one.name}--canary", track="canary", autoscaled=False) for one in tracked)
    if not second:
        return frozen
    objects = ("Service/shop--web--canary", *(one.key for one in second))
    routes = ("HTTPRoute/shop--route",) if weighted else ()
    return replace(frozen, second=second, second_objects=objects, second_routes=routes)


def _stopped(frozen: Frozen) -> Frozen:
    """The same without an instance, and without what would make one."""
    objects = tuple(key for key in frozen.objects if key.partition("/")[0] not in LATE - {"HTTPRoute", "Ingress"})
    workloads = tuple(replace(one, replicas=0, autoscaled=False) for one in frozen.workloads)
    return Frozen(objects=objects, workloads=workloads)


def _of_kind(kind: ReleaseKind, before: Frozen, after: Frozen) -> tuple[Frozen, Frozen]:
    if kind in (ReleaseKind.DEPLOY, ReleaseKind.ROLLBACK, ReleaseKind.MOVE):
        return before, after
    full = after if after.objects else before
    if kind is ReleaseKind.START:
        return _stopped(full), full
    return full, {ReleaseKind.DELETE: Frozen(), ReleaseKind.STOP: _stopped(full)}.get(kind, full)


_KINDS = (
    *[ReleaseKind.DEPLOY] * 12,
    *(ReleaseKind(kind) for kind in ("rollback", "delete", "stop", "start", "act", "move")),
)
_waves = st.lists(
    st.builds(Wave, pause=st.sampled_from((0, 0, -1, 60)), failures=st.sampled_from((None, 0, 1))), max_size=3
).map(tuple)


@st.composite
def releases(draw: st.DrawFn) -> Snapshot:
    """A release that is planned, and has not begun."""
    kind = draw(st.sampled_from(_KINDS))
    strategy = draw(strategies) if kind is ReleaseKind.DEPLOY else Strategy()
    lanes = [_of_kind(kind, *lane) for lane in draw(st.lists(_lane(), min_size=1, max_size=3))]
    moved = any(isinstance(step, TrafficStep) for step in leaves(strategy.steps))
    tracked, weighted = strategy.kind in TWO_TRACKS, moved and draw(st.booleans())
    names = CLUSTERS[: len(lanes)]
    waves = draw(_waves)
    return Snapshot(
        id="r1",
        kind=kind,
        state=ReleaseState.PLANNED,
        targets=tuple(
            Target(
                cluster=name,
                name=name,
                wave=wave,
                before=before,
                after=_doubled(after, weighted=weighted) if tracked else after,
            )
            for name, wave, (before, after) in zip(
                names, waves_of(names, draw(st.sampled_from(Across))), lanes, strict=True
            )
        ),
        plan=plan(kind, _ask(draw, kind, strategy), waves=waves),
        waves=waves,
        failure_budget=draw(st.integers(0, 2)),
        rollback_on=draw(st.frozensets(st.sampled_from(RollbackCause))),
    )


def _ask(draw: st.DrawFn, kind: ReleaseKind, strategy: Strategy) -> Ask:
    acts_on = {"name": "shop--web-1", "uid": "p1", "workload": "Deployment/shop--web"}
    if kind is not ReleaseKind.DEPLOY:
        return Ask(strategy=strategy, acts_on=acts_on)
    hooks = Strategy.model_validate(
        {"steps": [*_hooked(draw, "before"), {"kind": "apply", "name": "all"}, *_hooked(draw, "after")]}
    )
    freezes = (
        [{**_FREEZE, "begins": _at(0), "ends": _at(1200)}] if draw(st.sampled_from((False,) * 5 + (True,))) else []
    )
    before = tuple(step for step in hooks.steps if step.name.startswith("before"))
    after = tuple(step for step in hooks.steps if step.name.startswith("after"))
    pace = draw(st.sampled_from(("", "", "50%")))
    return Ask(strategy=strategy, most=5, freezes=freezes, before=before, after=after, batch=pace)


def _hooked(draw: st.DrawFn, when: str) -> list[dict[str, Any]]:
    return [{**_said(row, ""), "name": f"{when}{place}"} for place, row in enumerate(draw(_hooks))]


_FREEZE = {"whose": "boutique", "name": "Year end", "until": "later", "reason": "The books are closed"}
calendars = st.lists(
    st.builds(
        lambda begins, lasts, name: {**_FREEZE, "name": name, "begins": _at(begins), "ends": _at(begins + lasts)},
        st.sampled_from((0, 300, 600)),
        st.sampled_from((30, 600, 900)),
        st.sampled_from(("Year end", "Audit")),
    ),
    max_size=2,
    unique_by=lambda row: row["name"],
)
"""What is or will be frozen, as whoever changes the calendar leaves it."""


def _at(seconds: int) -> str:
    return (START + timedelta(seconds=seconds)).isoformat()
