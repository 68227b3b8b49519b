"""A tenant is suspended: what goes on, what stops, what may still be done and by whom, and how it looks."""

from __future__ import annotations

from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import APP, RELEASE, TENANT
from portal.errors import Conflict
from portal.operations.performing import perform
from portal.outbox import handlers
from tenants import tokens
from tenants.models import Membership
from tenants.records import RESUMED
from tests import cast
from tests.api.caller import APP as SHOP
from tests.api.caller import Caller
from tests.releases.stage import Stage
from tests.web.reading import said_on

pytestmark = pytest.mark.django_db
REASON = "invoice 2211 is open"
IMAGE = "registry.example.com/shop:2"


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.on_app("release.start")
    return stage


def of_tenant(stage: Stage, operation: str, person: str = "olga", **data: Any) -> None:
    actor = cast.actor(getattr(stage.people, person))
    perform(operation, actor=actor, ref=Ref(TENANT, "boutique"), data=data)


def suspend(stage: Stage) -> None:
    of_tenant(stage, "tenant.suspend", reason=REASON, confirm="boutique")


def resume(stage: Stage) -> None:
    """Lift it, and do what the worker does then."""
    of_tenant(stage, "tenant.resume")
    (row,) = stage.sent(RESUMED)
    handler = handlers.handler_of(row.kind)
    assert handler is not None
    handler.run(row.payload)


def begun_everywhere(stage: Stage) -> None:
    """Release 1 is done on north, and has begun on south."""
    stage.work()
    stage.ready(stage.north)
    stage.work()


def test_a_release_under_way_on_all_clusters_goes_on_to_its_end(stage: Stage) -> None:
    begun_everywhere(stage)
    suspend(stage)
    stage.finish()

    assert stage.release(1).state == "succeeded"


def test_a_release_under_way_goes_on_to_its_end_where_it_has_begun_and_begins_nowhere_else(stage: Stage) -> None:
    suspend(stage)
    stage.finish()
    assert dict(stage.release(1).targets.values_list("cluster_name", "state")) == {"north": "done", "south": "running"}
    assert not stage.sent()

    resume(stage)
    stage.finish()
    assert stage.release(1).state == "succeeded"


def test_what_waits_for_a_word_gets_none_that_lets_more_go_out(stage: Stage) -> None:
    stage.finish()
    stage.on_app("release.waves", pause=-1)
    stage.on_app("image.set", process="web", image=IMAGE)
    stage.on_app("release.start")
    stage.work()
    stage.ready(stage.north, image=IMAGE)
    stage.work()
    waiting = cast.signed_in(stage.people.bob)
    assert "do/release.promote/" in waiting.get("/t/boutique/waiting/").text

    suspend(stage)
    alice, ref = cast.actor(stage.people.alice), Ref(RELEASE, "boutique", "shop", 2)
    given = {"release.override": {"note": "The books are open again"}}
    for name in ("release.promote", "release.approve", "release.override", "release.resume"):
        with pytest.raises(Conflict, match="suspended"):
            perform(name, actor=alice, ref=ref, data=given.get(name, {}))
    assert "do/release.promote/" not in waiting.get("/t/boutique/waiting/").text
    assert stage.release(2).state == "running"
    stage.on_release("release.pause", 2)
    stage.on_release("release.abort", 2, after="hold")


def test_a_release_that_waits_begins_when_the_suspension_is_lifted(stage: Stage) -> None:
    stage.on_app("image.set", process="web", image=IMAGE)
    stage.on_app("release.start", wait=True)
    begun_everywhere(stage)
    suspend(stage)
    stage.finish()
    assert (stage.release(1).state, stage.release(2).state) == ("succeeded", "waiting")

    resume(stage)

    assert stage.release(2).state == "running"
    stage.finish(IMAGE)
    assert stage.release(2).state == "succeeded"


def test_what_waits_behind_another_release_waits_on_when_the_suspension_is_lifted(stage: Stage) -> None:
    stage.on_app("image.set", process="web", image=IMAGE)
    stage.on_app("release.start", wait=True)
    suspend(stage)
    resume(stage)

    assert (stage.release(1).state, stage.release(2).state) == ("running", "waiting")
    stage.finish()
    assert stage.release(2).state == "running"


def test_a_release_can_be_stopped_and_a_member_and_their_rights_be_taken_out(stage: Stage) -> None:
    issued = tokens.issue(stage.people.bob, tenant=stage.people.boutique, name="laptop")
    alice, grant = cast.actor(stage.people.alice), {"user": "vera", "role": "operator"}
    perform("access.grant", actor=alice, ref=Ref(APP, "boutique", "shop"), data=grant)
    suspend(stage)

    stage.on_release("release.pause", 1)
    stage.on_release("release.abort", 1, after="hold")
    of_tenant(stage, "token.revoke", "alice", token=str(issued.token.pk))
    perform("access.revoke", actor=alice, ref=Ref(APP, "boutique", "shop"), data=grant)
    of_tenant(stage, "member.remove", "alice", user="bob")
    of_tenant(stage, "member.leave", "vera", confirm="boutique")
    assert list(Membership.objects.filter(tenant=stage.people.boutique).values_list("user__username", flat=True)) == [
        "alice"
    ]


def test_what_the_platform_does_to_the_tenant_is_not_held_up(stage: Stage) -> None:
    suspend(stage)

    of_tenant(stage, "quota.set", dimension="instances", value="50")
    of_tenant(stage, "tenant.describe", title="Boutique")
    of_tenant(stage, "tenant.appoint", user="vera")
    with pytest.raises(Conflict, match="is suspended"):
        of_tenant(stage, "member.role", "alice", user="bob", role="viewer")


def test_the_api_answers_with_the_reason_and_still_shows_everything(stage: Stage) -> None:
    suspend(stage)
    bob = Caller(stage.people.bob, stage.people.boutique)

    refused = bob.do("process.scale", {"process": "web", "replicas": 3})
    assert (refused.status_code, refused.json()["code"]) == (409, "blocked")
    assert f"The reason: {REASON}." in refused.json()["message"]
    assert "A platform operator can lift it." in refused.json()["message"]
    shown = bob.get(SHOP).json()
    assert REASON in shown["suspended"] and shown["locked"] == ""


@pytest.mark.parametrize(
    "path",
    ["", "t/boutique/", "t/boutique/apps/", "t/boutique/apps/shop/", "t/boutique/members/", "t/boutique/quota/"],
)
def test_every_page_of_the_tenant_says_so_and_why(stage: Stage, path: str) -> None:
    assert REASON not in said_on(f"/{path}", stage.people.alice)
    suspend(stage)

    said = said_on(f"/{path}", stage.people.alice)
    assert said.count(f"The reason: {REASON}.") == 1


def test_pages_of_no_tenant_say_nothing_of_it(stage: Stage) -> None:
    suspend(stage)

    assert REASON not in said_on("/account/", stage.people.alice)


@pytest.mark.parametrize(
    ("path", "gone"),
    [
        ("t/boutique/apps/shop/", "do/process.scale"),
        ("t/boutique/apps/shop/configure/", "do/image.set"),
        ("t/boutique/apps/shop/access/", "do/access.grant"),
        ("t/boutique/apps/", "do/app.create"),
        ("t/boutique/members/", "do/member.role"),
        ("t/boutique/roles/", "do/role.define"),
        ("t/boutique/quota/", "do/quota.request"),
    ],
)
def test_nothing_is_offered_that_would_be_refused(stage: Stage, path: str, gone: str) -> None:
    stage.finish()
    alice = cast.signed_in(stage.people.alice)
    assert gone in alice.get(f"/{path}").text
    suspend(stage)

    assert gone not in alice.get(f"/{path}").text


def test_who_may_take_members_out_is_still_offered_that(stage: Stage) -> None:
    suspend(stage)

    assert "do/member.remove" in cast.signed_in(stage.people.alice).get("/t/boutique/members/").text
