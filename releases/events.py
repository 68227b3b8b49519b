"""What can happen to a release. Every event may come late, twice or out of order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from releases.observation import Observation
from releases.reasons import Reason
from releases.snapshot import RunRef
from releases.states import After


@dataclass(frozen=True, slots=True)
class Started:
    """It is this release's turn."""


@dataclass(frozen=True, slots=True)
class Woken:
    """What kept this release from beginning on a cluster may be gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A cluster said how the app's workloads stand."""

    cluster: str
    observation: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectDone:
    """Effect number `key` of a run was carried out; `output` is JSON."""

    run: RunRef
    key: int
    output: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectFailed:
    """Effect number `key` of a run cannot be carried out."""

    run: RunRef
    key: int
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerDue:
    """A moment a run asked to be woken at has come."""

    run: RunRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """What waits for an approval has one; with `steps`, only what waits at those."""

    by: str
    comment: str = ""
    steps: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """What waits for a person may not go on; with a `step`, only what waits at that."""

    by: str
    comment: str = ""
    step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseAsked:
    """What is under way goes on; no further step begins."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeAsked:
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """What waits for a person may go on; with a `step`, only what waits at that.

    `full`: and so may whatever would wait for one until the end, see `promoting`.
    """

    by: str
    step: int = 0
    full: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """New instances shall have this share of a host's traffic, in percent, where a canary waits; the plan goes on.

    `routes`: cluster → the keys of the routes of that host.
    """

    by: str
    host: str
    share: int
    routes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overridden:
    """What waits for the end of a freeze, or for its window, may go on all the same; with a `step`, only at that."""

    by: str
    comment: str = ""
    step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezesChanged:
    """Somebody changed a calendar: `freezes` are all rows of it for the app as they are now, see `steps.freeze`."""

    by: str
    freezes: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """The step under way, or the one that failed, on a cluster counts as passed: this `step`, 0 for the only one."""

    cluster: str
    by: str
    step: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryAsked:
    """The step that failed on a cluster is attempted again."""

    cluster: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AbortAsked:
    """Stop where it is, then do what `after` says. `deletes`: what supersedes it takes the whole app away."""

    by: str
    after: After = After.ROLL_BACK
    deletes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterLost:
    cluster: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterBack:
    cluster: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterGone:
    """Somebody declared that a cluster never comes back."""

    cluster: str
    by: str


Event = (
    Started
    | Woken
    | Observed
    | EffectDone
    | EffectFailed
    | TimerDue
    | Approved
    | Rejected
    | PauseAsked
    | ResumeAsked
    | Promoted
    | Weighed
    | Overridden
    | FreezesChanged
    | Skipped
    | RetryAsked
    | AbortAsked
    | ClusterLost
    | ClusterBack
    | ClusterGone
)
