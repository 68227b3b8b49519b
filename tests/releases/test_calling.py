"""Steps that call servers outside and wait for what these say, with everything at work and real sockets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from portal.access import Ref
from portal.access.ref import CLUSTER
from portal.errors import Refused
from portal.operations.performing import perform
from portal.outbox.models import OutboxRow
from releases.models import StepRun, TimelineEvent
from tenants.models import User
from tests import cast
from tests.releases.live import Live, on_two_clusters
from tests.releases.servers import Asked, Outside, Reply, outside

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "registry.example.com/shop:2"
BATCH = {"kind": "batch", "name": "all", "replicas": "100%"}
SECRET = "s3cr3t-token"


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with on_two_clusters(tmp_path) as live:
        yield live


@pytest.fixture
def server() -> Iterator[Outside]:
    with outside(lambda _asked: (200, {"version": "7"})) as running:
        yield running


def plan(live: Live, *steps: dict[str, Any], across: str = "one-after-another") -> int:
    """Deploy the first image as it comes, then the next by these steps."""
    live.until(live.deploy(), "succeeded")
    live.on_app("release.waves", across=across)
    live.on_app("release.strategy", kind="canary", steps=[*steps, BATCH])
    return live.deploy(NEW)


def runs(live: Live, number: int, kind: str) -> list[StepRun]:
    steps = live.release(number).steps.filter(kind=kind).values("number")
    return list(StepRun.objects.filter(release__number=number, release__app=live.app, step__in=steps))


def test_a_call_tells_who_calls_and_gives_its_answer_to_later_steps(live: Live, server: Outside) -> None:
    live.on_app("secret.set", name="CI_TOKEN", value=f"Bearer {SECRET}")
    server.reply = lambda asked: (200, {"version": "7", "echo": asked.headers.get("authorization"), "is": asked.body})
    first = {
        "kind": "http-call",
        "name": "ask",
        "url": f"{server.url}/ask",
        "secret_headers": "Authorization: CI_TOKEN@1",
    }
    then = {
        "kind": "http-call",
        "name": "report",
        "url": f"{server.url}/done",
        "body": '{"it is": "{VERSION}"}',
        "inputs": "VERSION = steps.ask.output.version + '\"'",
        "condition": 'steps.ask.output.version == "7"',
        "once": True,
    }
    number = plan(live, first, then)
    live.until(number, "succeeded")
    asked = [one for one in server.asked if one.path == "/ask"]
    told = [one for one in server.asked if one.path == "/done"]
    assert [one.headers["authorization"] for one in asked] == [f"Bearer {SECRET}"] * 2
    assert len({one.headers["idempotency-key"] for one in server.asked}) == 3
    assert [json.loads(one.body) for one in told] == [{"it is": '7"'}]
    assert [run.output["output"]["version"] for run in runs(live, number, "http_call")] == ["7"] * 4
    kept = [*TimelineEvent.objects.values_list("change", flat=True), *StepRun.objects.values_list("output", flat=True)]
    kept += OutboxRow.objects.values_list("payload", flat=True)
    assert SECRET not in json.dumps(kept, default=str)


def test_a_server_that_is_busy_is_asked_again_with_the_same_key(live: Live, server: Outside) -> None:
    server.reply = lambda _asked: (503, {}) if len(server.asked) < 3 else (200, {"done": True})
    number = plan(live, {"kind": "http-call", "name": "report", "url": server.url, "once": True})
    live.until(number, "succeeded")
    assert len({one.headers["idempotency-key"] for one in server.asked}) == 1
    assert len(server.asked) == 3


def test_a_server_that_says_no_fails_the_step_and_another_attempt_has_another_key(live: Live, server: Outside) -> None:
    server.reply = lambda _asked: (409, {"error": "not today"})
    call = {"kind": "http-call", "name": "report", "url": server.url, "retries": 1, "backoff": 1}
    number = plan(live, call)
    release = live.until(number, "failed")
    assert "409" in release.why and "not today" in release.why
    assert len({one.headers["idempotency-key"] for one in server.asked}) == len(server.asked) == 2


def test_after_a_failure_the_steps_for_that_are_taken_before_it_goes_back(live: Live, server: Outside) -> None:
    server.reply = lambda asked: (500, {}) if asked.path == "/first" else (200, {})
    live.on_app("release.auto_rollback", on=True)
    sad = {"kind": "http-call", "name": "sad", "url": f"{server.url}/sad", "when": "on-failure"}
    number = plan(live, {"kind": "http-call", "name": "first", "url": f"{server.url}/first"}, sad)
    live.until(number, "rolled_back")
    assert [one.path for one in server.asked] == ["/first", "/sad"]


def test_a_redirect_is_not_followed(live: Live, server: Outside) -> None:
    server.reply = lambda _asked: (302, {})
    release = live.until(plan(live, {"kind": "http-call", "name": "report", "url": server.url}), "failed")
    assert "302" in release.why


@pytest.mark.parametrize("url", ["http://example.com/x", "https://169.254.169.254/latest", "https://10.0.0.1/"])
def test_no_release_begins_that_would_call_into_the_platform(live: Live, url: str) -> None:
    live.on_app("release.strategy", kind="canary", steps=[{"kind": "http-call", "name": "report", "url": url}, BATCH])
    with pytest.raises(Refused, match="may not be called"):
        live.deploy()


def test_a_check_asks_until_its_time_is_over(live: Live, server: Outside) -> None:
    number = plan(live, {"kind": "http-check", "name": "answers", "url": server.url, "lasts": 3, "period": 1})
    live.until(number, "succeeded")
    assert {one.method for one in server.asked} == {"GET"}
    for run in runs(live, number, "http_check"):
        assert run.output["output"]["failures"] == 0
        assert 2 <= run.output["output"]["asked"] <= 4


def test_a_check_that_fails_too_often_takes_the_release_back(live: Live, server: Outside) -> None:
    server.reply = lambda _asked: (500, {"error": "boom"})
    live.on_app("release.auto_rollback", on=True)
    check = {"kind": "http-check", "name": "answers", "url": server.url, "lasts": 60, "period": 1, "failures": 1}
    number = plan(live, {**BATCH, "name": "half", "replicas": "50%"}, check)
    release = live.until(number, "rolled_back")
    assert len(server.asked) == 2
    assert "boom" in release.why


def test_a_check_of_a_server_that_is_not_there_fails(live: Live, server: Outside) -> None:
    check = {"kind": "http-check", "name": "answers", "url": "http://127.0.0.1:9/", "lasts": 60}
    release = live.until(plan(live, check), "failed")
    assert "did not answer" in release.why


def prometheus_says(*values: str) -> Callable[[Asked], Reply]:
    """As Prometheus answers an instant query: with one series and these values in turn; "" is no series."""
    left = list(values)

    def reply(_asked: Asked) -> Reply:
        value = left.pop(0) if len(left) > 1 else left[0]
        result = [{"metric": {"app": "shop"}, "value": [1_700_000_000.123, value]}] if value else []
        return 200, {"status": "success", "data": {"resultType": "vector", "result": result}}

    return reply


QUERY = 'sum(e{app="shop"})'
METRIC = {
    "kind": "metric-check",
    "name": "errors",
    "query": QUERY,
    "most": 0.5,
    "samples": 2,
    "period": 1,
}


def watched_by(live: Live, server: Outside) -> None:
    people = cast.actor(User.objects.get(username="olga"))
    for name in live.clusters:
        perform("cluster.prometheus", actor=people, ref=Ref(CLUSTER, cluster=name), data={"address": server.url})


def test_a_metric_check_asks_the_prometheus_of_each_cluster(live: Live, server: Outside) -> None:
    server.reply = prometheus_says("0.25")
    watched_by(live, server)
    number = plan(live, METRIC)
    live.until(number, "succeeded")
    assert [(one.method, one.path) for one in server.asked] == [("POST", "/api/v1/query")] * 4
    assert parse_qs(server.asked[0].body)["query"] == [QUERY]
    assert [run.output["output"]["value"] for run in runs(live, number, "metric_check")] == [0.25, 0.25]


def test_a_value_that_is_too_high_takes_the_release_back(live: Live, server: Outside) -> None:
    server.reply = prometheus_says("0.25", "0.75")
    watched_by(live, server)
    live.on_app("release.auto_rollback", on=True)
    release = live.until(plan(live, METRIC), "rolled_back")
    assert "≤ 0.5" in release.why and "0.75" in release.why


def test_a_query_that_prometheus_refuses_fails_in_its_words(live: Live, server: Outside) -> None:
    server.reply = lambda _asked: (400, {"status": "error", "errorType": "bad_data", "error": "parse error: no such"})
    watched_by(live, server)
    assert "parse error" in live.until(plan(live, METRIC), "failed").why


def test_a_cluster_without_a_prometheus_fails_a_metric_check(live: Live) -> None:
    assert "No Prometheus" in live.until(plan(live, METRIC), "failed").why
