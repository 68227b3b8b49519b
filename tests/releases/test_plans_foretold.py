"""What the steps of a release come to is said in the preview of its start as it is when they are planned."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import APP
from portal.errors import Refused
from portal.operations.performing import perform
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
ALL = {"kind": "batch", "name": "all", "replicas": "100%"}
CALL = {"kind": "http-call", "name": "tell", "url": "https://10.0.0.1/"}


@pytest.fixture
def stage() -> Stage:
    return Stage()


def warned(stage: Stage, *steps: dict[str, Any]) -> list[str]:
    stage.on_app("release.strategy", kind="canary", steps=[*steps, ALL])
    ref = Ref(APP, "boutique", "shop")
    shown = perform("release.start", actor=stage.bob, ref=ref, data={}, dry_run=True).preview
    assert shown
    return [*shown.warnings]


def test_a_call_that_may_not_be_made_is_foretold(stage: Stage) -> None:
    said = [one for one in warned(stage, CALL) if one.startswith("tell: ")]
    with pytest.raises(Refused, match="may not be called") as refused:
        stage.on_app("release.start")
    assert said == [str(refused.value)]


def test_an_approval_by_somebody_who_may_not_give_it_is_foretold(stage: Stage) -> None:
    approval = {"kind": "approval", "name": "ok", "members": ["vera"]}
    words = "ok asks vera for an approval, who does not have the right release.approve on shop now."
    assert [one for one in warned(stage, approval) if one.startswith(words)]


def test_of_a_plan_that_can_be_gone_nothing_is_said(stage: Stage) -> None:
    assert warned(stage, {"kind": "approval", "name": "ok", "members": ["alice"]}) == []
