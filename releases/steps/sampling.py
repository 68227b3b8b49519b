"""Asking again and again, and counting what was wrong: what checks have in common. Pure.

Each answer to an effect of the run is one sample, told apart by how many effects were sent: one that comes twice, or
something else that is heard in between, counts nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from releases.steps.base import StepContext


@dataclass(frozen=True, slots=True)
class Samples:
    """`asked` answers so far, `bad` of them wrong, the `latest` one; `fresh` where that is not counted yet."""

    asked: int
    bad: int
    latest: dict[str, Any]
    fresh: bool
    next_at: datetime

    def output(self) -> dict[str, Any]:
        """What a run remembers of them."""
        return {"asked": self.asked, "bad": self.bad, "next": self.next_at.isoformat()}


def samples(context: StepContext, *, is_bad: bool) -> Samples:
    """The samples of a run; `is_bad` is about the latest. Not to be asked before there is one."""
    output = context.run.output
    asked, bad = output.get("asked", 0), output.get("bad", 0)
    fresh = context.run.sent > asked
    if fresh:
        next_at = context.now + timedelta(seconds=context.step.options["period"])
        return Samples(context.run.sent, bad + is_bad, output.get("sample", {}), True, next_at)
    return Samples(asked, bad, output.get("sample", {}), False, datetime.fromisoformat(output["next"]))
