"""What was lost, doubled or stale, from what was asked for and what the clusters wrote down. Pure.

A cluster writes down each change that a client really made, in order: verb, resource, name, uid, and what the object
had in its labels and annotations then: the release that wrote it, and that release's fence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

# As they stand in the clusters.
APP, RELEASE, FENCE = "slipway.dev/app", "slipway.dev/release", "slipway.dev/fence"
# Configuration is named after what is in it.
_DIGEST = re.compile(r"-[0-9a-f]{10}$")
Row = Mapping[str, Any]
Usual = Counter[str]


@dataclass(frozen=True)
class Asked:
    """A release that somebody was told has begun, and how it ended; `state` is empty where it never did."""

    app: str
    number: int
    image: str
    state: str


@dataclass
class Tally:
    """`lost`: a release that did not succeed, or a change that it did not make. `doubled`: a change made once more.
    `stale`: something old written over something newer. `words` has a sentence for each.
    """

    lost: int = 0
    doubled: int = 0
    stale: int = 0
    words: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.lost += other.lost
        self.doubled += other.doubled
        self.stale += other.stale
        self.words += other.words


def usual_of(rows: Iterable[Row], asked: Sequence[Asked]) -> Usual:
    """What each release changes on a cluster when nothing goes wrong. ValueError when they do not all do the same."""
    found = {tuple(sorted(_changes(rows, one).items())) for one in asked}
    if len(found) != 1:
        raise ValueError(f"Undisturbed releases do not change the same: {sorted(found)}")
    return Counter(dict(found.pop()))


def count(clusters: Mapping[str, Sequence[Row]], asked: Sequence[Asked], *, usual: Usual) -> Tally:
    """Compare what was asked for with what each cluster wrote down since."""
    tally = Tally()
    for one in asked:
        if one.state != "succeeded":
            tally.lost += 1
            tally.words.append(f"{one.app} {one.number}: {one.state or 'never ended'}")
    for cluster, rows in clusters.items():
        for one in asked:
            _compare(tally, cluster, one, _changes(rows, one), usual)
        _fences(tally, cluster, rows)
    return tally


def _changes(rows: Iterable[Row], asked: Asked) -> Counter[str]:
    """How often a release changed each of its objects."""
    return Counter(
        f"{row['verb']} {row['resource']} {_DIGEST.sub('', row['name'].replace(asked.app, 'app', 1))}"
        for row in rows
        if row["labels"].get(APP) == asked.app and row["labels"].get(RELEASE) == str(asked.number)
    )


def _compare(tally: Tally, cluster: str, asked: Asked, found: Counter[str], usual: Usual) -> None:
    if asked.state != "succeeded":
        return
    missing, more = usual - found, found - usual
    tally.lost += missing.total()
    tally.doubled += more.total()
    place = f"{asked.app} {asked.number} on {cluster}"
    tally.words += [f"{place}: not done: {what} ({times})" for what, times in missing.items()]
    tally.words += [f"{place}: done again: {what} ({times})" for what, times in more.items()]


def _fences(tally: Tally, cluster: str, rows: Iterable[Row]) -> None:
    highest: dict[str, int] = {}
    for row in rows:
        fence = row["annotations"].get(FENCE)
        if fence is None:
            continue
        if int(fence) < highest.get(row["uid"], 0):
            tally.stale += 1
            tally.words.append(f"{row['name']} on {cluster}: fence {fence} after {highest[row['uid']]}")
        highest[row["uid"]] = max(int(fence), highest.get(row["uid"], 0))
