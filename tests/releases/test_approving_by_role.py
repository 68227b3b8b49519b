"""A role on one app counts where a role is asked for: in the call, its dry run, the button, the inbox and notices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.access import Ref
from portal.access.ref import APP, RELEASE
from portal.access.roles import APPROVER, OPERATOR
from portal.errors import Refused
from portal.operations.performing import perform
from releases.models import StepRun
from tenants.models import User
from tests import cast
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
BATCH = {"kind": "batch", "name": "rest", "replicas": "100%"}
URL = "/t/boutique/apps/shop/releases/1/"


@pytest.fixture
def stage() -> Stage:
    return Stage()


def grant(stage: Stage, user: User, role: str) -> None:
    alice, ref = cast.actor(stage.people.alice), Ref(APP, "boutique", "shop")
    perform("access.grant", actor=alice, ref=ref, data={"user": user.username, "role": role})


def asking(stage: Stage, **options: Any) -> None:
    """Release 1, started by bob, waits for an approval."""
    stage.on_app("release.strategy", kind="canary", steps=[{"kind": "approval", "name": "ok", **options}, BATCH])
    stage.on_app("release.start")
    stage.work()


def approve(user: User, *, dry_run: bool = False) -> None:
    ref = Ref(RELEASE, "boutique", "shop", 1)
    perform("release.approve", actor=cast.actor(user), ref=ref, data={}, dry_run=dry_run)


def offered(user: User) -> dict[str, bool]:
    """Where the person is asked for the approval."""
    client = cast.signed_in(user)
    return {
        "button": "do/release.approve/" in client.get(URL).text,
        "inbox": "Nothing waits for you" not in client.get("/t/boutique/waiting/").text,
        "home": "1 release waits for your word" in client.get("/").text,
    }


def refused(call: Callable[..., None], *arguments: Any, **options: Any) -> str:
    with pytest.raises(Refused) as caught:
        call(*arguments, **options)
    return str(caught.value)


def test_a_role_on_the_app_approves_like_the_one_in_the_tenant(stage: Stage) -> None:
    vera = stage.people.vera
    grant(stage, vera, APPROVER)
    asking(stage, roles=[APPROVER])
    assert offered(vera) == {"button": True, "inbox": True, "home": True}
    approve(vera, dry_run=True)
    approve(vera)
    assert not StepRun.objects.filter(state="watching", reason__code="waits_for_approval").exists()


def test_whose_word_is_not_asked_is_told_so_by_all_alike_and_whom_to_ask(stage: Stage) -> None:
    alice = stage.people.alice
    grant(stage, stage.people.vera, APPROVER)
    asking(stage, roles=[APPROVER])
    assert offered(alice) == {"button": False, "inbox": False, "home": False}
    said = {refused(approve, alice, dry_run=dry_run) for dry_run in (True, False)}
    assert said == {"This is for others to approve: approver. Ask vera."}


def test_a_role_that_nobody_has_names_who_can_give_it(stage: Stage) -> None:
    asking(stage, roles=[APPROVER])
    said = refused(approve, stage.people.alice)
    assert said == "This is for others to approve: approver. Nobody else has that role; ask alice to give it."


def test_who_started_it_is_nobody_to_ask(stage: Stage) -> None:
    grant(stage, stage.people.bob, APPROVER)
    asking(stage, roles=[APPROVER])
    assert "Nobody else has that role" in refused(approve, stage.people.alice)
    assert refused(approve, stage.people.bob, dry_run=True).startswith("You started this release")
    assert not offered(stage.people.bob)["button"]


def test_a_role_on_another_app_says_nothing_here(stage: Stage) -> None:
    vera = stage.people.vera
    stage.on_tenant("app.create", name="other", image="registry.example.com/other:1")
    alice, ref = cast.actor(stage.people.alice), Ref(APP, "boutique", "other")
    perform("access.grant", actor=alice, ref=ref, data={"user": "vera", "role": APPROVER})
    asking(stage, roles=[APPROVER])
    assert not any(offered(vera).values())
    assert "Nobody else has that role" in refused(approve, stage.people.alice)


def test_a_notice_for_a_role_reaches_who_has_it_on_the_app(stage: Stage) -> None:
    grant(stage, stage.people.vera, OPERATOR)
    tell = {"kind": "notify", "name": "tell", "channel": OPERATOR, "message": "On its way"}
    stage.on_app("release.strategy", kind="rolling", steps=[tell, {"kind": "apply", "name": "all"}])
    stage.on_app("release.start")
    stage.work()
    found = {user.username: "On its way" in cast.signed_in(user).get("/t/boutique/waiting/").text
             for user in (stage.people.vera, stage.people.alice)}  # fmt: skip
    assert found == {"vera": True, "alice": False}
