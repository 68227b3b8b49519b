"""Small pure arithmetic behind the components: durations, bars, differences, initials."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.spelling import spelled_out

SIGNS = {"add": "+", "del": "-", "same": " ", "at": ""}


def read(item: Any, name: str) -> Any:
    """A key of a mapping or an attribute of an object; None where there is none."""
    return item.get(name) if isinstance(item, Mapping) else getattr(item, name, None)


def duration(value: float | timedelta | None) -> str:
    if value is None or value == "":
        return ""
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if seconds < 10:
        return f"{amount(round(max(seconds, 0), 1))} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return _two(whole, 60, "min", 1, "s")
    if whole < 86400:
        return _two(whole, 3600, "h", 60, "min")
    return _two(whole, 86400, "d", 3600, "h")


def _two(whole: int, big: int, big_unit: str, small: int, small_unit: str) -> str:
    rest = whole % big // small
    return f"{whole // big} {big_unit}" + (f" {rest} {small_unit}" if rest else "")


def amount(value: object) -> str:
    """At most three decimals, none that are zero; what is no number is shown as it is."""
    try:
        return f"{float(str(value)):.3f}".rstrip("0").rstrip(".")
    except ValueError:
        return str(value)


@dataclass(frozen=True, slots=True)
class Bar:
    """Percentages of a quota bar, as text for SVG attributes (a dot, whatever the language)."""

    now: str
    more: str
    less: str
    start: str
    tone: str
    full: bool
    over: bool


def bar(used: object, limit: object, after: object = None) -> Bar:
    """How far the bar is filled now, what a change adds (`more`) or gives back (`less`), from where."""
    now = _share(used, limit)
    later = now if after is None else _share(after, limit)
    high = max(now, later)
    return Bar(
        now=f"{min(now, later, 100):.1f}",
        more=f"{max(min(later, 100) - min(now, 100), 0):.1f}",
        less=f"{max(min(now, 100) - min(later, 100), 0):.1f}",
        start=f"{min(now, later, 100):.1f}",
        tone="bad" if later > 100 else "warn" if high >= 90 else "plain",
        full=later == 100,
        over=later > 100,
    )


def _share(part: object, whole: object) -> float:
    total = float(str(whole or 0))
    share = float(str(part or 0))
    if total <= 0:
        return 0.0 if share <= 0 else 101.0
    return 100 * share / total


def course(waves: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The waves of a `Preview.course` with `lines`: how it is before, then the steps; each lane has a bar in percent.

    The bars of a cluster are of one scale, the most instances that it has at any time. `still`: nothing moves there.
    """
    return [{**wave, "lines": _lines(wave), "words": _waits(wave)} for wave in waves]


def _waits(wave: Mapping[str, Any]) -> str:
    """How many steps there are, and how many of them wait for somebody."""
    steps = wave["steps"]
    people = sum(step["waits"] == "people" for step in steps)
    counted = ngettext("{number} step", "{number} steps", len(steps)).format(number=len(steps))
    waits = ngettext("{number} waits for people", "{number} wait for people", people).format(number=people)
    return f"{counted}, {waits}" if people else counted


def _lines(wave: Mapping[str, Any]) -> list[dict[str, Any]]:
    lanes = [wave["before"], *(step["after"] for step in wave["steps"])]
    most = [max(1, *(row["old"] + row["new"] + row["stay"] for row in rows)) for rows in zip(*lanes, strict=True)]
    lines = [{"title": _("As it is"), "after": wave["before"]}, *wave["steps"]]
    return [
        {
            **step,
            "still": bool(step["after"]) and all(row["idle"] for row in step["after"]),
            "lanes": [
                {**row, "bar": _sides(row, most=high), "words": _counted(row)}
                for row, high in zip(step["after"], most, strict=True)
            ],
        }
        for step in lines
    ]


def _counted(row: Mapping[str, Any]) -> str:
    """Its instances, without those there are none of."""
    sentences = {"stay": _("{number} stay as they are"), "old": _("{number} old"), "new": _("{number} new")}
    found = [text.format(number=row[side]) for side, text in sentences.items() if row[side]]
    return ", ".join(found) or _("none")


def _sides(row: Mapping[str, Any], *, most: int) -> dict[str, str]:
    stay, old, new = (100 * row[side] / most for side in ("stay", "old", "new"))
    return {"stay": f"{stay:.1f}", "old": f"{old:.1f}", "start": f"{stay + old:.1f}", "new": f"{new:.1f}"}


def initials(name: str) -> str:
    """Two letters: of the first two words, else the first two of the only one."""
    words = [word for word in re.split(r"[^0-9A-Za-z\u00c0-\uffff]+", name) if word]
    if not words:
        return "?"
    return (words[0][0] + words[1][0] if len(words) > 1 else words[0][:2]).upper()


def field_id(item: Any) -> str:
    """An id that may stand in HTML and in a label: `env[0]name` becomes `f-env-0-name`."""
    return read(item, "id") or "f-" + re.sub(r"[^0-9A-Za-z_]+", "-", str(read(item, "name"))).strip("-")


def diff_lines(lines: str | Sequence[Any]) -> list[dict[str, str]]:
    """Lines of kind and text, from such lines or from a unified diff."""
    if not isinstance(lines, str):
        return [_line(read(line, "kind") or "same", str(read(line, "text"))) for line in lines]
    result = []
    for line in lines.splitlines():
        if line.startswith(("---", "+++")):
            continue
        kind = {"+": "add", "-": "del", "@": "at"}.get(line[:1], "same")
        result.append(_line(kind, line if kind == "at" else line[1:]))
    return result


def _line(kind: str, text: str) -> dict[str, str]:
    return {"kind": kind, "text": text, "sign": SIGNS.get(kind, " ")}


def grouped(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Groups for the changes component, from groups {title, changes} or from flat rows {label, before, after, kind}."""
    if rows and read(rows[0], "changes") is not None:
        return [_group(read(group, "title"), read(group, "changes")) for group in rows]
    return [_group("", rows)] if rows else []


def _group(title: Any, items: Sequence[Any]) -> dict[str, Any]:
    """Rows as diff lines whose values stand under each other."""
    names = [str(read(item, "label") or read(item, "name") or "") for item in items]
    width = min(max(map(len, names), default=0), 44)
    lines = []
    for name, item in zip(names, items, strict=True):
        kind = read(item, "kind")
        for sign, key, absent in (("del", "before", "added"), ("add", "after", "removed")):
            value = read(item, key)
            if value is not None and kind != absent:
                lines += [
                    _line(sign, f"{name.ljust(width)}  {text}") for text in spelled_out(str(value)).splitlines() or [""]
                ]
    return {"title": title, "lines": lines}


def sized(row: Any, key: str, *, always: bool = False) -> str:
    """An amount of a quota row: `used_text` where the row words it itself, else the number with its unit.

    What is in use has none, as the limit beside it has it, unless it shall have it `always`.
    """
    worded = read(row, f"{key}_text")
    if worded:
        return str(worded)
    unit = "" if key == "used" and not always else read(row, "unit") or ""
    return f"{amount(read(row, key))} {unit}".strip()


def offers_blank(item: Any) -> bool:
    """Whether a select needs a first line that says "choose": nothing is chosen and no choice means nothing."""
    choices = read(item, "choices") or ()
    if any(read(choice, "value") == "" for choice in choices):
        return False
    chosen = any(read(choice, "selected") for choice in choices) or bool(read(item, "value"))
    return not chosen or not read(item, "required")
