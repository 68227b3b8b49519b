"""Whoever is about to start a release is told which of its clusters nothing is heard of: when trying it, and after."""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO

import pytest
from django.core.management import call_command

from portal.access import Ref
from portal.access.permissions import PLATFORM as PLATFORM_RIGHTS
from portal.access.ref import APP, RELEASE, TENANT
from portal.errors import UserError
from portal.operations import registry
from portal.operations.kinds import READ, SPEC
from portal.operations.operation import Operation
from portal.operations.performing import perform
from releases.models import Release
from tenants.clusters import mark
from tenants.models import Cluster
from tests import cast
from tests.operations.scenes import done, named
from tests.operations.stage import Shop

pytestmark = pytest.mark.django_db
WRITING = [
    one
    for one in registry.all_operations()
    if one.kind is not READ and one.subject in (APP, TENANT, RELEASE) and one.permission not in PLATFORM_RIGHTS
]
AWAY = "does not answer (since "
WHY = "no route to host"
WAITS = "What is to be done there waits until it does; a step whose time runs out before that fails."
STARTING = {"release.start", "release.rollback", "release.redeploy", "app.stop", "app.start", "app.adopt",
            "process.restart", "drift.take_over", "instance.delete"}  # fmt: skip

STEERING = {"release.abort", "release.approve", "release.override", "release.promote",
            "release.promote_full", "release.reject", "release.resume", "release.retry", "release.skip",
            "route.weight"}  # fmt: skip


def away(name: str) -> None:
    for cluster in Cluster.objects.filter(name=name):
        mark(cluster.pk, state="away", reason=WHY)


def told(sentences: Iterable[str]) -> list[str]:
    return [one for one in sentences if AWAY in one and WHY in one and one.endswith(WAITS)]


@pytest.mark.parametrize("operation", WRITING, ids=named)
def test_what_starts_a_release_says_which_of_its_clusters_are_away(shop: Shop, operation: type[Operation]) -> None:
    before = Release.objects.count()
    for cluster in Cluster.objects.all():
        mark(cluster.pk, state="away", reason=WHY)
    try:
        shown = done(shop, operation, dry_run=True).preview
    except UserError as refusal:
        assert operation.name == "placement.move" and "does not answer" in str(refusal)
        return
    outcome = done(shop, operation)

    started = Release.objects.count() > before
    draft = operation.kind is SPEC  # it is deployed with the same form
    assert shown is not None
    assert bool(told(shown.warnings)) is (started or draft or operation.name in STEERING)
    assert bool(told(outcome.result.get("warnings", ()))) is started
    assert started or operation.name not in STARTING


def test_what_has_to_be_emptied_for_a_deletion_waits_for_clusters_that_are_away(shop: Shop) -> None:
    shop.runs()
    away("south")
    shown = perform("app.delete", actor=shop.alice, ref=shop.ref, data={}, dry_run=True).preview
    assert shown is not None
    assert [one.partition(" ")[0] for one in told(shown.warnings)] == ["south"]


@pytest.mark.parametrize("operation", [registry.find("release.promote")], ids=named)
def test_a_word_to_a_release_tells_of_clusters_to_which_it_still_goes(shop: Shop, operation: type[Operation]) -> None:
    """It is through on north, and waits to go on to south."""
    away("north")
    on, back, hold = (
        perform(name, actor=shop.bob, ref=Ref(RELEASE, "boutique", "shop", 1), data=data, dry_run=True).preview
        for name, data in (
            (operation.name, {}),
            ("release.abort", {"after": "roll_back"}),
            ("release.abort", {"after": "hold"}),
        )
    )
    assert on is not None and back is not None and hold is not None
    assert told(on.warnings) == []
    assert [one.partition(" ")[0] for one in told(back.warnings)] == ["north"]
    assert told(hold.warnings) == []

    away("south")
    on = perform(operation.name, actor=shop.bob, ref=Ref(RELEASE, "boutique", "shop", 1), data={}, dry_run=True).preview
    assert on is not None
    assert [one.partition(" ")[0] for one in told(on.warnings)] == ["south"]


def test_only_clusters_that_a_release_reaches_are_told(shop: Shop) -> None:
    away("south")
    north = shop.preview("release.start", targets=["north"]).preview
    both = shop.preview("release.start").preview
    assert north is not None and both is not None
    assert told(north.warnings) == [] and len(told(both.warnings)) == 1


def test_a_cluster_that_lets_nobody_look_is_told_in_its_own_words(shop: Shop) -> None:
    for cluster in Cluster.objects.filter(name="north"):
        mark(cluster.pk, state="blind", reason="The account may not list pods.")
    shown = shop.preview("release.start").preview
    assert shown is not None
    assert [one for one in shown.warnings if one.startswith("Slipway may not look at what runs on north (since ")]


def test_the_draft_comes_to_a_cluster_that_is_away(shop: Shop) -> None:
    shop.do("placement.targets", targets=[{"cluster": "south"}])
    away("north")
    alone = shop.preview("process.scale", process="web", replicas=3).preview
    shown = shop.preview("placement.targets", targets=[{"cluster": "south"}, {"cluster": "north"}]).preview
    assert alone is not None and shown is not None
    assert told(alone.warnings) == [] and len(told(shown.warnings)) == 1


def test_the_form_and_the_command_line_say_it(shop: Shop) -> None:
    away("north")
    page = cast.signed_in(shop.people.bob).get("/t/boutique/apps/shop/do/release.start/").content.decode()
    said = StringIO()
    call_command("operate", "release.start", tenant="boutique", app="shop", stdout=said)
    assert f"north {AWAY}" in page
    assert f"  ! north {AWAY}" in said.getvalue()
