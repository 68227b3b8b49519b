"""What was taken over has no second set of instances: strategies that need one are refused, before anything is new."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt import drafts
from apps_mgmt.models import Deployed
from apps_mgmt.spec import Strategy
from portal.access import Ref
from portal.access.ref import APP, TENANT
from portal.errors import Refused
from portal.operations.performing import perform
from portal.operations.reading import read
from releases.models import Release
from tenants.models import Cluster
from tests.operations.test_adopting import Legacy, legacy

__all__ = ["legacy"]

pytestmark = pytest.mark.django_db
CANARY = {"kind": "canary", "steps": [{"kind": "batch", "name": "first", "replicas": "25%"}]}
WAYS: list[dict[str, Any]] = [{"kind": "batches"}, CANARY, {"kind": "blue-green"}]
WHY = "web was taken over and keeps its own selector, so no second set of its instances can stand beside the first."
WAY_OUT = "Choose rolling or recreate, or move what it does to a process that Slipway made."


@pytest.fixture
def taken(legacy: Legacy) -> Legacy:
    """The shop, whose process was taken over and runs."""
    legacy.has()
    legacy.adopt()
    brought = Release.objects.get()
    Release.objects.update(state="succeeded", ended_at=brought.created_at)
    Deployed.objects.create(
        app=legacy.shop.again(),
        cluster_id=Cluster.objects.get(name="east").pk,
        cluster_name="east",
        revision=brought.revision,
        release_id=brought.pk,
    )
    return legacy


def by_canary(legacy: Legacy) -> None:
    """As an app that chose its strategy before it was refused."""
    app = legacy.shop.again()
    spec = drafts.spec_of(app).with_release(strategy=Strategy(kind="batches"))
    drafts.add_revision(app, spec, operation="release.strategy", input={}, actor_name="bob")
    app.save()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: str(way["kind"]))
def test_no_strategy_with_a_second_set_is_chosen(taken: Legacy, way: dict[str, Any]) -> None:
    for act in (taken.shop.preview, taken.shop.do):
        with pytest.raises(Refused) as caught:
            act("release.strategy", **way)
        assert (caught.value.field, str(caught.value)) == ("kind", f"{WHY} {WAY_OUT}")
    assert taken.spec().release.strategy.kind == "rolling"


def test_nor_one_that_the_tenant_saved(taken: Legacy) -> None:
    ref = Ref(TENANT, "boutique")
    perform("strategy.save", actor=taken.shop.alice, ref=ref, data={"name": "slow", "title": "Slow", **CANARY})
    with pytest.raises(Refused, match="web was taken over") as caught:
        taken.shop.do("release.strategy", saved="slow")
    assert caught.value.field == "saved"


@pytest.mark.parametrize("kind", ["rolling", "recreate"])
def test_what_replaces_its_instances_by_itself_is(taken: Legacy, kind: str) -> None:
    taken.shop.do("release.strategy", kind=kind)
    assert taken.spec().release.strategy.kind == kind


@pytest.mark.parametrize("way", WAYS, ids=lambda way: str(way["kind"]))
def test_an_app_with_such_a_strategy_takes_nothing_over(legacy: Legacy, way: dict[str, Any]) -> None:
    legacy.has()
    legacy.shop.do("release.strategy", **way)
    for act in (legacy.shown, legacy.adopt):
        with pytest.raises(Refused) as caught:
            act(process="legacy")
        said = f"shop goes by {way['kind']}, for which a second set of instances has to stand beside the first"
        assert (caught.value.field, said in str(caught.value)) == ("process", True)
    assert not Release.objects.exists()


def test_a_draft_that_has_both_is_not_deployed_and_says_so_before(taken: Legacy) -> None:
    by_canary(taken)
    shown = taken.shop.preview("release.start").preview
    assert shown is not None
    assert (f"{WHY} {WAY_OUT}" in shown.warnings, shown.course) == (True, [])
    checked = read("config.freeze_check", actor=taken.shop.bob, ref=Ref(APP, "boutique", "shop"), data={})
    assert f"{WHY} {WAY_OUT}" in [one["sentence"] for one in checked["checks"]]
    with pytest.raises(Refused, match="web was taken over") as caught:
        taken.shop.do("release.start")
    assert (caught.value.field, Release.objects.count()) == ("strategy", 1)


def test_the_rest_of_such_a_draft_can_be_changed(taken: Legacy) -> None:
    by_canary(taken)
    taken.shop.do("process.scale", process="web", replicas=2)
    assert taken.spec().process("web").replicas == 2


def test_nothing_goes_back_in_batches_but_at_once(taken: Legacy) -> None:
    for act in (taken.shop.preview, taken.shop.do):
        with pytest.raises(Refused) as caught:
            act("release.rollback", release=1, pace="in-batches")
        said = f"What comes back cannot go by the strategy of the app: {WHY} Go back at once instead."
        assert (caught.value.field, str(caught.value)) == ("pace", said)
    assert taken.shop.do("release.rollback", release=1).result["back_to"] == 1
