"""Whether a release waits for what a person says."""

from __future__ import annotations

from releases.models import Release, Step, StepRun
from releases.states import RunState

FOR_A_WORD = ("gate", "hold")
"""Kinds of steps that a person answers."""


def waits_for_word(release: Release) -> bool:
    """Whether somebody can let it go on now, or say that it shall not."""
    steps = Step.objects.filter(release=release, kind__in=FOR_A_WORD).values("number")
    return StepRun.objects.filter(release=release, state=RunState.WATCHING, step__in=steps).exists()
