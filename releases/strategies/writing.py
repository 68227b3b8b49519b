"""The lines that write each part of what was frozen, as the strategy has them. Pure."""

from apps_mgmt.spec.steps_placed import Part
from releases.strategies.plan import Ask, Outline, outline
from releases.strategies.two_tracks import opened

BY_THEMSELVES = ("rolling", "recreate")
"""Strategies whose workloads replace their instances by themselves, once they are written."""


def written(ask: Ask, part: Part) -> tuple[Outline, ...]:
    """What workloads need; the workloads, or where there are two tracks the second of them; what leads to them.

    A canary opens to traffic at its very end, and says so itself.
    """
    if ask.strategy.kind not in BY_THEMSELVES:
        needs, *tracks = opened(doors="open")
        return {"needs": (needs,), "workloads": tuple(tracks), "leads": ()}[part]
    if part == "needs":
        return (outline("apply", part="needs"),)
    if part == "leads":
        return (outline("wait_ready", timeout=ask.patience), outline("apply", part="leads"))
    down = (outline("scale_down", timeout=ask.patience, tries=True),) if ask.strategy.kind == "recreate" else ()
    return (*down, outline("apply", part="workloads"), outline("set_replicas", from_zero=bool(down) or None))
