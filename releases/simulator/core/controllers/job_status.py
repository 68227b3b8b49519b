"""What a Job says of itself: its conditions, and whether one of them ends it."""

from __future__ import annotations

from ..objects import Object, condition_of, condition_true

COMPLETE, FAILED, SUSPENDED = "Complete", "Failed", "Suspended"
# A Job says that it will end before it does, as its last pods may still be on their way out.
_ANNOUNCED = {COMPLETE: "SuccessCriteriaMet", FAILED: "FailureTarget"}


def put(status: Object, type_: str, reason: str, message: str, *, stamp: str, holds: bool = True) -> None:
    """Set a condition, in place; one that says so already keeps its times."""
    state = "True" if holds else "False"
    rows = list(status.get("conditions") or ())
    row = {"type": type_, "status": state, "reason": reason, "message": message}
    present = next((old for old in rows if old["type"] == type_), None)
    if present is not None and present["status"] == state:
        return
    fresh = {**row, "lastProbeTime": stamp, "lastTransitionTime": stamp}
    if present is not None:
        rows[rows.index(present)] = fresh
    else:
        rows.append(fresh)
    status["conditions"] = rows


def ended(job: Object) -> str:
    """The condition that has ended it; empty while it goes on."""
    return next((type_ for type_ in (COMPLETE, FAILED) if condition_true(job, type_)), "")


def announced(status: Object) -> str:
    """The condition that will end it when its last pods are gone; empty while it goes on."""
    shown = {"status": status}
    return next((type_ for type_, before in _ANNOUNCED.items() if condition_true(shown, before)), "")


def announce(status: Object, type_: str, reason: str, message: str, *, stamp: str) -> None:
    put(status, _ANNOUNCED[type_], reason, message, stamp=stamp)


def conclude(status: Object, *, stamp: str) -> Object:
    """Make what was announced so, in place; returns the condition."""
    type_ = announced(status)
    before = condition_of({"status": status}, _ANNOUNCED[type_]) or {}
    put(status, type_, before["reason"], before["message"], stamp=stamp)
    if type_ == COMPLETE:
        status["completionTime"] = stamp
    return condition_of({"status": status}, type_) or {}
