"""How long the tests take. Only where it is asked for: nothing else can be measured in those minutes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence

from portal.local.stack import ROOT
from tests.bench.context import Bench
from tests.bench.results import Line

AIM_SECONDS = 300.0


def measure(bench: Bench) -> list[Line]:
    bench.say("Running make test.")
    return [timed([sys.executable, "-m", "tests"])]


def timed(argv: Sequence[str]) -> Line:
    """A run of the tests; one that is not good has met no aim, however quick it was."""
    began = time.monotonic()
    good = subprocess.run(argv, cwd=ROOT, stdout=sys.stderr.fileno()).returncode == 0
    took = time.monotonic() - began
    said = f"{took / 60:.1f} min" + ("" if good else ", but not all of them are good")
    aim = "≤ 5 min on two cores"
    return Line("make test", said, aim, good and took <= AIM_SECONDS, figures={"seconds": took, "good": good})
