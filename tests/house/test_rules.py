"""Every rule sees its bad examples, passes its good ones, and holds over the whole tree."""

from __future__ import annotations

import pytest

from tests.house.doorway_rules import DOORWAY_RULES
from tests.house.line_rules import LINE_RULES
from tests.house.rules import Rule
from tests.house.syntax_rules import SYNTAX_RULES
from tests.house.tree import File, files

RULES = [*LINE_RULES, *SYNTAX_RULES, *DOORWAY_RULES]


def test_names_of_rules_are_their_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_rule_sees_every_bad_example_and_passes_every_good_one(rule: Rule) -> None:
    missed = [text for text in rule.bad if not rule.findings(File(rule.example_path, given=text))]
    accused = [text for text in rule.good if rule.findings(File(rule.example_path, given=text))]
    assert (missed, accused) == ([], [])


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_a_rule_holds_in_the_whole_tree(rule: Rule) -> None:
    looked_at = [file for file in files() if rule.applies(file) and _is_text(file)]
    assert looked_at, f"The rule “{rule}” looks at nothing."
    broken = [said for file in looked_at if file.path not in rule.excepted for said in rule.findings(file)]
    assert not broken, f"{rule.why}\n" + "\n".join(broken)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.excepted], ids=str)
def test_an_exception_from_a_rule_is_still_needed_and_says_why(rule: Rule) -> None:
    there = {file.path: file for file in files()}
    for path, reason in rule.excepted.items():
        assert path in there and rule.findings(there[path]), f"{path} does not need its exception any more."
        assert len(reason.split()) >= 4


def _is_text(file: File) -> bool:
    return file.suffix in {".py", ".html", ".css", ".js", ".md", ".toml", ".txt", ".in", ".svg", ".yaml", ""}
