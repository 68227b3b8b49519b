"""`python -m tests.histories`: very many histories, on all cores; what came of them is the last line.

The seed it begins with is printed, so that a run can be repeated: `--seed 7`.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from tests.histories.at_length import PART, part

HISTORIES = 20_000


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
