"""A part of very many histories, for a process of its own, which has to find this by name."""

from __future__ import annotations

import traceback

from tests.histories.history import try_histories

# Hypothesis remembers what it has tried, so a process begins anew after so many.
PART = 400


def part(start: int) -> tuple[int, int, str]:
    """How many histories and events there were from one seed, and how the first broken one went."""
    try:
        return *try_histories(PART, start=start), ""
    except BaseException as broken:  # whatever it is, it is what was looked for
        return 0, 0, "".join(traceback.format_exception(broken))
