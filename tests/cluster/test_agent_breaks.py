"""The agent through every kind of break: of a connection, of a cluster, of another agent."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection as database

from releases.agent import agent as agent_module
from releases.agent import health, leases, probing, session
from releases.agent.models import ClusterLease
from releases.gateway import Gateway
from tenants import clusters
from tenants.clusters import Credential
from tenants.models import Cluster
from tests.cluster.listening import Heard, in_thread, listening, until
from tests.cluster.outsider import connection_to, make_namespace
from tests.cluster.simulators import ROOT, Simulator
from tests.cluster.watched import World, ready, register

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(simulator: Simulator) -> Iterator[World]:
    with Gateway(connection_to(simulator), namespace=f"slipway-{uuid.uuid4().hex[:8]}") as gateway:
        make_namespace(connection_to(simulator), gateway.namespace)
        yield World(simulator, gateway, register(simulator))
        simulator.faults(down=False, watches_silent=False, status=0)


@pytest.fixture
def app_id() -> str:
    return str(uuid.uuid4())


# The same waits, shorter: each only where it is waited for, so that a busy machine does not make one of them end early.


@pytest.fixture
def soon_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LOST_AFTER_SECONDS", 1.0)


@pytest.fixture
def soon_opened_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "QUIET_SECONDS", 0.5)


@pytest.fixture
def soon_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_module, "ROUND_SECONDS", 0.3)
    monkeypatch.setattr(agent_module, "HOLD_SECONDS", 1.0)
    monkeypatch.setattr(leases, "_HOLD", timedelta(seconds=1))


async def test_a_cluster_that_is_away_is_told_as_lost_and_then_as_back(
    world: World, app_id: str, soon_lost: None
) -> None:
    heard = Heard()
    async with listening(heard):
        await until(lambda: heard.states)
        await in_thread(world.simulator.faults, down=True)
        await until(lambda: len(heard.states) == 2)
        await in_thread(world.simulator.faults, down=False)
        await world.deploy(app_id)
        await until(lambda: len(heard.states) == 3)
        await until(lambda: ready(heard.last(app_id)) == 2)
    assert [state for _id, state, _reason in heard.states] == ["back", "lost", "back"]
    assert heard.states[1][2] == "no connection"


async def test_a_short_break_is_nobodys_business(world: World, app_id: str) -> None:
    heard = Heard()
    async with listening(heard):
        await until(lambda: heard.states)
        await in_thread(world.simulator.faults, drop_watches=True)
        await world.deploy(app_id)
        await until(lambda: ready(heard.last(app_id)) == 2)
    assert [state for _id, state, _reason in heard.states] == ["back"]


async def test_history_that_the_cluster_has_forgotten_is_listed_anew(world: World, app_id: str) -> None:
    heard = Heard()
    async with listening(heard):
        await until(lambda: heard.states)
        await in_thread(world.simulator.faults, down=True)
        await in_thread(world.simulator.faults, down=False, forget=True)
        await world.deploy(app_id)
        await in_thread(world.simulator.faults, forget=True, drop_watches=True)
        await until(lambda: ready(heard.last(app_id)) == 2)
        await world.remove(app_id)
        await until(lambda: not heard.last(app_id)["pods"])


async def test_a_watch_that_says_nothing_any_more_is_opened_anew(
    world: World, app_id: str, soon_opened_anew: None
) -> None:
    heard = Heard()
    async with listening(heard):
        await until(lambda: heard.states)
        await in_thread(world.simulator.faults, watches_silent=True)
        await world.deploy(app_id)
        await asyncio.sleep(1)
        assert heard.of(app_id) == []
        await in_thread(world.simulator.faults, watches_silent=False)
        await until(lambda: ready(heard.last(app_id)) == 2)
    assert [state for _id, state, _reason in heard.states] == ["back"]


async def test_a_cluster_that_hangs_is_lost_long_before_its_watches_are_opened_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "LOST_AFTER_SECONDS", 2.0)
    monkeypatch.setattr(probing, "SILENT_SECONDS", 0.5)
    monkeypatch.setattr(session, "PROBE_SECONDS", 2.0)  # much longer than a busy machine takes to answer
    heard = Heard()
    async with listening(heard):
        await until(lambda: heard.states)
        world.simulator.process.send_signal(signal.SIGSTOP)
        try:
            await until(lambda: len(heard.states) == 2, seconds=session.QUIET_SECONDS - 5)
        finally:
            world.simulator.process.send_signal(signal.SIGCONT)
        await until(lambda: len(heard.states) == 3)
    assert [state for _id, state, _reason in heard.states] == ["back", "lost", "back"]
    assert heard.states[1][2] == "it took too long"


async def test_a_cluster_that_has_nothing_to_say_is_not_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LOST_AFTER_SECONDS", 0.3)
    monkeypatch.setattr(probing, "SILENT_SECONDS", 0.2)
    heard = Heard()
    async with listening(heard):
        await until(lambda: heard.states)
        await in_thread(world.simulator.faults, watches_silent=True)
        await asyncio.sleep(2)
        await in_thread(world.simulator.faults, watches_silent=False)
    assert [state for _id, state, _reason in heard.states] == ["back"]


NOT_LET_IN = "It does not accept the credentials of Slipway's account there."


@pytest.mark.parametrize(
    ("status", "state", "words"), [(500, "away", "it answers 500"), (401, "blind", NOT_LET_IN)], ids=["500", "401"]
)
async def test_a_cluster_that_refuses_is_lost_with_its_answer_as_the_reason(
    world: World, soon_lost: None, status: int, state: str, words: str
) -> None:
    heard = Heard()
    world.simulator.faults(status=status)
    async with listening(heard):
        await until(lambda: heard.states)
    assert heard.states[0][:2] == (world.id, "lost") and words in heard.states[0][2]
    kept = await in_thread(Cluster.objects.get, pk=world.cluster.pk)
    assert kept.state == state and words in kept.state_reason


async def test_one_dead_cluster_costs_the_others_nothing(world: World, app_id: str, soon_lost: None) -> None:
    await in_thread(_dead_cluster)
    heard = Heard()
    async with listening(heard):
        await until(lambda: (world.id, "back", "") in heard.states)
        await world.deploy(app_id)
        await until(lambda: ready(heard.last(app_id)) == 2)
        await until(lambda: any(state == "lost" for _id, state, _reason in heard.states))


def _dead_cluster() -> None:
    credential = Credential(token="t")
    clusters.register("dead", title="Dead", server="http://127.0.0.1:1", credentials={clusters.OBSERVER: credential})


async def test_a_cluster_without_a_credential_is_lost_with_a_sentence(world: World) -> None:
    await in_thread(Cluster.objects.filter(pk=world.cluster.pk).update, credentials={})
    heard = Heard()
    async with listening(heard):
        await until(lambda: heard.states)
    assert "no credential for the role provisioner" in heard.states[0][2]


# Several agents, and clusters that come and change


async def test_a_new_cluster_is_heard_of_without_waiting_for_a_round(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_module, "ROUND_SECONDS", 60.0)
    heard = Heard()
    async with listening(heard):
        await asyncio.sleep(0.5)
        cluster = await in_thread(register, simulator)
        await until(lambda: heard.states, seconds=agent_module.ROUND_SECONDS / 2)
    assert heard.states == [(str(cluster.pk), "back", "")]


async def test_changed_credentials_are_taken_up(simulator: Simulator, soon_lost: None) -> None:
    cluster = await in_thread(register, simulator, token="wrong")
    heard = Heard()
    async with listening(heard):
        await until(lambda: heard.states)
        assert heard.states[0][1] == "lost" and NOT_LET_IN in heard.states[0][2]
        await in_thread(register, simulator)
        await until(lambda: heard.states[-1] == (str(cluster.pk), "back", ""))


async def test_a_cluster_is_watched_by_one_agent_and_by_the_next_when_that_ends(world: World, app_id: str) -> None:
    first, second = Heard(), Heard()
    async with listening(second, holder="second"):
        async with listening(first, holder="first"):
            await until(lambda: first.states or second.states)
            await asyncio.sleep(0.5)
            assert bool(first.states) != bool(second.states)
        await until(lambda: second.states)
        await world.deploy(app_id)
        await until(lambda: ready(second.last(app_id)) == 2)


async def test_when_an_agent_dies_another_takes_over_with_a_higher_number(
    world: World, app_id: str, soon_taken_over: None
) -> None:
    await in_thread(leases.renew, "one that is killed")
    heard = Heard()
    async with listening(heard):
        await until(lambda: heard.states)
        await world.deploy(app_id)
        await until(lambda: heard.of(app_id))
    assert {snapshot["fencing"] for snapshot in heard.of(app_id)} == {2}


def test_the_process_ends_in_order_when_told_to(world: World) -> None:
    parts = urlsplit(os.environ["DATABASE_URL"])
    url = urlunsplit(parts._replace(path=f"/{database.settings_dict['NAME']}"))
    program = [sys.executable, "manage.py", "agent"]
    environment = {**os.environ, "DATABASE_URL": url}
    running = subprocess.Popen(program, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdout is not None
        assert "is watching" in running.stdout.readline()
        tick = threading.Event()
        while not ClusterLease.objects.exists():
            assert not tick.wait(0.05) and running.poll() is None
        running.send_signal(signal.SIGTERM)
        assert running.wait(60) == 0
    finally:
        running.kill()
        running.wait()
    assert leases.renew("the next one")[0].cluster_id == world.cluster.pk
