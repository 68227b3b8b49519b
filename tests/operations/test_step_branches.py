"""A step for a failure has no place beside others: that is said where it is entered, with where it has one."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.models import StrategyVersion
from portal.access import Ref
from portal.access.ref import TENANT
from portal.errors import Refused
from portal.operations.performing import perform
from tests import cast
from tests.operations.stage import Shop

ALL = {"kind": "batch", "name": "all", "replicas": "100%"}
QUIET = {"kind": "soak", "name": "quiet", "lasts": 9, "beside": "checks/quiet"}
WORDS = "look runs beside others, and those run while all goes well. Put what a failure needs after the group."


def rows(**has: Any) -> list[dict[str, Any]]:
    return [ALL, QUIET, {"kind": "note", "name": "look", "text": "Look.", "beside": "checks/people", **has}]


@pytest.mark.parametrize("when", ["on-failure", "always"])
def test_a_step_for_a_failure_is_refused_in_a_branch(shop: Shop, when: str) -> None:
    with pytest.raises(Refused, match=WORDS) as refused:
        shop.preview("release.strategy", kind="canary", steps=rows(when=when))
    assert refused.value.field == "steps[2].when"


def test_no_strategy_is_saved_with_one(shop: Shop) -> None:
    data = {"name": "careful", "title": "Careful", "kind": "canary", "steps": rows(when="on-failure")}
    with pytest.raises(Refused, match=WORDS) as refused:
        perform("strategy.save", actor=cast.actor(shop.people.alice), ref=Ref(TENANT, "boutique"), data=data)
    assert refused.value.field == "steps[2].when"


def test_a_strategy_that_was_saved_with_one_is_not_taken(shop: Shop) -> None:
    note = {"kind": "note", "name": "look", "text": "Look.", "when": "always"}
    soak = {"kind": "soak", "name": "quiet", "lasts": 9}
    branches = [{"name": name, "steps": [one]} for name, one in (("people", note), ("quiet", soak))]
    content = {"kind": "canary", "steps": [ALL, {"kind": "parallel", "name": "checks", "branches": branches}]}
    saved = {"tenant": shop.app.tenant, "name": "old", "number": 1, "title": "Old", "actor_name": "alice"}
    StrategyVersion.objects.create(**saved, strategy=content)
    with pytest.raises(Refused, match=WORDS) as refused:
        shop.preview("release.strategy", saved="old")
    assert refused.value.field == "saved"


def test_what_runs_while_all_goes_well_is_taken(shop: Shop) -> None:
    shop.preview("release.strategy", kind="canary", steps=rows(when="on-success", timeout=60, retries=2))
