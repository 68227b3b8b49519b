"""A canary where routes give no shares: instances stand in for them, and plan, preview and page say so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps_mgmt.models import Revision
from portal.access import Ref
from portal.access.ref import APP
from portal.operations.performing import perform
from releases.gateway import open_gateway
from releases.models import StepRun, Target
from tenants.clusters import OBSERVER
from tenants.models import Cluster
from tests.releases.canary import HOST, NEW, PLAIN, ROUTED, Canary
from tests.releases.live import Live, Simulator, at_work, wait_for
from tests.web.reading import said_on

SOME = {"kind": "traffic", "name": "some", "traffic": 50}
LOOK = {"kind": "pause", "name": "look", "seconds": -1}
TOLD = "no Gateway API"
PAGE = "/t/boutique/apps/shop/releases/2/"


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    north = Simulator("north", tmp_path)
    with at_work():
        live = Live([north])
        wait_for(
            lambda: Cluster.objects.filter(capabilities__gateway_api="v1").exists(), what=lambda: "north is not known"
        )
        Cluster.objects.update(capabilities=PLAIN)
        yield live
    north.stop()


@pytest.mark.django_db(transaction=True)
def test_as_many_instances_are_new_as_the_share_says(live: Live) -> None:
    revision = Revision.objects.get(app=live.app, number=1)
    revision.spec["routes"] = [{"host": HOST, "process": "web"}]
    revision.save()
    live.on_app("release.strategy", kind="canary", steps=[SOME, LOOK])
    live.until(live.deploy(), "succeeded")
    number = live.deploy(NEW)
    waiting = StepRun.objects.filter(release__number=number, state="watching", reason__code="waits_for_person")
    wait_for(waiting.exists, what=lambda: f"release {number} is {live.release(number).state}")
    with open_gateway(live.clusters["north"].pk, role=OBSERVER, tenant=live.tenant) as gateway:
        pods = gateway.list_app(str(live.app.pk))["pods"]
        service = gateway.find("Service", "shop--web") or {}
    images = sorted(pod["spec"]["containers"][0]["image"] for pod in pods if "deletionTimestamp" not in pod["metadata"])
    assert images == [NEW.replace(":2", ":1")] * 2 + [NEW] * 2
    assert "slipway.dev/track" not in service["spec"]["selector"]
    kinds = {key.partition("/")[0] for key in Target.objects.get(release__number=number).object_keys}
    assert "Ingress" in kinds and "HTTPRoute" not in kinds
    live.on_release("release.promote", number)
    live.until(number, "succeeded")


@pytest.mark.django_db
def test_the_previews_say_so_and_count_the_instances() -> None:
    stage = Canary(capabilities=PLAIN, steps=[SOME, LOOK])
    deploying = perform("release.start", actor=stage.bob, ref=Ref(APP, "boutique", "shop"), data={}, dry_run=True)
    assert deploying.preview is not None
    assert [one for one in deploying.preview.warnings if TOLD in one and "how many instances are new comes" in one]
    steps = deploying.preview.course[0]["steps"]
    stand_in = next(one for one in steps if one["title"] == "50% new, as its share of the traffic")
    assert [(lane["old"], lane["new"], lane["share"]) for lane in stand_in["after"]] == [(1, 1, 50), (1, 1, 50)]
    data = {"kind": "canary", "steps": [SOME, LOOK]}
    editing = perform("release.strategy", actor=stage.bob, ref=Ref(APP, "boutique", "shop"), data=data, dry_run=True)
    assert editing.preview is not None
    assert [one for one in editing.preview.warnings if TOLD in one]


@pytest.mark.django_db
def test_a_header_that_cannot_be_matched_is_told() -> None:
    steps = [{**SOME, "header": "x-canary", "value": "yes"}, LOOK]
    stage = Canary(capabilities=PLAIN, steps=steps)
    shown = perform("release.start", actor=stage.bob, ref=Ref(APP, "boutique", "shop"), data={}, dry_run=True).preview
    assert shown is not None
    assert [one for one in shown.warnings if "x-canary" in one and "north" in one]


@pytest.mark.django_db
def test_the_page_of_the_release_says_so_on_the_lane_of_that_cluster_alone() -> None:
    stage = Canary(steps=[{"kind": "batch", "name": "one", "replicas": "1"}, SOME, LOOK])
    Cluster.objects.filter(name="south").update(capabilities=PLAIN)
    stage.waits()
    text = said_on(PAGE, stage.people.bob)
    assert text.count("south has no Gateway API") == 1 and "north has no Gateway API" not in text
    assert "On south it goes with the instances" in text
    assert text.count("50% new, as its share of the traffic") == 4  # in the rail and in the timeline, of both
    assert text.count("50 % of the traffic") == 2


@pytest.mark.django_db
def test_where_routes_give_shares_nothing_is_said() -> None:
    stage = Canary(capabilities=ROUTED, steps=[{"kind": "batch", "name": "one", "replicas": "1"}, SOME, LOOK])
    shown = perform("release.start", actor=stage.bob, ref=Ref(APP, "boutique", "shop"), data={}, dry_run=True).preview
    assert shown is not None and TOLD not in " ".join(shown.warnings)
    stage.waits()
    text = said_on(PAGE, stage.people.bob)
    assert TOLD not in text and "goes with the instances" not in text
