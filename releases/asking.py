"""What a person can ask of releases: frozen actions that operations return and `acting` carries out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from apps_mgmt.spec import AppSpec
from releases.states import After, ReleaseKind, ReleaseState

What = Literal["both", "image", "configuration"]
Pace = Literal["at-once", "in-batches"]


@dataclass(frozen=True)
class Spot:
    """A step at which a release stands on a cluster: it is under way there, or has `failed`.

    `why_not` says why nobody skips it now, and what to do instead; blank where it can be skipped.
    """

    cluster: str
    step: int
    title: str
    why_not: str = ""
    failed: bool = False


@dataclass(frozen=True)
class ReleaseFacts:
    """A release as operations on it see it.

    `waits_for_day`: for the calendar, which somebody who has the right may override where it `can_be_overridden`.
    `word_at`, `approval_at`, `day_at`, `override_at`: the numbers of the steps at which it waits for a word, for an
    approval, for the calendar, and where that may be overridden.
    `spots`: where it stands on each cluster.
    `weighed`: the hosts that can be given another share, each with what new instances get now, in percent;
    `unweighed`: the clusters on which a canary serves and no route gives a share.
    """

    app: str
    number: int
    kind: ReleaseKind
    state: ReleaseState
    failed_on: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    waits_for_word: bool = False
    waits_for_approval: bool = False
    waits_for_day: bool = False
    can_be_overridden: bool = False
    word_at: tuple[int, ...] = ()
    approval_at: tuple[int, ...] = ()
    day_at: tuple[int, ...] = ()
    override_at: tuple[int, ...] = ()
    spots: tuple[Spot, ...] = ()
    weighed: tuple[tuple[str, int], ...] = ()
    unweighed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Again:
    """A workload that was let go, and that a release takes over again: `there` are the instances it has now, `wanted`
    those it gets. `differs`: paths of its template that are not as they were, for which that is refused. `unknown`: why
    it could not be asked, blank where it was.

    `found`: `let_go`, as it was; `half_way`, taken over already by a release that did not come to its number; `gone`;
    or `another`, made by somebody else under its name. `paused`: its rollout is held there.
    """

    cluster: str
    workload: str
    there: int
    wanted: int
    differs: tuple[str, ...] = ()
    unknown: str = ""
    found: Literal["let_go", "half_way", "gone", "another"] = "let_go"
    paused: bool = False


@dataclass(frozen=True)
class StartRelease:
    """Deploy the draft. No `clusters`: all it is placed on. `supersede` and `wait`: see `launching.launch`."""

    revision: int
    clusters: tuple[str, ...] = ()
    note: str = ""
    supersede: bool = False
    wait: bool = False
    again: tuple[Again, ...] = ()


@dataclass(frozen=True)
class RollBack:
    """Release the revision of an earlier release again; number 0: of the last one that succeeded before. No
    `clusters`: all it is placed on.

    `pace`: at once, or by the app's strategy.
    """

    number: int
    clusters: tuple[str, ...] = ()
    what: What = "both"
    pace: Pace = "at-once"
    frozen_secrets: bool = False
    note: str = ""
    supersede: bool = False
    wait: bool = False
    again: tuple[Again, ...] = ()


@dataclass(frozen=True)
class Redeploy:
    """Release again, as it is, what an earlier release brought; number 0: what runs."""

    number: int
    note: str = ""
    supersede: bool = False
    wait: bool = False
    again: tuple[Again, ...] = ()


@dataclass(frozen=True)
class StopApp:
    """Take all instances away; everything else stays."""


@dataclass(frozen=True)
class StartApp:
    """Bring the instances of a stopped app back."""


@dataclass(frozen=True)
class DeleteInstance:
    """Delete one instance, which is the one with this uid; its controller makes another one.

    `kind` and `workload` name what it belongs to.
    """

    cluster: str
    name: str
    uid: str
    kind: str
    workload: str


@dataclass(frozen=True)
class RestartProcess:
    """Replace the instances of a process (all of them: "") by new ones of the same revision. `at` in ISO 8601."""

    process: str
    at: str


@dataclass(frozen=True)
class MoveApp:
    """Release what runs on the cluster `target` in place of `source`. `leave_data`: what its volumes hold stays there.

    `supersede` and `wait`: see `launching.launch`.
    """

    source: str
    target: str
    leave_data: bool = False
    note: str = ""
    supersede: bool = False
    wait: bool = False
    again: tuple[Again, ...] = ()


@dataclass(frozen=True)
class TakeOver:
    """Take fields of objects on a cluster, (key, field, manager) each, from their managers.

    With a release of what runs there; with `release` of the revision of that one, wherever it goes.
    """

    cluster: str
    taken: tuple[tuple[str, str, str], ...]
    release: int = 0
    note: str = ""


@dataclass(frozen=True)
class AdoptWorkload:
    """Release `spec`, in which the Deployment `workload` is a process, with so many `running` instances. `managers`
    wrote it until now; `relabelled` are (label, value until now, value from now on) of the object.
    """

    spec: AppSpec
    process: str
    cluster: str
    namespace: str
    workload: str
    running: int
    managers: tuple[str, ...] = ()
    relabelled: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class AbortRelease:
    after: After


@dataclass(frozen=True)
class PauseRelease:
    pass


@dataclass(frozen=True)
class ResumeRelease:
    pass


@dataclass(frozen=True)
class PromoteRelease:
    """Let go on what waits, or only what waits at this step."""

    step: int = 0


@dataclass(frozen=True)
class PromoteFully:
    """Let go on whatever waits for a word, now and until the end."""


@dataclass(frozen=True)
class WeighRoute:
    """Give new instances this share of a host's traffic, in percent."""

    host: str
    share: int


@dataclass(frozen=True)
class ApproveRelease:
    """Approve what waits, or only what waits at these steps."""

    comment: str = ""
    steps: tuple[int, ...] = ()


@dataclass(frozen=True)
class OverrideFreeze:
    """Let go on what waits for the end of a freeze, or for its window; with a `step`, only what waits at that."""

    reason: str
    step: int = 0


@dataclass(frozen=True)
class RejectRelease:
    """End a release that waits for somebody; with a `step`, only where it waits at that."""

    comment: str
    step: int = 0


@dataclass(frozen=True)
class RetryTarget:
    cluster: str


@dataclass(frozen=True)
class SkipStep:
    """Count this step on a cluster as passed."""

    cluster: str
    step: int = 0
