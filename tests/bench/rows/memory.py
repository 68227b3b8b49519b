"""Memory of the whole stack of `make run`, as it is with the demo deployed."""

from __future__ import annotations

from tests.bench.context import Bench
from tests.bench.processes import families, pss
from tests.bench.results import Line, figures

MB = 1_000_000


def measure(bench: Bench) -> list[Line]:
    used = {name: pss(pids) / MB for name, pids in families(bench.installation.roots()).items()}
    total = sum(used.values())
    split = ", ".join(f"{name} {value:.0f}" for name, value in sorted(used.items(), key=lambda one: -one[1]))
    return [
        Line(
            "make run with two clusters",
            f"{total:.0f} MB",
            "≤ 700 MB",
            total <= 700,
            f"proportional set size, demo of 11 apps: {split}",
            figures(megabytes=used),
        )
    ]
