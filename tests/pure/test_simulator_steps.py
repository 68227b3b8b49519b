"""A simulated cluster from its last whole state and the steps since: what somebody was told is so."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from releases.simulator.core.api import Write
from releases.simulator.core.cluster import Cluster
from releases.simulator.core.kinds import CONFIG_MAP, DEPLOYMENT, EVENT, POD, Kind
from releases.simulator.core.store import Change
from tests.cluster.manifests import config_map, deployment

START = 1_700_000_000.0


class Kept:
    """A cluster with its whole state as it began, and every step since, as JSON."""

    def __init__(self) -> None:
        self.cluster = Cluster(name="north", now=START)
        self.whole, self.steps = json.dumps(self.cluster.dump(clean=False)), list[str]()
        self.cluster.store.listeners.append(self._heard)

    def _heard(self, _kind: Kind, change: Change) -> None:
        self.steps.append(json.dumps(self.cluster.step(change)))

    def again(self) -> Cluster:
        steps = [json.loads(step) for step in self.steps]
        return Cluster(name="north", now=START, state=json.loads(self.whole) | {"steps": steps})


def _objects(cluster: Cluster) -> list[Any]:
    return sorted(cluster.store.dump(), key=lambda obj: obj["metadata"]["uid"])


@pytest.fixture
def kept() -> Kept:
    kept = Kept()
    kept.cluster.api.create(DEPLOYMENT, "default", deployment(image="nginx:1"), write=Write(manager="t"))
    return kept


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.7, 1.5, 3.0, 30.0])
def test_every_object_is_there_as_it_was_last(kept: Kept, seconds: float) -> None:
    kept.cluster.advance(kept.cluster.now + seconds)

    assert _objects(kept.again()) == _objects(kept.cluster)


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.7, 1.5, 3.0])
def test_what_was_under_way_goes_on_to_the_same_end(kept: Kept, seconds: float) -> None:
    kept.cluster.advance(kept.cluster.now + seconds)
    again = kept.again()
    again.advance(START + 60.0)

    assert again.store.need(DEPLOYMENT, "default", "web")["status"]["readyReplicas"] == 2
    assert {pod["status"]["phase"] for pod in again.store.each(POD, namespace="default")} == {"Running"}


def test_no_instance_that_was_ready_is_less_afterwards(kept: Kept) -> None:
    kept.cluster.advance(kept.cluster.now + 30.0)
    again, before = kept.again(), list(kept.cluster.store.each(POD))
    again.advance(START + 40.0)

    assert [pod["status"] for pod in again.store.each(POD)] == [pod["status"] for pod in before]


def test_what_was_taken_out_stays_away(kept: Kept) -> None:
    kept.cluster.api.create(CONFIG_MAP, "default", config_map("gone"), write=Write(manager="t"))
    kept.cluster.api.delete(CONFIG_MAP, "default", "gone", write=Write(manager="t"))

    assert kept.again().store.get(CONFIG_MAP, "default", "gone") is None


def test_steps_that_the_whole_state_holds_already_are_not_taken_twice(kept: Kept) -> None:
    kept.cluster.advance(kept.cluster.now + 2.0)
    before, kept.whole = _objects(kept.cluster), json.dumps(kept.cluster.dump(clean=False))

    assert _objects(kept.again()) == before


@pytest.mark.parametrize("number", ["version", "counter"])
def test_no_version_and_no_uid_comes_twice(kept: Kept, number: str) -> None:
    kept.cluster.advance(kept.cluster.now + 2.0)
    numbers: dict[str, Callable[[Cluster], int]] = {
        "version": lambda cluster: cluster.store.version,
        "counter": lambda cluster: cluster.world.counter,
    }

    assert numbers[number](kept.again()) > numbers[number](kept.cluster)


def test_events_go_on_to_make_room_for_newer_ones(kept: Kept) -> None:
    kept.cluster.advance(kept.cluster.now + 30.0)
    again = kept.again()

    assert len(again.world.event_keys) == len(list(again.store.each(EVENT))) > 0
