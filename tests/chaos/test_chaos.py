"""A short run of `make chaos`: each kind of harm at least once, and nothing lost, doubled or stale."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from portal.failpoints import POINTS
from portal.local.stack import ROOT
from tests.browser.stack import processes_of
from tests.chaos.troubles import MAIN


def test_that_a_short_run_ends_in_zeros_and_leaves_nothing_behind() -> None:
    with tempfile.TemporaryDirectory(prefix="c") as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tests.chaos", "--quick"],
            cwd=ROOT,
            env=os.environ | {"TMPDIR": folder},
            capture_output=True,
            text=True,
            timeout=1500,
        )

        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.splitlines()[-1] == "0 lost, 0 doubled, 0 stale"
        assert re.search(rf"^kill -9 at each of the main points +{len(MAIN)} ", done.stdout, re.MULTILINE), done.stdout
        assert [one for one in Path(folder).glob("slipway-chaos-*") if processes_of(one)] == []
        assert not list(Path(folder).glob("slipway-chaos-*"))


def test_that_every_failpoint_stands_in_the_code_once() -> None:
    sources = [file for room in ("portal", "releases", "apps_mgmt", "tenants") for file in (ROOT / room).rglob("*.py")]
    text = "\n".join(file.read_text(encoding="utf-8") for file in sources)
    found = re.findall(r'reach(?:\(|, )"([a-z.]+)"', text)
    assert sorted(found) == sorted(POINTS)
