"""`make bench`: measures, prints a table, writes JSON into bench/results/. See `--help`."""

from __future__ import annotations

import argparse
import signal
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from portal.local.stack import ROOT
from tests.bench import machine, results, sizes
from tests.bench.context import Bench
from tests.bench.installation import Installation
from tests.bench.results import Line

ROWS = {
    "pages": "Pages",
    "audit": "A long audit log",
    "click": "Click Deploy → object changed in the API server",
    "live": "Cluster event → change in the page",
    "overhead": "Engine's part per step, above the cluster's own time",
    "flight": "Releases in flight",
    "dead": "One dead cluster of several",
    "idle": "Idle",
    "memory": "Memory of the stack",
    "agent": "Memory of the agent",
    "start": "Start",
    "suite": "Tests",
}
# What is measured on the plain demo comes first, then what a few clusters will do for; what fills the database last.
ORDER = ("memory", "idle", "start", "click", "overhead", "live", "agent", "dead", "flight", "audit", "pages", "suite")
QUICK_ORDER = (*(row for row in ORDER if row != "start"), "start")
BROKEN = "could not be measured"
# Measured only where `--only` names it, and without an installation.
APART = {"suite"}


def main() -> int:
    given = _arguments()
    chosen = sizes.FULL if given.full else sizes.QUICK if given.quick else sizes.DEFAULT
    wanted = given.only or [row for row in ROWS if row not in APART]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    about: dict[str, Any] = {"date": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "sizes": vars(chosen)}
    about["machine"] = machine.describe()
    began, found, loads = time.monotonic(), {}, {}
    installation = Installation()
    bench = Bench(installation, chosen)
    try:
        if set(wanted) - APART:
            _begin(bench)
        for row in QUICK_ORDER if given.quick else ORDER:
            if row in wanted:
                found[row] = _measure(row, bench)
                loads[row] = machine.load()
    finally:
        bench.close()
        installation.remove()
    about |= {"load_after_row": loads, "minutes": round((time.monotonic() - began) / 60, 1)}
    lines: list[tuple[str, Line]] = [(ROWS[row], line) for row in wanted for line in found[row]]
    file = given.json or ROOT / "bench" / "results" / f"{time.strftime('%Y-%m-%d-%H%M')}.json"
    results.write(file, about=about, lines=lines)
    print(_report(about, lines, file), flush=True)
    return int(any(line.what == BROKEN for _row, line in lines))


def _begin(bench: Bench) -> None:
    bench.say("Starting Slipway, the first time, in a temporary folder.")
    bench.installation.start()
    bench.installation.connect(as_owner=True)
    if not bench.sizes.settle:
        return
    from releases.models import Release
    from releases.states import TERMINAL

    bench.say("Waiting until the demo is deployed.")
    while Release.objects.exclude(state__in=TERMINAL).exists():
        time.sleep(0.5)
    time.sleep(5)


def _measure(row: str, bench: Bench) -> list[Line]:
    """The lines of a row. One that breaks says so in its place, and the others are measured all the same."""
    module: ModuleType = import_module(f"tests.bench.rows.{row}")
    try:
        lines: list[Line] = module.measure(bench)
    except Exception as error:  # whatever it is, it must not cost the figures of minutes
        traceback.print_exc()
        return [Line(BROKEN, f"{type(error).__name__}: {error}"[:100], "", False)]
    return lines


def _report(about: dict[str, Any], lines: list[tuple[str, Line]], file: Path) -> str:
    loads = ", ".join(f"{row} {load}" for row, load in about["load_after_row"].items())
    head = [
        f"Slipway, measured {about['date']} with {about['sizes']['name']} sizes in {about['minutes']} minutes on",
        f"{machine.sentence(about['machine'])}.",
        f"Load of the machine before {about['machine']['load_before']}; after each row: {loads}.",
        "p50 and p99 are of single runs on this machine, with clients, simulated clusters and servers side by side:",
        "compare figures of one run only. An aim counts as met at the size that was measured, which may be smaller.",
    ]
    return "\n".join([*head, results.table(lines), "", f"All figures are in {file}."])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure Slipway.")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--full", action="store_true", help="sizes as the aims name them; takes an hour or so")
    size.add_argument("--quick", action="store_true", help="tiny sizes: whether it works, not how fast it is")
    parser.add_argument("--only", type=_rows, metavar="ROW,ROW", help=f"of {', '.join(ROWS)}; the last by this only")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures go (default bench/results/)")
    return parser.parse_args()


def _rows(text: str) -> list[str]:
    asked = [word.strip() for word in text.split(",") if word.strip()]
    if unknown := sorted(set(asked) - set(ROWS)):
        raise argparse.ArgumentTypeError(f"there is no row {', '.join(unknown)}; choose from {', '.join(ROWS)}")
    return asked


if __name__ == "__main__":
    sys.exit(main())
