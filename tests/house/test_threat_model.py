"""THREAT_MODEL.md names tests that are there and run, and has one for every line of its tables."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from itertools import pairwise

from tests.house.tree import ROOT

_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_CODE = re.compile(r"`((?:portal|tenants|apps_mgmt|releases|tests)/[\w/]+(?:\.\w+)?)`")


def test_every_test_that_it_names_is_collected() -> None:
    named = _NAMED.findall(_page())

    assert len(named) > 80
    assert not [f"{file}::{test}" for file, test in named if not _is_collected(file, test)]


def test_every_line_of_its_tables_names_a_test() -> None:
    rows = [line for line in _page().splitlines() if line.startswith("| ")]
    heads = {above for above, line in pairwise(rows) if set(line) <= set("| -")}
    lines = [line for line in rows if line not in heads and not set(line) <= set("| -")]

    assert len(heads) == 4
    assert not [line for line in lines if not _NAMED.search(line)]


def test_the_code_that_it_names_is_there() -> None:
    assert not [one for one in _CODE.findall(_page()) if not (ROOT / one).exists()]


def test_a_test_that_is_not_there_or_does_not_run_is_seen() -> None:
    assert _is_collected("tests/house/test_threat_model.py", "test_a_test_that_is_not_there_or_does_not_run_is_seen")
    assert not _is_collected("tests/house/test_threat_model.py", "test_nothing")
    assert not _is_collected("tests/house/test_nothing.py", "test_nothing")
    assert not _runs("import pytest\n@pytest.mark.skip\ndef test_it(): ...", "test_it")
    assert not _runs("import pytest\npytestmark = pytest.mark.skip\ndef test_it(): ...", "test_it")
    assert not _runs("def helper():\n    def test_it(): ...", "test_it")


@lru_cache(maxsize=1)
def _page() -> str:
    return (ROOT / "THREAT_MODEL.md").read_text(encoding="utf-8")


def _is_collected(file: str, test: str) -> bool:
    path = ROOT / file
    return path.name.startswith("test_") and path.exists() and _runs(path.read_text(encoding="utf-8"), test)


def _runs(code: str, test: str) -> bool:
    """Whether a module defines the test where pytest finds it, and no mark leaves it out."""
    body = ast.parse(code).body
    functions = [one for one in body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name == test]
    marks = [one for one in body if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "pytestmark"]
    said = [ast.unparse(mark) for one in functions for mark in one.decorator_list] + [ast.unparse(one) for one in marks]
    return len(functions) == 1 and not any("mark.skip" in words for words in said)
