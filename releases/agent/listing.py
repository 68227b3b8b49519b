"""Which kinds of workloads were listed, as far as a cluster serves them and lets Slipway look. Pure.

What such a workload runs may be told before it is, or without it: that says nothing of its labels. So a snapshot names
the kinds of which nothing is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SPARED = ("StatefulSet", "CloneSet")
"""What an account of an earlier day may not be allowed to look at: all else goes on without."""


class Listing:
    """Begins with none of them listed."""

    def __init__(self) -> None:
        self._unlisted, self._open = set(SPARED), set(SPARED)
        self._refused: set[str] = set()
        self._halves: set[str] = set()

    @property
    def refused(self) -> frozenset[str]:
        """What the cluster does not let Slipway look at."""
        return frozenset(self._refused)

    @property
    def is_open(self) -> bool:
        """Whether the cluster has not answered for each of them yet, one way or the other: what is told then would be
        told again.
        """
        return bool(self._open)

    def fails(self, kind: str) -> set[str]:
        """The cluster does not answer for a kind, which keeps nothing else waiting any longer. No app is told anew."""
        self._open.discard(kind)
        return set()

    def works(self, kind: str) -> set[str]:
        """All there is of a kind is known. The ids of the apps that were told without it."""
        self._open.discard(kind)
        if kind not in self._unlisted:
            return set()
        self._unlisted.discard(kind)
        self._refused.discard(kind)
        halves, self._halves = self._halves, set()
        return halves

    def refuse(self, kind: str) -> bool:
        """The cluster does not let Slipway look at a kind; whether that is news."""
        self._open.discard(kind)
        news = kind not in self._refused
        self._refused.add(kind)
        self._unlisted.add(kind)
        return news

    def told(self, app_id: str, snapshot: Mapping[str, Any]) -> dict[str, Any]:
        """A snapshot that is about to be reported, with `unlisted`, the kinds of which nothing is known, if any."""
        if not self._unlisted:
            return dict(snapshot)
        self._halves.add(app_id)
        return {**snapshot, "unlisted": sorted(self._unlisted)}
