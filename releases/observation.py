"""Frozen facts about what runs: what a cluster last said about an app's workloads and their instances.

Built from raw Kubernetes JSON by `reading`, stored as JSON with each target, and given to `machine.decide`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from releases.scaled import AUTOSCALER, REPLICAS
from releases.states import Problem

# How much of what a cluster said is kept with a release for good: per cluster, per workload, per instance.
KEPT_WORKLOADS, KEPT_INSTANCES, KEPT_TALKERS, KEPT_LINES, KEPT_WORDS = 20, 60, 6, 10, 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A problem with the cluster's own words for it, and since when (None: the cluster does not say).

    `past` says that the container is in its next attempt: remembered until it is ready, and no reason to give up.
    """

    problem: Problem
    words: str
    since: datetime | None = None
    past: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One pod. `current` says that it runs the newest template; `started` is None until its container ran."""

    name: str
    uid: str
    image: str
    phase: str
    ready: bool
    current: bool
    going: bool = False
    restarts: int = 0
    reason: str = ""
    message: str = ""
    node: str = ""
    track: str = "stable"
    created: datetime | None = None
    started: datetime | None = None
    trouble: Trouble | None = None
    log: tuple[str, ...] = ()  # the last lines an unhealthy instance wrote
    events: tuple[str, ...] = ()  # what the cluster reported about it


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignField:
    """A field that belongs to somebody else, by the cluster's name for it; `value` is None where it is not `shown`, and
    `seal` stands for it (see `sealing`). `gone`: it is not there any more; then the value says what somebody put in its
    place. `shared`: Slipway has it too, so its value is the one that Slipway set.
    """

    path: str
    value: str | float | bool | None = None
    shown: bool = False
    gone: bool = False
    shared: bool = False
    seal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """What a manager other than Slipway and the cluster's controllers owns of a workload, and since when; and what an
    autoscaler does.
    """

    manager: str
    operation: str
    at: datetime | None = None
    fields: tuple[ForeignField, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadFacts:
    """One Deployment, StatefulSet or CloneSet. Counts are instances; `total` includes old ones that still run. `untold`
    is how many more fields others have of what Slipway set than `foreign` says, which is bounded."""

    kind: str
    name: str
    process: str
    track: str
    uid: str
    resource_version: str
    generation: int
    observed_generation: int
    wanted: int
    total: int
    updated: int
    ready: int
    available: int
    unavailable: int
    image: str = ""
    trouble: Trouble | None = None
    instances: tuple[Instance, ...] = ()
    foreign: tuple[Foreign, ...] = ()
    untold: int = 0

    def is_before(self, written: Mapping[str, Any]) -> bool:
        """Whether this is older than a write that was answered with `written` (`uid`, `generation`; blank for none),
        or the controller has not looked at it yet.
        """
        if self.uid != written.get("uid", self.uid) or self.generation < written.get("generation", 0):
            return True
        return self.observed_generation < self.generation

    def is_another_since(self, written: Mapping[str, Any]) -> bool:
        """Whether it was made in the place of what a write was answered with (`uid`, `version`; blank for none), after
        that write: whatever has its name and a newer version came later.
        """
        versions = self.resource_version, str(written.get("version", ""))
        later = all(map(str.isdecimal, versions)) and int(versions[0]) > int(versions[1])
        return later and self.uid != written.get("uid", self.uid)

    @property
    def is_scaled_by_others(self) -> bool:
        """Whether an autoscaler set the number of instances, and no release since."""
        return any(
            owner.manager == AUTOSCALER and any(one.path == REPLICAS for one in owner.fields) for owner in self.foreign
        )

    @property
    def in_trouble(self) -> tuple[Instance, ...]:
        """The instances something is wrong with, without those that are going anyway."""
        return tuple(pod for pod in self.instances if pod.trouble and not pod.going)

    @property
    def runs(self) -> str:
        """The image most of the ready instances run; while none is ready, the one that is wanted."""
        ready = [pod.image for pod in self.instances if pod.ready and not pod.going]
        return max(sorted(set(ready)), key=ready.count) if ready else self.image


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """The instance of a job that a step runs; `run` tells which attempt at which step it is."""

    run: str
    name: str
    ended: bool
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Everything one cluster said about one app."""

    workloads: tuple[WorkloadFacts, ...] = ()
    orphans: int = 0  # instances whose workload is gone
    tasks: tuple[Task, ...] = ()
    instead: tuple[str, ...] = ()  # keys of workloads that are gone, in whose place others made something
    held: tuple[tuple[str, str], ...] = ()  # what was deleted and stays, `Kind name`, for its finalizers

    def task(self, run: str) -> Task | None:
        return next((one for one in self.tasks if one.run == run), None)

    def workload(self, kind: str, name: str) -> WorkloadFacts | None:
        return next((w for w in self.workloads if w.name == name and w.kind == kind), None)

    @property
    def ready(self) -> int:
        return sum(w.ready for w in self.workloads)

    @property
    def wanted(self) -> int:
        return sum(w.wanted for w in self.workloads)

    def problems(self) -> dict[str, int]:
        """How many instances have which problem; what only a workload complains of counts as one."""
        found: Counter[str] = Counter()
        for workload in self.workloads:
            found.update(pod.trouble.problem.value for pod in workload.in_trouble if pod.trouble)
            if workload.trouble and not workload.in_trouble:
                found[workload.trouble.problem.value] += 1
        return dict(sorted(found.items()))


def keep_words(seen: Observation, known: Observation | None) -> Observation:
    """What is seen now, with what is remembered of an instance in trouble.

    Its words stay where nobody asked it again. That it crashes stays while its container is in the next attempt, until
    it is ready or goes: from one crash to the next it is not well.
    """
    before = {pod.uid: pod for w in (known.workloads if known else ()) for pod in w.instances if pod.trouble}

    def told(pod: Instance) -> Instance:
        last = before.get(pod.uid)
        if last is None or last.trouble is None or pod.ready or pod.going:
            return pod
        if pod.trouble is None:
            if last.trouble.problem is not Problem.CRASH_LOOP:
                return pod
            trouble = replace(last.trouble, past=True)
        elif pod.log or not (last.log or last.events) or last.restarts != pod.restarts:
            return pod
        else:
            trouble = replace(pod.trouble, words=last.trouble.words)
        return replace(pod, log=last.log, events=last.events, trouble=trouble, message=last.message)

    workloads = tuple(replace(w, instances=tuple(told(pod) for pod in w.instances)) for w in seen.workloads)
    return replace(seen, workloads=workloads)


def keep_since(seen: Observation, known: Observation | None) -> Observation:
    """What is seen now, with when others took the fields they have: their later writes to other fields are no news."""
    before = {(w.uid, replace(one, at=None)): one.at for w in (known.workloads if known else ()) for one in w.foreign}

    def since(workload: WorkloadFacts) -> tuple[Foreign, ...]:
        known_as = [(one, before.get((workload.uid, replace(one, at=None)))) for one in workload.foreign]
        return tuple(replace(one, at=at) if at else one for one, at in known_as)

    return replace(seen, workloads=tuple(replace(w, foreign=since(w)) if w.foreign else w for w in seen.workloads))


def with_instead(seen: Observation, keys: Iterable[str]) -> Observation:
    """What is seen now, with those of the keys of which it tells no workload: somebody else's stand in their place."""
    there = {f"{one.kind}/{one.name}" for one in seen.workloads}
    return replace(seen, instead=tuple(sorted({*keys} - there)))


def to_keep(seen: Observation) -> Observation:
    """What is worth keeping of what a cluster said when a release has ended: bounded, and without what was going."""
    talkers = [pod.uid for w in seen.workloads for pod in w.in_trouble][:KEPT_TALKERS]

    def cut(pod: Instance) -> Instance:
        trouble = replace(pod.trouble, words=pod.trouble.words[:KEPT_WORDS]) if pod.trouble else None
        log = tuple(line[:KEPT_WORDS] for line in pod.log[-KEPT_LINES:]) if pod.uid in talkers else ()
        events = tuple(line[:KEPT_WORDS] for line in pod.events[-KEPT_LINES:]) if pod.uid in talkers else ()
        return replace(pod, trouble=trouble, log=log, events=events, message=pod.message[:KEPT_WORDS])

    def chosen(workload: WorkloadFacts) -> tuple[Instance, ...]:
        there = [pod for pod in workload.instances if not pod.going]
        first = sorted(there, key=lambda pod: pod.trouble is None)[:KEPT_INSTANCES]
        return tuple(cut(pod) for pod in there if pod in first)

    kept = (replace(w, instances=chosen(w), foreign=(), untold=0) for w in seen.workloads[:KEPT_WORKLOADS])
    return replace(seen, workloads=tuple(kept))


def dump(observation: Observation) -> dict[str, Any]:
    """The facts as JSON values, times in ISO form; equal facts give equal JSON."""
    plain: dict[str, Any] = _plain(asdict(observation))
    return {key: one for key, one in plain.items() if one or key not in ("instead", "held")}


def load(raw: Mapping[str, Any] | None) -> Observation | None:
    """The facts that `dump` wrote; None when nothing was stored yet."""
    if not raw:
        return None
    return Observation(
        workloads=tuple(_workload(row) for row in raw.get("workloads", ())),
        orphans=raw.get("orphans", 0),
        tasks=tuple(Task(**{**row, "trouble": _trouble(row["trouble"])}) for row in raw.get("tasks", ())),
        instead=tuple(raw.get("instead", ())),
        held=tuple((what, by) for what, by in raw.get("held", ())),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _workload(row: Mapping[str, Any]) -> WorkloadFacts:
    instances = tuple(_instance(item) for item in row["instances"])
    foreign = tuple(_foreign(item) for item in row.get("foreign", ()))
    return WorkloadFacts(**{**row, "trouble": _trouble(row["trouble"]), "instances": instances, "foreign": foreign})


def _foreign(row: Mapping[str, Any]) -> Foreign:
    return Foreign(**{**row, "at": _moment(row["at"]), "fields": tuple(ForeignField(**one) for one in row["fields"])})


def _instance(row: Mapping[str, Any]) -> Instance:
    times = {key: _moment(row[key]) for key in ("created", "started")}
    lines = {key: tuple(row.get(key, ())) for key in ("log", "events")}
    return Instance(**{**row, **times, **lines, "trouble": _trouble(row["trouble"])})


def _trouble(row: Mapping[str, Any] | None) -> Trouble | None:
    if row is None:
        return None
    return Trouble(**{**row, "problem": Problem(row["problem"]), "since": _moment(row["since"])})


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
