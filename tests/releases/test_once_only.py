"""Whatever is repeated or races: one active release per app, and each object changed once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from portal.errors import Conflict
from portal.outbox.models import OutboxRow
from portal.outbox.running import drain
from releases import carrying, engine
from releases.effect_runner import EffectRunner
from releases.effects import Apply
from releases.gateway import open_gateway
from releases.gateway.client import Client
from releases.models import Release, StepRun, Sweep, Target
from releases.sweep import LOOK_AGAIN
from tenants.clusters import DEPLOYER, OBSERVER
from tests.releases.live import LIMIT_SECONDS, Live, Simulator
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    simulator = Simulator("north", tmp_path)
    live = Live([simulator])
    drain(seconds=LIMIT_SECONDS)  # the namespace and the accounts are made ready
    yield live
    simulator.stop()


def versions(live: Live) -> dict[str, Any]:
    """How often what a release writes was changed. A Deployment's own controller writes to it too, but not its spec."""
    counted = {"Deployment": "generation", "Service": "resourceVersion", "ServiceAccount": "resourceVersion"}
    with open_gateway(live.clusters["north"].pk, role=OBSERVER, tenant=live.tenant) as gateway:
        found = {kind: gateway.find(kind, "shop--web") for kind in counted}
    there = {kind: one for kind, one in found.items() if one and "deletionTimestamp" not in one["metadata"]}
    return {kind: one["metadata"][counted[kind]] for kind, one in there.items()}


def test_of_many_starts_at_once_exactly_one_begins() -> None:
    stage = Stage()
    outcomes: list[str] = []
    barrier = threading.Barrier(5)

    def start() -> None:
        try:
            barrier.wait()
            stage.on_app("release.start")
            outcomes.append("started")
        except Conflict as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=start) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["release_active"] * 4 + ["started"]
    assert Release.objects.count() == 1


def test_a_worker_that_dies_after_the_effect_leaves_it_done_once(live: Live) -> None:
    live.deploy()
    for _ in range(3):
        row = OutboxRow.objects.filter(kind=engine.EFFECT, state="pending").get()
        EffectRunner().run(row.payload)  # and then this worker dies
        before = versions(live)
        assert drain(seconds=0) == 1
        assert versions(live) == before
    assert StepRun.objects.filter(state="watching", step=4).exists()


def test_an_effect_nobody_wants_any_more_is_not_carried_out(live: Live) -> None:
    number = live.deploy()
    row = OutboxRow.objects.get(kind=engine.EFFECT, state="pending")
    live.on_release("release.abort", number, after="hold")
    assert EffectRunner().run(row.payload) == {"output": {"skipped": True}}
    assert versions(live) == {}
    drain(seconds=LIMIT_SECONDS)
    assert live.release(number).state == "failed"


def test_what_a_forgotten_worker_makes_after_the_app_was_deleted_goes_again(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.deploy()
    forgotten = OutboxRow.objects.get(kind=engine.EFFECT, state="pending")
    before_it_sends(monkeypatch, "POST", "/services", lambda: deleted(live))
    assert "refusal" in EffectRunner().run(forgotten.payload)
    assert [release.state for release in Release.objects.order_by("number")] == ["superseded", "succeeded"]
    assert versions(live) == {}


def test_what_a_forgotten_worker_would_make_after_the_release_went_on_is_not_made(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.deploy()
    forgotten = OutboxRow.objects.get(kind=engine.EFFECT, state="pending")
    before_it_sends(monkeypatch, "GET", "/services/shop--web", lambda: made_and_removed(live))
    assert EffectRunner().run(forgotten.payload)["refusal"]["code"] == "fence_lost"
    assert "Service" not in versions(live)


def test_a_count_that_a_forgotten_worker_brings_after_the_release_went_on_is_not_set(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.deploy()
    drain(seconds=0)
    drain(seconds=0)
    late = OutboxRow.objects.get(kind=engine.EFFECT, state="pending").payload
    late["effect"]["workloads"][0]["replicas"] = 0
    before_it_sends(monkeypatch, "GET", "/shop--web", lambda: drain(seconds=0))
    assert EffectRunner().run(late)["refusal"]["code"] == "fence_lost"
    with open_gateway(live.clusters["north"].pk, role=OBSERVER, tenant=live.tenant) as gateway:
        assert (gateway.find("Deployment", "shop--web") or {})["spec"]["replicas"] == 4


def test_what_a_killed_worker_made_after_the_app_was_deleted_is_found_a_little_later(live: Live) -> None:
    live.deploy()
    target = Target.objects.get()
    deleted(live)
    late = Apply(objects=("ServiceAccount/shop--web",))
    carrying.carry_out(late, target, fence=1, newest=lambda: 1, outranked=lambda: False, overtaken=lambda: False)
    assert versions(live) != {}
    assert OutboxRow.objects.filter(kind=LOOK_AGAIN).update(not_before=timezone.now()) == 1
    drain(seconds=LIMIT_SECONDS)
    assert versions(live) == {}
    assert Sweep.objects.get().caught == 1


def deleted(live: Live) -> None:
    """The app is deleted, and everything that follows is done."""
    live.on_app("app.delete", actor=live.alice, confirm="shop")
    drain(seconds=LIMIT_SECONDS)


def made_and_removed(live: Live) -> None:
    """Another worker makes what the release asks for, and the Service goes again."""
    drain(seconds=0)
    with open_gateway(live.clusters["north"].pk, role=DEPLOYER, tenant=live.tenant) as gateway:
        service = gateway.find("Service", "shop--web") or {}
        assert gateway.delete("Service", "shop--web", uid=service["metadata"]["uid"])


def before_it_sends(monkeypatch: pytest.MonkeyPatch, verb: str, place: str, happens: Callable[[], object]) -> None:
    """Let something happen while the first request of this kind is on its way."""
    send = Client.json
    waiting = [happens]

    def json(self: Client, method: str, path: str, **options: Any) -> dict[str, Any]:
        if method == verb and path.endswith(place) and waiting:
            waiting.pop()()
        return send(self, method, path, **options)

    monkeypatch.setattr(Client, "json", json)
