"""On what a release may go back by itself, and which of these a failure was. Pure."""

from releases.reasons import Reason
from releases.states import Problem, RollbackCause

_BY_CODE = {
    "check_failed": RollbackCause.FAILED_CHECK,
    "http_check_failed": RollbackCause.FAILED_CHECK,
    "metric_check_failed": RollbackCause.FAILED_CHECK,
    "no_answer": RollbackCause.DEADLINE,
    "soak_failed": RollbackCause.FAILED_CHECK,
    Problem.CRASH_LOOP.value: RollbackCause.CRASH_LOOP,
    Problem.PROGRESS_DEADLINE.value: RollbackCause.DEADLINE,
    "deadline": RollbackCause.DEADLINE,
    "not_approved": RollbackCause.DEADLINE,
    "not_confirmed": RollbackCause.DEADLINE,
    "not_let_on": RollbackCause.DEADLINE,
    "effect_overdue": RollbackCause.DEADLINE,
    "cluster_away": RollbackCause.DEADLINE,
}


def cause_of(reason: Reason | None) -> RollbackCause:
    """Which cause a failure counts as: a step that failed is what all others come to."""
    return _BY_CODE.get(reason.code, RollbackCause.FAILED_STEP) if reason else RollbackCause.FAILED_STEP
