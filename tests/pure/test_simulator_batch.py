"""The core on its own clock: what comes by the clock, what ends, and what keeps its data."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from releases.simulator.core import cron, kinds
from releases.simulator.core.api import MERGE_PATCH, Write
from releases.simulator.core.cluster import Cluster
from releases.simulator.core.controllers import job_indexes
from releases.simulator.core.errors import ApiError
from releases.simulator.core.kinds import Kind
from releases.simulator.core.objects import condition_of, timestamp

START = datetime(2026, 3, 2, 8, 0, 30, tzinfo=UTC).timestamp()
BERLIN = ZoneInfo("Europe/Berlin")


def _cluster() -> Cluster:
    cluster = Cluster(name="north", now=START)
    cluster.settle(within=1.0)
    return cluster


def _create(cluster: Cluster, kind: Kind, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    body = {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {"name": name}, "spec": spec}
    return cluster.api.create(kind, "default", body, write=Write("test"))


def _patch(cluster: Cluster, kind: Kind, name: str, spec: dict[str, Any]) -> None:
    cluster.api.patch(kind, "default", name, {"spec": spec}, type_=MERGE_PATCH, write=Write("test"))


def _job(image: str = "shop/once:1", **spec: Any) -> dict[str, Any]:
    pod = {"restartPolicy": "Never", "containers": [{"name": "job", "image": image}]}
    return {"backoffLimit": 0, "template": {"spec": pod}, **spec}


def _cron(image: str = "shop/once:1", schedule: str = "* * * * *", **spec: Any) -> dict[str, Any]:
    return {"schedule": schedule, "jobTemplate": {"spec": _job(image)}, **spec}


def _set(cluster: Cluster, name: str = "db", **spec: Any) -> None:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "db", "image": "shop/db:1"}]}}
    body = {"serviceName": name, "replicas": 2, "selector": {"matchLabels": labels}, "template": template, **spec}
    _create(cluster, kinds.STATEFUL_SET, name, body)


def _claim(size: str, **spec: Any) -> dict[str, Any]:
    return {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}, **spec}


def _names(cluster: Cluster, kind: Kind) -> list[str]:
    return sorted(row["metadata"]["name"] for row in cluster.store.each(kind, namespace="default"))


def _reasons(cluster: Cluster, name: str) -> list[str]:
    rows = cluster.store.each(kinds.EVENT, namespace="default")
    return [row["reason"] for row in rows if row["involvedObject"]["name"] == name]


@pytest.mark.parametrize(
    ("line", "after", "then"),
    [
        ("* * * * *", "2026-03-02T08:00", "2026-03-02T08:01"),
        ("30 6 * * 1-5", "2026-03-06T06:30", "2026-03-09T06:30"),
        ("0 0 1 jan ?", "2026-03-02T08:00", "2027-01-01T00:00"),
        ("0 12 13 * fri", "2026-03-02T08:00", "2026-03-06T12:00"),
        ("*/20 22-23 * * *", "2026-03-02T22:41", "2026-03-02T23:00"),
        ("0 0 29 2 *", "2026-03-02T08:00", "2028-02-29T00:00"),
        ("@weekly", "2026-03-02T08:00", "2026-03-08T00:00"),
        # The clocks leave out the hour from two to three on the last Sunday of March.
        ("30 2 29 3 *", "2026-03-02T08:00", "2027-03-29T02:30"),
    ],
)
def test_a_cron_line_names_the_next_time(line: str, after: str, then: str) -> None:
    start = datetime.fromisoformat(after).replace(tzinfo=BERLIN).timestamp()
    found = cron.parse(line).after(start, BERLIN)
    assert found is not None
    assert datetime.fromtimestamp(found, BERLIN).strftime("%Y-%m-%dT%H:%M") == then


def test_a_cron_line_may_name_no_time_at_all() -> None:
    assert cron.parse("0 0 31 2 *").after(START, UTC) is None


@pytest.mark.parametrize("line", ["* * * * *", "*/7 3 * * *", "@every 90s", "0 0 1 * *"])
def test_the_latest_time_is_the_one_that_stepping_finds(line: str) -> None:
    schedule, until = cron.parse(line), START + 40 * 3600.0
    moment, stepped = START, None
    while (following := schedule.after(moment, UTC)) is not None and following <= until:
        moment = stepped = following
    assert schedule.latest(START, until, UTC) == stepped


def test_each_minute_has_its_job_and_the_latest_are_kept() -> None:
    cluster = _cluster()
    _create(cluster, kinds.CRON_JOB, "tick", _cron(successfulJobsHistoryLimit=2))
    cluster.advance(START + 300.0)
    minute = int(START) // 60
    assert _names(cluster, kinds.JOB) == [f"tick-{minute + 4}", f"tick-{minute + 5}"]
    status = cluster.api.get(kinds.CRON_JOB, "default", "tick")["status"]
    assert status["lastScheduleTime"] == timestamp((minute + 5) * 60)
    assert "active" not in status


@pytest.mark.parametrize(("policy", "number"), [("Allow", 3), ("Forbid", 1), ("Replace", 1)])
def test_jobs_that_overlap_go_by_the_policy(policy: str, number: int) -> None:
    cluster = _cluster()
    _create(cluster, kinds.CRON_JOB, "tick", _cron("shop/once:stall", concurrencyPolicy=policy))
    cluster.advance(START + 180.0)
    jobs = _names(cluster, kinds.JOB)
    assert len(jobs) == len(_names(cluster, kinds.POD)) == number
    first = f"tick-{int(START) // 60 + 1}"
    assert (first in jobs) == (policy != "Replace")
    assert ("JobAlreadyActive" in _reasons(cluster, "tick")) == (policy == "Forbid")


def test_a_minute_has_one_job_however_often_its_time_comes() -> None:
    cluster = _cluster()
    body = _cron("shop/once:stall", schedule="@every 1s", concurrencyPolicy="Replace")
    _create(cluster, kinds.CRON_JOB, "tick", body)
    cluster.advance(START + 25.0)
    assert _names(cluster, kinds.JOB) == [f"tick-{int(START) // 60}"]
    assert "SuccessfulDelete" not in _reasons(cluster, "tick")


def test_of_the_times_a_suspended_one_has_missed_only_the_last_is_made_up_for() -> None:
    cluster = _cluster()
    _create(cluster, kinds.CRON_JOB, "tick", _cron(suspend=True))
    cluster.advance(START + 90 * 24 * 3600.0)
    assert not _names(cluster, kinds.JOB)
    _patch(cluster, kinds.CRON_JOB, "tick", {"suspend": False})
    cluster.advance(cluster.now + 10.0)
    assert _names(cluster, kinds.JOB) == [f"tick-{int(cluster.now) // 60}"]
    assert "TooManyMissedTimes" in _reasons(cluster, "tick")


def test_a_start_that_comes_too_late_is_left_out() -> None:
    cluster = _cluster()
    _create(cluster, kinds.CRON_JOB, "tick", _cron(schedule="0 * * * *", suspend=True, startingDeadlineSeconds=20))
    cluster.advance(START + 2 * 3600.0)
    _patch(cluster, kinds.CRON_JOB, "tick", {"suspend": False})
    cluster.advance(cluster.now + 3600.0)
    assert len(_names(cluster, kinds.JOB)) == 1


def test_each_failure_doubles_the_wait_for_the_next_try() -> None:
    cluster = _cluster()
    _create(cluster, kinds.JOB, "once", _job("shop/once:crash", backoffLimit=3))
    cluster.advance(START + 600.0)
    made = sorted(row["metadata"]["creationTimestamp"] for row in cluster.store.each(kinds.POD, namespace="default"))
    times = [datetime.fromisoformat(text).timestamp() for text in made]
    waits = [round((later - sooner) / 10) * 10 for sooner, later in pairwise(times)]
    assert waits == [10, 20, 40]


@pytest.mark.parametrize("text", ["", "0", "0,1", "0-2", "1-3,5,6,9"])
def test_numbers_are_written_as_they_are_read(text: str) -> None:
    assert job_indexes.write(job_indexes.read(text)) == text


def test_a_deleted_pod_of_a_job_counts_as_failed_and_is_replaced() -> None:
    cluster = _cluster()
    _create(cluster, kinds.JOB, "once", _job("shop/once:stall", backoffLimit=2))
    cluster.advance(START + 5.0)
    gone = _names(cluster, kinds.POD)
    cluster.api.delete(kinds.POD, "default", gone[0])
    cluster.advance(START + 20.0)
    assert len(_names(cluster, kinds.POD)) == 1
    assert _names(cluster, kinds.POD) != gone
    assert cluster.api.get(kinds.JOB, "default", "once")["status"]["failed"] == 1


def test_a_namespace_with_all_of_them_becomes_empty() -> None:
    cluster = _cluster()
    _set(cluster, volumeClaimTemplates=[{"metadata": {"name": "data"}, "spec": _claim("1Gi")}])
    _create(cluster, kinds.CRON_JOB, "tick", _cron("shop/once:stall"))
    cluster.advance(START + 60.0)
    cluster.api.delete(kinds.NAMESPACE, "", "default")
    cluster.advance(START + 120.0)
    assert cluster.store.get(kinds.NAMESPACE, "", "default") is None


def test_instances_with_volumes_start_when_their_claims_are_bound() -> None:
    cluster = _cluster()
    _set(cluster, volumeClaimTemplates=[{"metadata": {"name": "data"}, "spec": _claim("1Gi")}])
    cluster.advance(START + 30.0)
    assert cluster.api.get(kinds.STATEFUL_SET, "default", "db")["status"]["readyReplicas"] == 2
    claim = cluster.api.get(kinds.CLAIM, "default", "data-db-1")
    assert (claim["status"]["phase"], claim["status"]["capacity"]) == ("Bound", {"storage": "1Gi"})


def test_a_claim_that_wants_no_class_is_never_bound() -> None:
    cluster = _cluster()
    _create(cluster, kinds.CLAIM, "data", _claim("1Gi", storageClassName=""))
    cluster.advance(START + 30.0)
    assert cluster.api.get(kinds.CLAIM, "default", "data")["status"] == {"phase": "Pending"}


def test_a_bound_claim_grows_and_never_shrinks() -> None:
    cluster = _cluster()
    _create(cluster, kinds.CLAIM, "data", _claim("1Gi"))
    cluster.advance(START + 5.0)
    _patch(cluster, kinds.CLAIM, "data", {"resources": {"requests": {"storage": "2Gi"}}})
    cluster.advance(START + 10.0)
    assert cluster.api.get(kinds.CLAIM, "default", "data")["status"]["capacity"] == {"storage": "2Gi"}
    with pytest.raises(ApiError, match=r"field can not be less than status\.capacity"):
        _patch(cluster, kinds.CLAIM, "data", {"resources": {"requests": {"storage": "1Gi"}}})


def test_claims_count_towards_a_quota() -> None:
    cluster = _cluster()
    hard = {"requests.storage": "3Gi", "persistentvolumeclaims": "5"}
    _create(cluster, kinds.RESOURCE_QUOTA, "limits", {"hard": hard})
    _create(cluster, kinds.CLAIM, "data", _claim("2Gi"))
    with pytest.raises(ApiError, match=r"exceeded quota: limits, requested: requests\.storage=2Gi"):
        _create(cluster, kinds.CLAIM, "more", _claim("2Gi"))


def test_a_quota_holds_up_a_stateful_set_until_it_gives_way() -> None:
    cluster = _cluster()
    _create(cluster, kinds.RESOURCE_QUOTA, "limits", {"hard": {"pods": "1"}})
    _set(cluster)
    cluster.advance(START + 20.0)
    assert _names(cluster, kinds.POD) == ["db-0"]
    assert "FailedCreate" in _reasons(cluster, "db")
    _patch(cluster, kinds.RESOURCE_QUOTA, "limits", {"hard": {"pods": "2"}})
    cluster.advance(START + 120.0)
    assert _names(cluster, kinds.POD) == ["db-0", "db-1"]


def test_an_autoscaler_keeps_a_stateful_set_within_its_limits() -> None:
    cluster = _cluster()
    _set(cluster, replicas=1)
    target = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db"}
    _create(cluster, kinds.AUTOSCALER, "db", {"scaleTargetRef": target, "minReplicas": 3, "maxReplicas": 5})
    cluster.advance(START + 30.0)
    assert cluster.api.get(kinds.STATEFUL_SET, "default", "db")["status"]["readyReplicas"] == 3


def test_a_job_that_ran_while_nobody_watched_has_ended_all_the_same() -> None:
    """A cluster written to a file and read again goes on where it was."""
    cluster = _cluster()
    _create(cluster, kinds.JOB, "once", _job())
    cluster.advance(START + 0.5)
    again = Cluster(now=START, state=cluster.dump(clean=True))
    again.advance(START + 30.0)
    assert condition_of(again.api.get(kinds.JOB, "default", "once"), "Complete")
