"""The benchmark itself, tried with tiny sizes; no time is looked at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.local.stack import ROOT
from tests.bench.__main__ import APART, ROWS
from tests.bench.rows import suite
from tests.browser.stack import processes_of


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path: the browser keeps a socket in it, whose path may have 107 characters."""
    with tempfile.TemporaryDirectory(prefix="b") as made:
        yield Path(made)


def test_that_the_benchmark_measures_every_row_and_leaves_nothing_behind(folder: Path) -> None:
    file = folder / "figures.json"

    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick", "--json", str(file)],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=1500,
    )

    assert done.returncode == 0, done.stderr
    found = json.loads(file.read_text(encoding="utf-8"))
    titles = {title for row, title in ROWS.items() if row not in APART}
    assert {line["row"] for line in found["rows"]} == titles
    for title in titles:
        assert f"\n{title}\n" in done.stdout
    assert {"cores", "memory_gib", "processor", "python", "postgresql", "valkey"} <= set(found["machine"])
    assert all(line["aim"] or line["met"] is None for line in found["rows"])
    assert [one for one in folder.glob("slipway-bench-*") if processes_of(one)] == []
    assert not list(folder.glob("slipway-bench-*"))


@pytest.mark.parametrize(("path", "good"), [("tests/pure/test_spec_names.py", True), ("tests/nowhere.py", False)])
def test_that_a_run_of_tests_is_timed_and_counts_only_if_it_is_good(path: str, good: bool) -> None:
    line = suite.timed([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", path])

    assert line.met is good and line.figures["seconds"] > 0.1
    assert line.measured.endswith(" min") is good
