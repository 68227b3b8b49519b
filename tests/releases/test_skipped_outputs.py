"""Whoever skips a step is told which later ones read what it would have given, before and after."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import RELEASE
from portal.operations.performing import perform
from tests.releases.stage import Stage
from tests.releases.test_skipping import goes, note

pytestmark = pytest.mark.django_db
READS = "steps.one.output.version == 'x'"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def warned(stage: Stage) -> list[str]:
    """What the preview of skipping on north warns of; then it is skipped."""
    ref, given = Ref(RELEASE, "boutique", "shop", 1), {"cluster": "north"}
    preview = perform("release.skip", actor=stage.bob, ref=ref, data=given, dry_run=True).preview
    perform("release.skip", actor=stage.bob, ref=ref, data=given)
    assert preview is not None
    return [str(one) for one in preview.warnings]


def later(condition: str) -> dict[str, Any]:
    return {**note("two"), "condition": condition}


def test_the_preview_says_what_fails_without_it_and_the_failure_names_it(stage: Stage) -> None:
    goes(stage, note("one"), later(READS))
    assert warned(stage) == ["“two” reads what “one” gives. A skipped step gives nothing, so it fails on north."]
    release = stage.release(1)
    assert release.state == "failed"
    assert "two reads the output of one, which somebody skipped" in release.why and "has(…)" in release.why


def test_it_is_said_of_a_step_further_on_as_well(stage: Stage) -> None:
    goes(stage, note("one"), note("between"), later(f"steps.between.output.v == 1 || {READS}"))
    assert warned(stage) == ["“two” reads what “one” gives. A skipped step gives nothing, so it may fail on north."]
    assert stage.release(1).state == "running"


@pytest.mark.parametrize("condition", [f"has(steps.one.output.version) && {READS}", "1 == 1"])
def test_what_does_without_it_is_not_warned_of(stage: Stage, condition: str) -> None:
    goes(stage, note("one"), later(condition))
    assert warned(stage) == [] and stage.release(1).state == "running"


def test_what_nobody_skipped_is_no_cause(stage: Stage) -> None:
    goes(stage, note("one"), later(READS))
    stage.on_release("release.promote", 1)
    assert stage.release(1).state == "failed" and "somebody skipped" not in stage.release(1).why
