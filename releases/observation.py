"""Frozen facts about what runs: what a cluster last said about an app's workloads and their instances.

Built from raw Kubernetes JSON by `reading`, stored as JSON with each target, and given to `machine.decide`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from releases.states import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A problem with the cluster's own words for it, and since when (None: the cluster does not say)."""

    problem: Problem
    words: str
    since: datetime | None = None


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
class WorkloadFacts:
    """One Deployment, StatefulSet or CloneSet. Counts are instances; `total` includes old ones that still run."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Everything one cluster said about one app."""

    workloads: tuple[WorkloadFacts, ...] = ()
    orphans: int = 0  # instances whose workload is gone

    def workload(self, kind: str, name: str) -> WorkloadFacts | None:
        return next((w for w in self.workloads if w.name == name and w.kind == kind), None)

    @property
    def ready(self) -> int:
        return sum(w.ready for w in self.workloads)

    @property
    def wanted(self) -> int:
        return sum(w.wanted for w in self.workloads)


def keep_words(seen: Observation, known: Observation | None) -> Observation:
    """What is seen now, with the words an instance in trouble said before, where nobody asked it again."""
    said = {pod.uid: pod for w in (known.workloads if known else ()) for pod in w.instances if pod.log or pod.events}

    def told(pod: Instance) -> Instance:
        before = said.get(pod.uid)
        if pod.log or before is None or pod.trouble is None or before.trouble is None:
            return pod
        if before.restarts != pod.restarts:
            return pod
        trouble = replace(pod.trouble, words=before.trouble.words)
        return replace(pod, log=before.log, events=before.events, trouble=trouble, message=before.message)

    workloads = tuple(replace(w, instances=tuple(told(pod) for pod in w.instances)) for w in seen.workloads)
    return replace(seen, workloads=workloads)


def dump(observation: Observation) -> dict[str, Any]:
    """The facts as JSON values, times in ISO form; equal facts give equal JSON."""
    plain: dict[str, Any] = _plain(asdict(observation))
    return plain


def load(raw: Mapping[str, Any] | None) -> Observation | None:
    """The facts that `dump` wrote; None when nothing was stored yet."""
    if not raw:
        return None
    return Observation(
        workloads=tuple(_workload(row) for row in raw.get("workloads", ())), orphans=raw.get("orphans", 0)
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
    return WorkloadFacts(**{**row, "trouble": _trouble(row["trouble"]), "instances": instances})


def _instance(row: Mapping[str, Any]) -> Instance:
    times = {key: _moment(row[key]) for key in ("created", "started")}
    lines = {key: tuple(row.get(key, ())) for key in ("log", "events")}
    return Instance(**{**row, **times, **lines, "trouble": _trouble(row["trouble"])})


def _trouble(row: Mapping[str, Any] | None) -> Trouble | None:
    if row is None:
        return None
    return Trouble(problem=Problem(row["problem"]), words=row["words"], since=_moment(row["since"]))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
