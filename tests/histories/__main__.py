"""`python -m tests.histories`: very many histories, on all cores; what came of them is the last line.

The seed it begins with is printed, so that a run can be repeated: `--seed 7`.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.histories.history import try_histories

HISTORIES = 20_000
# Hypothesis remembers what it has tried, so a process begins anew after so many.
PART = 400


def part(start: int) -> tuple[int, int, str]:
    """How many histories and events there were from one seed, and how the first broken one went."""
    try:
        return *try_histories(PART, start=start), ""
    except BaseException as broken:  # whatever it is, it is what was looked for
        return 0, 0, "".join(traceback.format_exception(broken))


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code is 0 when nothing is broken."""
    parser = argparse.ArgumentParser(prog="tests.histories", description=__doc__)
    parser.add_argument("--histories", type=int, default=HISTORIES)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    chosen = parser.parse_args(argv)
    print(f"{chosen.histories} histories, beginning with seed {chosen.seed}", flush=True)
    began, happened, events, broken = time.monotonic(), 0, 0, ""
    with ProcessPoolExecutor(max_tasks_per_child=1) as pool:
        parts = [pool.submit(part, chosen.seed + place) for place in range(-(-chosen.histories // PART))]
        for done in as_completed(parts):
            histories, heard, broken = done.result()
            happened, events = happened + histories, events + heard
            if broken:
                pool.shutdown(cancel_futures=True)
                break
    print(broken, end="")
    seconds = time.monotonic() - began
    print(f"{happened} histories of {events} events ran in {seconds:.0f} s: {int(bool(broken))} broken")
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
