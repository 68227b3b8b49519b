"""A release as the machine sees it: frozen values, nothing else.

Durations are seconds, moments are aware datetimes, clusters are named by their id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from releases.observation import Observation
from releases.reasons import Reason
from releases.states import RUN_OPEN, After, ReleaseKind, ReleaseState, RollbackCause, RunState, TargetState

KEPT = "kept_back"


@dataclass(frozen=True, slots=True, order=True)
class RunRef:
    """One attempt at one step of the plan on one cluster. Steps of the way back have numbers of their own."""

    cluster: str
    step: int
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of the plan; `kind` names a class in `releases.steps`, `timeout` is in seconds.

    `beside` is (group, branch) of steps that run beside those of the group's other branches; blank for all others.
    """

    number: int
    kind: str
    timeout: float
    back: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def beside(self) -> tuple[str, str]:
        group, branch = self.options.get("beside", ("", ""))
        return group, branch

    @property
    def trials(self) -> int:
        """How many of its first effects change nothing, see `steps.scale_down`."""
        return int(bool(self.options.get("tries")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A frozen workload and this target's share of its instances. `adopted`: it was there before Slipway was.

    `surge` and `unavailable` are how many more or fewer than that there may be meanwhile, as a number or in %.
    """

    kind: str
    name: str
    process: str
    replicas: int
    track: str = "stable"
    autoscaled: bool = False
    adopted: bool = False
    surge: str = "25%"
    unavailable: str = "25%"

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What a target shall look like: object keys (`Kind/name`) in the order of applying, and its workloads.

    `second` are the workloads of the second track, which stand beside those of the same process for a while,
    `second_objects` the keys of all that belongs to it, `second_routes` those that can give it a share of the traffic.
    """

    objects: tuple[str, ...] = ()
    workloads: tuple[Workload, ...] = ()
    second: tuple[Workload, ...] = ()
    second_objects: tuple[str, ...] = ()
    second_routes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The state of one attempt. `pending` numbers the effects on their way, of `sent` so far; `output` is JSON."""

    ref: RunRef
    state: RunState
    started: datetime
    deadline: datetime
    wake_at: datetime | None = None
    pending: tuple[int, ...] = ()
    sent: int = 0
    output: Mapping[str, Any] = field(default_factory=dict)
    reason: Reason | None = None

    @property
    def is_open(self) -> bool:
        return self.state in RUN_OPEN

    @property
    def was_skipped(self) -> bool:
        """Whether a person said that it need not be; what its condition passes over was not skipped."""
        return self.state is RunState.SKIPPED and self.reason is not None and self.reason.code == "skipped"

    @property
    def is_to_begin(self) -> bool:
        """Whether this is a further attempt that waits for its time: it is woken when it starts. Or it is kept back."""
        return self.is_kept or (self.state is RunState.WATCHING and self.wake_at == self.started < self.deadline)

    @property
    def is_kept(self) -> bool:
        """Whether it waits until it may begin on its cluster, see `entering`."""
        return self.state is RunState.WATCHING and self.reason is not None and self.reason.code == KEPT


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """Clusters that go together. `pause`: seconds from the end of the wave before until it begins, or until told (-1).

    `failures` is how many of its clusters may fail; None leaves that to the budget of the release.
    """

    pause: int = 0
    failures: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A release on one cluster. `wave` counts from 0. `before` is what it returns to: empty when nothing ran there.

    `taken`: which workloads somebody else changed since the release wrote them (`Kind/name`), and why that stops it;
    `taken_back`: the same on the way back. `scaled`: whose number of instances somebody else set, and who.
    """

    cluster: str
    name: str
    wave: int = 0
    after: Frozen
    before: Frozen = Frozen()
    state: TargetState = TargetState.WAITING
    lost_since: datetime | None = None
    reason: Reason | None = None
    observation: Observation | None = None
    taken: Mapping[str, Reason] = field(default_factory=dict)
    taken_back: Mapping[str, Reason] = field(default_factory=dict)
    scaled: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_failing(self) -> bool:
        """Whether a step failed for good, for this `reason`, and what is planned for that case still runs."""
        return self.state is TargetState.RUNNING and self.reason is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything `decide` may know. `targets` and `plan` are in order; `runs` are in order of starting.

    A wave begins when all of the one before have ended; a wave that `waves` has no row for is like `Wave()`.

    `rollback_on` are the causes on which it goes back by itself; on any other it holds for a person. `kept`: why it may
    begin on no cluster where nothing of it is yet: it waits there, or fails if the reason is another one than KEPT.
    """

    id: str
    kind: ReleaseKind
    state: ReleaseState
    targets: tuple[Target, ...]
    plan: tuple[Step, ...]
    runs: tuple[Run, ...] = ()
    waves: tuple[Wave, ...] = ()
    failure_budget: int = 0
    rollback_on: frozenset[RollbackCause] = frozenset()
    fence: int = 0
    after_stop: After | None = None
    reason: Reason | None = None
    kept: Reason | None = None

    def target(self, cluster: str) -> Target | None:
        return next((t for t in self.targets if t.cluster == cluster), None)

    def wave(self, number: int) -> Wave:
        return self.waves[number] if number < len(self.waves) else Wave()

    def step(self, number: int) -> Step:
        return next(s for s in self.plan if s.number == number)

    def run(self, ref: RunRef) -> Run | None:
        return next((r for r in self.runs if r.ref == ref), None)

    def runs_on(self, cluster: str, *, back: bool) -> tuple[Run, ...]:
        return tuple(r for r in self.runs if r.ref.cluster == cluster and self.step(r.ref.step).back == back)

    def made(self, cluster: str) -> frozenset[str]:
        """The keys of what runs on a cluster, of either direction, were told that they made."""
        told = (run.output.get("objects", {}) for run in self.runs if run.ref.cluster == cluster)
        return frozenset(key for objects in told for key, answer in objects.items() if (answer or {}).get("created"))

    def open_runs_on(self, cluster: str) -> tuple[Run, ...]:
        """What is under way on a cluster: one run at most, or one in each branch of a group."""
        return tuple(r for r in self.open_runs if r.ref.cluster == cluster)

    @property
    def open_runs(self) -> tuple[Run, ...]:
        return tuple(r for r in self.runs if r.is_open)

    def touched(self, cluster: str) -> bool:
        """Whether anything of this release may have reached the cluster."""
        return any(r.ref.cluster == cluster and r.sent > self.step(r.ref.step).trials for r in self.runs)
