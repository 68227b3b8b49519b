"""What a row found out, as lines of a table and as JSON."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from textwrap import wrap
from typing import Any

_WORDS = {True: "met", False: "NOT MET", None: "·"}


@dataclass(frozen=True)
class Spread:
    """Seconds as milliseconds, from the least to the most; percentiles by nearest rank."""

    n: int
    p50: float
    p99: float
    least: float
    most: float

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Spread:
        """Raises ValueError when there is not one value."""
        values = sorted(value * 1000 for value in seconds)
        if not values:
            raise ValueError("Nothing was measured.")
        rank = -(-99 * len(values) // 100)
        return cls(len(values), statistics.median(values), values[rank - 1], values[0], values[-1])

    def __str__(self) -> str:
        return f"p50 {self.p50:.0f} · p99 {self.p99:.0f} ms"


@dataclass(frozen=True)
class Line:
    """One figure beside its aim. `met` is None where nothing can be said; `figures` goes into the JSON as it is."""

    what: str
    measured: str
    aim: str
    met: bool | None
    data: str = ""
    figures: dict[str, Any] = field(default_factory=dict)


def figures(**values: Any) -> dict[str, Any]:
    """Spreads and plain values as JSON."""
    return {name: asdict(one) if isinstance(one, Spread) else one for name, one in values.items()}


def table(lines: Sequence[tuple[str, Line]]) -> str:
    """A heading per row, then its lines; an aim that is the same as the line's before is not said again."""
    what = max(len(line.what) for _row, line in lines)
    measured = max(len(line.measured) for _row, line in lines)
    shown: list[str] = []
    row_before, aim_before = "", ""
    for row, line in lines:
        if row != row_before:
            shown += ["", row, "─" * len(row)]
            row_before, aim_before = row, ""
        aim = line.aim if line.aim != aim_before else ""
        aim_before = line.aim
        shown.append(f"  {line.what:<{what}}  {line.measured:<{measured}}  {_WORDS[line.met]:<7}  {aim}".rstrip())
        if line.data:
            shown += [f"      {part}" for part in wrap(line.data, width=110)]
    return "\n".join(shown)


def write(file: Path, *, about: dict[str, Any], lines: Sequence[tuple[str, Line]]) -> None:
    """The JSON file; its folder is made when it is missing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"row": row, **asdict(line)} for row, line in lines]
    file.write_text(json.dumps(about | {"rows": rows}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
