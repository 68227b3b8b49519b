"""Makes the histories in `golden`: releases of the whole engine on simulated clusters, one after another.

`python -m pytest tests/histories/make_golden.py`, and commit what is wanted of it: what was kept before is the proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import RELEASE
from portal.operations.performing import perform
from releases.loading import snapshot_of
from releases.models import StepRun, TimelineEvent
from tests.histories import stored
from tests.releases.live import Live, on_two_clusters, wait_for
from tests.releases.servers import Outside, outside

pytestmark = pytest.mark.django_db(transaction=True)
BATCH = {"kind": "batch", "name": "one", "replicas": "1"}
PAUSE = {"kind": "pause", "name": "look"}


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with on_two_clusters(tmp_path) as live:
        yield live


@pytest.fixture
def server() -> Iterator[Outside]:
    with outside(lambda _asked: (200, {})) as running:
        yield running


def keep(live: Live, number: int, name: str, state: str) -> None:
    """Wait until a release has ended so, and write down how it came to that."""
    release = live.until(number, "succeeded", "failed", "rolled_back", "superseded")
    assert release.state == state, f"{name} is {release.state}: {release.why}"
    rows = TimelineEvent.objects.filter(release=release).values("seq", "at", "cause", "actor_name", "change")
    stored.write(name, snapshot_of(release), [{**row, "at": row["at"].isoformat()} for row in rows])


def waits(live: Live, number: int, *codes: str) -> None:
    runs = StepRun.objects.filter(release__number=number, state="watching", reason__code__in=codes)
    wait_for(runs.exists, what=lambda: f"release {number} is {live.release(number).state}, {live.release(number).why}")


def test_make_them(live: Live, server: Outside) -> None:
    images = iter(f"registry.example.com/shop:{number}" for number in range(2, 99))

    def next_one(**strategy: Any) -> int:
        live.on_app("release.strategy", **strategy)
        return live.deploy(next(images))

    live.until(live.deploy(), "succeeded")
    live.on_app("release.waves", across="together")
    keep(live, next_one(kind="rolling"), "rolling", "succeeded")
    keep(live, next_one(kind="recreate"), "recreate", "succeeded")
    keep(live, next_one(kind="batches", batch="50%", batch_pause=1), "batches", "succeeded")
    keep(live, next_one(kind="blue-green", keep=1), "blue-green", "succeeded")

    number = next_one(kind="canary", steps=[BATCH, {"kind": "approval", "name": "ok"}])
    waits(live, number, "waits_for_approval")
    perform("release.approve", actor=live.alice, ref=Ref(RELEASE, "boutique", "shop", number), data={})
    keep(live, number, "canary-approved", "succeeded")

    for name, after, state in (("aborted", "roll_back", "rolled_back"), ("held", "hold", "failed")):
        number = next_one(kind="canary", steps=[BATCH, PAUSE])
        waits(live, number, "waits_for_person")
        live.on_release("release.abort", number, after=after)
        keep(live, number, name, state)

    number = next_one(kind="canary", steps=[BATCH, PAUSE])
    for cluster in ("north", "south"):
        runs = StepRun.objects.filter(release__number=number, cluster_id=live.clusters[cluster].pk)
        wait_for(
            runs.filter(reason__code="waits_for_person", state="watching").exists, what=lambda: "it waits for nobody"
        )
        live.on_release("release.skip", number, cluster=cluster)
    keep(live, number, "skipped", "succeeded")

    server.reply = lambda _asked: (200, {}) if len(server.asked) > 2 else (409, {})
    call = {"kind": "http-call", "name": "tell", "url": server.url, "retries": 2, "backoff": 1}
    keep(live, next_one(kind="canary", steps=[call, BATCH]), "retried", "succeeded")

    server.reply = lambda _asked: (500, {})
    check = {"kind": "http-check", "name": "answers", "url": server.url, "lasts": 5, "period": 1}
    keep(live, next_one(kind="canary", steps=[BATCH, check]), "check-failed", "failed")
    keep(live, int(live.on_app("release.rollback").result["release"]), "rollback", "succeeded")

    live.on_app("release.auto_rollback", on=True)
    live.on_app("release.strategy", kind="rolling", steps=[])
    keep(live, live.deploy("registry.example.com/shop:crash"), "rolled-back-by-itself", "rolled_back")
    keep(live, int(live.on_app("app.stop").result["release"]), "stopped", "succeeded")
    keep(live, int(live.on_app("app.start").result["release"]), "started", "succeeded")
