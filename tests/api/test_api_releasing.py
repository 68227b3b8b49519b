"""What the API lists of strategies and freezes, and of what the steps of a release gave."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from portal.access import Ref
from portal.operations.performing import perform
from releases.models import Release, Step, StepRun
from tests import cast
from tests.api.caller import APP, ROOT, Caller
from tests.operations.stage import Shop

STEPS = [{"kind": "batch", "name": "first", "replicas": "1"}]


def froze(who: Any, operation: str, ref: Ref, **data: Any) -> None:
    now = timezone.now()
    span = {key: f"{now + timedelta(days=days):%Y-%m-%dT%H:%M}" for key, days in (("begins", 1), ("ends", 2))}
    given = {"reason": "The books are closed", **span, **data}
    perform(operation, actor=cast.actor(who), ref=ref, data=given)


def test_every_version_of_a_saved_strategy_is_listed(shop: Shop) -> None:
    for title in ("One", "One, then all"):
        data = {"name": "careful", "title": title, "kind": "canary", "steps": STEPS}
        perform("strategy.save", actor=cast.actor(shop.people.alice), ref=Ref("tenant", "boutique"), data=data)
    rows = Caller(shop.people.bob, shop.people.boutique).get(f"{ROOT}/strategies/").json()
    assert [(row["name"], row["number"], row["title"], row["by"]) for row in rows] == [
        ("careful", 2, "One, then all", "alice"),
        ("careful", 1, "One", "alice"),
    ]
    assert rows[0]["strategy"]["steps"][0]["replicas"] == "1" and not rows[0]["retired"]


def test_a_tenant_sees_its_freezes_and_the_platforms_but_not_whom_else_these_are_for(shop: Shop) -> None:
    froze(shop.people.alice, "freeze.set", Ref("tenant", "boutique"), name="Own")
    froze(shop.people.olga, "platform.freeze", Ref("platform"), name="All", only=["boutique", "harbor"])
    froze(shop.people.olga, "platform.freeze", Ref("platform"), name="Others", only=["harbor"])
    rows = Caller(shop.people.bob, shop.people.boutique).get(f"{ROOT}/freezes/").json()
    assert [(row["whose"], row["name"], row["only"]) for row in rows] == [
        ("platform", "All", []),
        ("tenant", "Own", []),
    ]
    assert rows[0]["begins"] < rows[0]["ends"] and rows[1]["reason"] == "The books are closed"


def test_operators_see_the_calendar_over_all_tenants(shop: Shop) -> None:
    froze(shop.people.olga, "platform.freeze", Ref("platform"), name="Others", only=["harbor"])
    rows = Caller(shop.people.olga, None).get("/api/v1/platform/freezes/").json()
    assert [(row["name"], row["only"]) for row in rows] == [("Others", ["harbor"])]


def test_a_release_tells_what_its_steps_gave_and_wrote(shop: Shop) -> None:
    shop.do("release.start")
    release = Release.objects.get(app=shop.app)
    cluster = release.targets.get(position=0)
    Step.objects.create(release=release, number=99, kind="job", timeout=60, options={"name": "migrate"})
    times = {"started": timezone.now(), "deadline": timezone.now()}
    said = {"output": {"version": "7"}, "log": ["done"]}
    StepRun.objects.create(
        release=release, cluster_id=cluster.cluster_id, step=99, attempt=1, state="done", sent=1, output=said, **times
    )
    (row,) = Caller(shop.people.bob, shop.people.boutique).get(f"{APP}/releases/1").json()["outputs"]
    assert (row["cluster"], row["name"], row["kind"], row["state"]) == (cluster.cluster_name, "migrate", "job", "done")
    assert (row["output"], row["log"]) == ({"version": "7"}, ["done"])
