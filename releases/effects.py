"""What the machine asks the world to do. Frozen values that survive a trip through JSON.

Objects are named by key, `Kind/name`; their manifests are the ones frozen with the target (or, when `back` is
set, with the target's predecessor), so an effect is small and always means the same thing.
"""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, get_args


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How many instances one workload shall have."""

    kind: str
    name: str
    replicas: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply:
    """Create or change these objects, in this order. `second`: those of the second track.

    `doors` says to which track the Services of processes with two of them lead; empty: as they are frozen.
    """

    objects: tuple[str, ...]
    back: bool = False
    second: bool = False
    doors: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TryApply:
    """Ask whether the cluster would take these objects, as `Apply` writes them; nothing of it stays."""

    objects: tuple[str, ...]
    back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recreate:
    """Delete these objects and create them again, because an immutable field differs."""

    objects: tuple[str, ...]
    back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetReplicas:
    """Set the instance counts through the field manager that owns them. `pin`: their autoscalers keep to these, too."""

    workloads: tuple[Scale, ...]
    pin: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPartition:
    """Apply these workloads with so many instances (`replicas`) that stay at their old revision."""

    workloads: tuple[Scale, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prune:
    """Delete what carries the app's owner label and is not in `keep`. `let_go` stays, and is the app's no more; so does
    whatever else was taken over, unless it goes as well (`adopted`).
    """

    keep: tuple[str, ...]
    let_go: tuple[str, ...] = ()
    adopted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteInstance:
    """Delete the instance with this uid of a workload (`Kind/name`), and no other one."""

    name: str
    uid: str
    workload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTraffic:
    """Give the second track this share, in percent, of what these routes bring, and all requests with this header.

    None: routes as they are frozen. `back`: all of them as they were before the release. `doors`: as for `Apply`, for
    the Services among the objects.
    """

    objects: tuple[str, ...]
    back: bool = False
    share: int | None = None
    header: str = ""
    value: str = ""
    doors: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunJob:
    """Run the command of the step once in the cluster, made from this frozen workload. `run` tells attempts apart."""

    workload: str
    step: int
    run: str
    inputs: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectJob:
    """Ask how the job of this run has ended, and for what it wrote. `builds`: the step whose image that has to name."""

    run: str
    builds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeInstance:
    """Ask an instance once at a port and a path; whatever comes of it is an answer. No instance: none is there."""

    instance: str
    port: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHttp:
    """Make the request of the step, delivered at least once, with an idempotency key.

    The request stands in the frozen step, its secrets by name and version; here is what the step takes from others.
    """

    inputs: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeHttp:
    """Ask the step's address once; whatever comes of it is an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskMetric:
    """Ask the cluster's Prometheus the step's query once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Tell people; delivered at least once."""

    topic: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTimer:
    """Somebody has to look again at this moment: the clock is woken when it would sleep longer."""

    at: datetime


ClusterEffect = (
    Apply
    | TryApply
    | Recreate
    | SetReplicas
    | SetPartition
    | Prune
    | DeleteInstance
    | SetTraffic
    | RunJob
    | CollectJob
    | ProbeInstance
)
Outside = CallHttp | ProbeHttp | AskMetric
"""What leaves for servers other than clusters: nothing of it holds up what is on its way to a cluster."""
Effect = ClusterEffect | Outside | Notify | SetTimer

_BY_NAME: dict[str, type[Any]] = {cls.__name__: cls for cls in get_args(Effect) if cls is not SetTimer}


def stream(app_id: uuid.UUID | str, cluster_id: uuid.UUID | str) -> str:
    """The outbox stream of an app's effects on a cluster: one after another, whichever releases want them.

    What a newer release does there begins when the older one's effects have ended, so it finds all they left.
    """
    return f"effects:{app_id}:{cluster_id}"


def share(effect: Effect, *, cluster_id: str, tenant_id: uuid.UUID | str) -> str:
    """Whose part of the workers' slots an effect takes: the cluster's, or that of what the tenant calls outside."""
    return f"calls:{tenant_id}" if isinstance(effect, Outside) else cluster_id


def dump(effect: Effect) -> dict[str, Any]:
    """The effect as JSON values; `load` is the way back. A `SetTimer` never travels."""
    return {"effect": type(effect).__name__, **asdict(effect)}


def load(raw: dict[str, Any]) -> Effect:
    """The effect that `dump` wrote. KeyError for a name that is not in the closed set."""
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
    cls = _BY_NAME[values.pop("effect")]
    if cls in (SetReplicas, SetPartition):
        values["workloads"] = tuple(Scale(**row) for row in values["workloads"])
    effect: Effect = cls(**values)
    return effect
