"""What an account lacks, told from the rules that a cluster says hold for it."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.rendering.tenancy import deployer_rules, observer_rules
from releases.clusters.accounts import LACKING, sentence
from releases.clusters.rules import lacking

LOG = {"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}


@pytest.mark.parametrize("rules", [observer_rules(), deployer_rules()], ids=["observer", "deployer"])
def test_who_has_the_rules_or_may_do_everything_lacks_nothing(rules: list[dict[str, Any]]) -> None:
    assert lacking(rules, wanted=rules) == []
    assert lacking([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}], wanted=rules) == []


def test_each_right_that_is_missing_is_named_with_its_group() -> None:
    rules = [rule for rule in observer_rules() if rule["apiGroups"] != ["policy"]]
    names = [f"{verb} poddisruptionbudgets.policy" for verb in ("get", "list", "watch")]
    assert lacking(rules, wanted=observer_rules()) == names


@pytest.mark.parametrize(
    ("given", "allows"),
    [
        ({"resources": ["*/log"]}, True),
        ({"resources": ["pods"]}, False),
        ({"resources": ["pods/log"], "resourceNames": ["one"]}, False),
        ({"verbs": ["list"]}, False),
        ({"apiGroups": ["apps"]}, False),
    ],
)
def test_a_rule_counts_when_it_covers_the_right_whole(given: dict[str, Any], allows: bool) -> None:
    assert (lacking([{**LOG, **given}], wanted=[LOG]) == []) is allows


def test_of_many_rights_some_are_named() -> None:
    trouble = {"account": "a/b", "trouble": LACKING, "lacks": lacking([], wanted=observer_rules()), "why": ""}
    said = sentence("", trouble)
    assert "may no longer get, list, watch namespaces; get, list, watch nodes;" in said
    assert "and more of 18 other kinds" in said
