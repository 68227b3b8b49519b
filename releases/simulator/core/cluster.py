"""One simulated cluster: the API, the controllers and the nodes, moved by whoever holds its clock."""

from __future__ import annotations

from typing import Any

from . import seed
from .access import bootstrap
from .api import Api
from .kinds import BY_NAME, EVENT, POD
from .objects import key_of
from .seed import NodeSize
from .store import DELETED, Change, Store
from .wiring import Wiring
from .world import World

_LOST_STEPS = 100_000
"""How far versions jump after an unclean end: further than steps that never reached the disk could have gone."""


class Cluster:
    """A whole cluster on a clock of its own, in seconds since 1970.

    ``api`` has the verbs; ``advance`` lets time pass; ``next_event_at`` tells when something will happen next.
    """

    def __init__(
        self,
        *,
        name: str = "simulated",
        now: float = 0.0,
        nodes: int = 3,
        node_size: NodeSize | None = None,
        window: int = 1500,
        state: dict[str, Any] | None = None,
    ) -> None:
        self.world = World(name=name, now=now, window=window)
        self.api = Api(self.world)
        self._wiring = Wiring(self.world)
        if state is not None:
            self._load(state)
        else:
            seed.plant(self.world, nodes=nodes, size=node_size or NodeSize())
        bootstrap.plant(self.world)
        seed.plant_priorities(self.world)

    @property
    def now(self) -> float:
        return self.world.now

    @property
    def store(self) -> Store:
        return self.world.store

    def next_event_at(self) -> float | None:
        """When the next thing is due; None when nothing will happen until somebody writes."""
        return self.world.agenda.next_at()

    def touch(self, now: float) -> None:
        """Let the clock show ``now`` without doing what is due; for a write that must not wait for a backlog."""
        self.world.now = max(self.world.now, now)

    def advance(self, to: float, *, limit: int | None = None) -> int:
        """Let time pass until ``to`` and do all that is due, or the first ``limit`` things; returns how many."""
        agenda, done = self.world.agenda, 0
        while limit is None or done < limit:
            due = agenda.next_at()
            if due is None or due > to:
                self.touch(to)
                break
            _, controller, key = agenda.pop()
            self.touch(due)
            self._wiring.controllers[controller](self.world, key)
            done += 1
        return done

    def settle(self, *, within: float) -> float:
        """Advance to each event in turn until none is due within ``within`` seconds of now; returns the time."""
        end = self.now + within
        while (due := self.next_event_at()) is not None and due <= end:
            self.advance(due)
        return self.now

    def dump(self, *, clean: bool) -> dict[str, Any]:
        """Everything, as JSON data; ``clean`` when nothing will happen between this and the end."""
        world = self.world
        return {
            "format": 1,
            "name": world.name,
            "clean": clean,
            "now": world.now,
            "version": world.store.version,
            "counter": world.counter,
            "objects": world.store.dump(),
            "agenda": world.agenda.dump(),
            "runtime": world.runtime,
            "images": world.images,
            "journal": self.api.journal.dump(),
        }

    def step(self, change: Change) -> dict[str, Any]:
        """One change with all that `dump` would tell newly of it, as JSON data."""
        world, uid = self.world, change.obj["metadata"]["uid"]
        return {
            "type": change.type,
            "object": change.obj,
            "now": world.now,
            "counter": world.counter,
            "memory": world.runtime.get(uid),
        }

    def _again(self, step: dict[str, Any]) -> None:
        """Take a step once more; who has to hear of it does. One that the state holds already is left out."""
        world, obj = self.world, step["object"]
        kind = BY_NAME[(obj["apiVersion"], obj["kind"])]
        if int(obj["metadata"]["resourceVersion"]) <= world.store.version:
            return
        self.touch(step["now"])
        world.counter = step["counter"]
        world.store.take(kind, obj, gone=step["type"] == DELETED)
        if step["memory"] is not None:
            world.runtime[obj["metadata"]["uid"]] = step["memory"]
        elif kind == POD:
            world.runtime.pop(obj["metadata"]["uid"], None)
        if kind == POD:  # a node is told of no change that it made itself
            world.soon("kubelet", key_of(obj))

    def _load(self, state: dict[str, Any]) -> None:
        world = self.world
        world.now = max(world.now, state["now"])
        world.counter = state["counter"]
        world.store.load(state["objects"], version=state["version"])
        world.agenda.load(state["agenda"])
        world.runtime = state["runtime"]
        world.images = state["images"]
        self.api.journal.load(state["journal"])
        for step in state.get("steps", ()):
            self._again(step)
        if not state["clean"]:
            world.counter += _LOST_STEPS
            world.store.version += _LOST_STEPS
        world.store.compact()
        events = sorted(world.store.each(EVENT), key=lambda row: int(row["metadata"]["resourceVersion"]))
        world.event_keys.extend((row["metadata"]["namespace"], row["metadata"]["name"]) for row in events)
        self._wiring.scheduler.rebuild()
