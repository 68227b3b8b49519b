"""What reaches out when a worker dies after it and before its answer is written: one job, and one call by its key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.outbox.models import OutboxRow
from portal.outbox.running import drain
from releases import engine
from releases.effect_runner import EffectRunner
from releases.effects import CallHttp, CollectJob, RunJob
from releases.gateway import open_gateway
from releases.models import StepRun
from tenants.clusters import OBSERVER
from tests.releases.live import LIMIT_SECONDS, Live, Simulator, wait_for
from tests.releases.servers import outside

pytestmark = pytest.mark.django_db(transaction=True)
JOB = {"kind": "job", "name": "migrate", "process": "web", "command": """echo '{"version": "7"}'"""}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    simulator = Simulator("north", tmp_path)
    live = Live([simulator])
    drain(seconds=LIMIT_SECONDS)  # the namespace and the accounts are made ready
    yield live
    simulator.stop()


def comes_to(kind: type[Any]) -> OutboxRow:
    """Carry out what waits, up to the first effect of this kind."""
    while True:
        row = OutboxRow.objects.filter(kind=engine.EFFECT, state="pending").order_by("id")[0]
        if row.payload["effect"]["effect"] == kind.__name__:
            return row
        assert drain(seconds=0) == 1


def pods(live: Live) -> list[dict[str, Any]]:
    with open_gateway(live.clusters["north"].pk, role=OBSERVER, tenant=live.tenant) as gateway:
        found: list[dict[str, Any]] = gateway.list_app(str(live.app.pk))["pods"]
    return found


def test_a_job_whose_answer_is_lost_is_begun_once_and_told_twice(live: Live) -> None:
    live.on_app("release.hooks", before=[JOB])
    number = live.deploy()
    row = comes_to(RunJob)
    told = [EffectRunner().run(row.payload) for _time in range(3)]
    assert len({answer["uid"] for one in told for answer in one["output"]["objects"].values()}) == 1
    assert drain(seconds=0) == 1
    wait_for(lambda: [one for one in pods(live) if one["status"]["phase"] == "Succeeded"], what=lambda: "it runs on")
    assert len(pods(live)) == 1

    run = StepRun.objects.get(release__number=number, state="watching")
    collect = row.payload | {"key": 1, "effect": {"effect": CollectJob.__name__, "run": row.payload["effect"]["run"]}}
    run.state, run.pending = "acting", [1]
    run.save()
    first, second = (EffectRunner().run(collect) for _time in range(2))
    assert first == second
    assert first["output"]["output"] == {"version": "7"}


def test_a_call_whose_answer_is_lost_is_made_again_under_the_same_key(live: Live) -> None:
    with outside(lambda _asked: (200, {"done": True})) as server:
        live.on_app("release.hooks", before=[{"kind": "http-call", "name": "tell", "url": server.url, "body": "x"}])
        live.deploy()
        row = comes_to(CallHttp)
        EffectRunner().run(row.payload)  # and then this worker dies
        assert drain(seconds=0) == 1
        assert [one.body for one in server.asked] == ["x", "x"]
        assert len({one.headers["idempotency-key"] for one in server.asked}) == 1


def test_what_nobody_waits_for_any_more_is_not_called(live: Live) -> None:
    with outside(lambda _asked: (200, {})) as server:
        live.on_app("release.hooks", before=[{"kind": "http-call", "name": "tell", "url": server.url}])
        number = live.deploy()
        row = comes_to(CallHttp)
        StepRun.objects.filter(release__number=number).update(state="stopped")
        assert EffectRunner().run(row.payload) == {"output": {"skipped": True}}
        assert server.asked == []
