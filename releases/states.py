"""The closed sets of names that the release engine speaks in: kinds, states, problems.

Values are stored in the database and shown by the API, so they never change.
"""

from enum import StrEnum


class ReleaseKind(StrEnum):
    """Why a release writes to clusters."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    RESTART = "restart"
    STOP = "stop"
    START = "start"
    ACT = "act"
    MOVE = "move"
    DELETE = "delete"
    PROVISION = "provision"


AS_IT_RUNS = frozenset({ReleaseKind.STOP, ReleaseKind.ACT})
"""They bring no revision: what they find is frozen as it runs."""

BRINGS = frozenset({ReleaseKind.DEPLOY, ReleaseKind.ROLLBACK, ReleaseKind.START, ReleaseKind.MOVE})
"""They let a revision run where it did not, or not so; what is forbidden may not."""

AS_PLANNED = frozenset({ReleaseKind.DEPLOY, ReleaseKind.MOVE})
"""What people planned holds for them: the pauses between waves, the steps around everything else, the calendar. That
also holds what goes back and never ran, and the calendar what is newer than what runs: see `newness`."""

BRINGS_NONE = AS_IT_RUNS | {ReleaseKind.START, ReleaseKind.DELETE}
"""Nobody goes back to one of these: there is an older one that brought what it found."""


class ReleaseState(StrEnum):
    """Where a release as a whole stands."""

    PLANNED = "planned"
    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    ABORTING = "aborting"
    ROLLING_BACK = "rolling_back"
    SUCCEEDED = "succeeded"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class TargetState(StrEnum):
    """Where a release stands on one cluster."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"


class RunState(StrEnum):
    """Where one attempt at one step on one cluster stands."""

    ACTING = "acting"  # effects are on their way to the cluster
    WATCHING = "watching"  # nothing more to do, the cluster has to move
    STOPPING = "stopping"  # told to stop while effects were on their way
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    STOPPED = "stopped"


class Across(StrEnum):
    """In which order the clusters of a release take their turn."""

    ONE_AFTER_ANOTHER = "one_after_another"
    ALL_TOGETHER = "all_together"
    FIRST_THEN_REST = "first_then_rest"


class After(StrEnum):
    """What becomes of a release that was told to stop."""

    ROLL_BACK = "roll_back"
    HOLD = "hold"
    SUPERSEDE = "supersede"


class RollbackCause(StrEnum):
    """On what a release may go back by itself; spelled as in the spec."""

    FAILED_STEP = "failed-step"
    FAILED_CHECK = "failed-check"
    CRASH_LOOP = "crash-loop"
    DEADLINE = "deadline"


class Problem(StrEnum):
    """What is wrong with a workload or an instance, as the cluster puts it."""

    CRASH_LOOP = "crash_loop"
    IMAGE_PULL = "image_pull"
    BAD_CONFIG = "bad_config"
    PROGRESS_DEADLINE = "progress_deadline"
    QUOTA = "quota"
    UNSCHEDULABLE = "unschedulable"
    REFUSED = "refused"
    GONE = "gone"
    UNPREPARED = "unprepared"
    REPLACED = "replaced"
    ASTRAY = "astray"
    HELD = "held"
    COPIED = "copied"


LOST = frozenset({Problem.GONE, Problem.UNPREPARED, Problem.REPLACED})
"""It is there no more: for nobody's hindrance; where nothing can be made again; with another one in its place."""

TERMINAL = frozenset({ReleaseState.SUCCEEDED, ReleaseState.ROLLED_BACK, ReleaseState.FAILED, ReleaseState.SUPERSEDED})
# A waiting release queues behind the active one; every other state that is not the end holds the app.
ACTIVE = frozenset(ReleaseState) - TERMINAL - {ReleaseState.WAITING}

TARGET_SETTLED = frozenset({TargetState.DONE, TargetState.FAILED, TargetState.STOPPED, TargetState.ROLLED_BACK})
BROKEN_OFF = frozenset({TargetState.FAILED, TargetState.STOPPED})
RUN_OPEN = frozenset({RunState.ACTING, RunState.WATCHING, RunState.STOPPING})
RUN_PASSED = frozenset({RunState.DONE, RunState.SKIPPED})
