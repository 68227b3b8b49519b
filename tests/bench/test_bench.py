"""The benchmark itself, tried with tiny sizes; no time is looked at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from portal.local.stack import ROOT
from tests.bench.__main__ import ROWS
from tests.browser.stack import processes_of


def test_that_the_benchmark_measures_every_row_and_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"

    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick", "--json", str(file)],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=600,
    )

    assert done.returncode == 0, done.stderr
    found = json.loads(file.read_text(encoding="utf-8"))
    assert {line["row"] for line in found["rows"]} == set(ROWS.values())
    for title in ROWS.values():
        assert f"\n{title}\n" in done.stdout
    assert {"cores", "memory_gib", "processor", "python", "postgresql", "valkey"} <= set(found["machine"])
    assert all(line["aim"] or line["met"] is None for line in found["rows"])
    assert [folder for folder in tmp_path.glob("slipway-bench-*") if processes_of(folder)] == []
    assert not list(tmp_path.glob("slipway-bench-*"))
