"""How many instances come on top of those that run while a release rolls, by its strategy."""

from __future__ import annotations

from math import ceil

from apps_mgmt.spec.process import Process
from apps_mgmt.spec.releasing import Strategy
from apps_mgmt.spec.steps import leaves
from apps_mgmt.spec.steps_acting import BatchStep, TrafficStep

TWO_TRACKS = ("batches", "canary", "blue-green")
"""The strategies that put a second track beside the first; with the others a workload replaces its own instances."""


def on_top(process: Process, strategy: Strategy, number: int) -> int:
    """How many instances of a process there can be beside `number` of them while a release rolls on one cluster."""
    if number == 0 or strategy.kind == "recreate" or process.kind == "StatefulSet":
        return 0
    if strategy.kind == "blue-green":
        return number
    surge = amount_of(process.update.max_surge, number)
    if process.kind != "Deployment":
        return surge
    steps = [
        min(number, amount_of(one.replicas, number)) for one in leaves(strategy.steps) if isinstance(one, BatchStep)
    ]
    if strategy.kind == "batches":
        # What a step asks for is how many are new by then, so what comes on top is what it adds to the one before.
        added = [new - old for old, new in zip([0, *steps], [*steps, number], strict=True)] if steps else []
        return min(number, max(surge, *added, 0 if added else amount_of(strategy.batch, number)))
    shares = [
        amount_of(f"{one.traffic or 0}%", number) for one in leaves(strategy.steps) if isinstance(one, TrafficStep)
    ]
    return max(surge, 1, *steps, *shares) if strategy.kind == "canary" else surge


def amount_of(text: str, number: int) -> int:
    """A number or a percentage of `number`, rounded up: `25%` of 5 is 2."""
    return ceil(number * int(text[:-1]) / 100) if text.endswith("%") else int(text)
