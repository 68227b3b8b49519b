"""What is said of a step that ran out of time because nobody gave the word it waited for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from releases.reasons import Reason
from releases.snapshot import Run, Step


def unanswered(step: Step, run: Run) -> Reason | None:
    """Why it is over, as people read it; None for a step that waited for no person."""
    if run.reason is None:
        return None
    values: Mapping[str, Any] = {"seconds": round(step.timeout)}
    if step.kind == "approval":
        return Reason("not_approved", {**values, "waited": run.reason.dump()})
    if step.kind == "note":
        said = {"step": step.options.get("name", ""), "words": step.options.get("text", "")}
        return Reason("not_confirmed", {**values, **said})
    if run.reason.code == "waits_for_person":
        return Reason("not_let_on", values)
    return None
