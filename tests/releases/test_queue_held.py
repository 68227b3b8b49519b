"""What waits behind another release is asked again at its turn, held where it may not begin, and begins by itself."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt import drafts
from apps_mgmt.models import App
from apps_mgmt.spec import dump, load
from portal.access import Ref
from portal.access.ref import APP, CLUSTER, PLATFORM, TENANT
from portal.errors import Conflict
from portal.operations.performing import perform
from portal.outbox import handlers
from releases import holding
from releases.models import Target
from tenants import waking
from tests import cast
from tests.api.caller import Caller
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db
NEW = "registry.example.com/shop:2"
PAGE = "/t/boutique/apps/shop/releases/2/"
NODES = {"level": "nodes", "key": "example.com/tenant", "value": "boutique"}
PEOPLE = {"access.grant": ("alice", APP), "access.revoke": ("alice", APP)} | dict.fromkeys(
    ("member.remove", "member.add", "member.role"), ("alice", TENANT)
)
OLGA = {
    "cluster.restrict": CLUSTER,
    "cluster.unrestrict": CLUSTER,
    "platform.rules": PLATFORM,
    "tenant.isolate": TENANT,
}
REFS = {
    APP: Ref(APP, "boutique", "shop"),
    TENANT: Ref(TENANT, "boutique"),
    CLUSTER: Ref(CLUSTER, cluster="south"),
    PLATFORM: Ref(PLATFORM),
}
APPROVER = {"user": "bob", "role": "approver"}


@pytest.fixture
def stage() -> Stage:
    """Release 2 waits behind release 1, which is under way on both clusters."""
    stage = Stage()
    stage.on_app("release.waves", across="together")
    stage.on_app("release.start")
    stage.on_app("image.set", process="web", image=NEW)
    stage.on_app("release.start", wait=True)
    return stage


def does(stage: Stage, operation: str, **data: Any) -> None:
    """Whoever may do it does, and what the worker does then is done."""
    person, kind = PEOPLE.get(operation) or ("olga", OLGA[operation])
    actor = cast.actor(getattr(stage.people, person))
    perform(operation, actor=actor, ref=REFS[kind], data=data)
    for row in stage.sent(waking.CHANGED):
        handler = handlers.handler_of(row.kind)
        assert handler is not None
        handler.run(row.payload)
        type(row).objects.filter(pk=row.pk).update(state="done")


CAUSES = [
    pytest.param(
        ("cluster.restrict", {"reason": "production"}),
        ("cluster.unrestrict", {}),
        "The cluster south is restricted: production. bob, who started it, does not have the right release.approve",
        id="restricted",
    ),
    pytest.param(
        ("cluster.restrict", {"reason": "production"}),
        ("access.grant", APPROVER),
        "It begins when bob is given it (ask alice); or stop it",
        id="second right",
    ),
    pytest.param(
        ("member.remove", {"user": "bob"}),
        ("member.add", {"user": "bob", "role": "developer"}),
        "bob, who started it, does not have the right app.deploy",
        id="left",
    ),
    pytest.param(
        ("platform.rules", {"registries": "other.example.com"}),
        ("platform.rules", {"registries": ""}),
        "It begins when that is allowed again; or stop it, change shop and start it again.",
        id="rules",
    ),
    pytest.param(
        ("tenant.isolate", NODES),
        ("tenant.isolate", {"level": "namespace"}),
        "The isolation of the tenant was changed after this release was made: Nodes of its own",
        id="isolated",
    ),
]
causes = pytest.mark.parametrize(("cause", "cure", "words"), CAUSES)
Doing = tuple[str, dict[str, Any]]


@causes
def test_it_is_held_at_its_turn(stage: Stage, cause: Doing, cure: Doing, words: str) -> None:
    does(stage, cause[0], **cause[1])
    stage.finish()

    assert (stage.release(1).state, stage.release(2).state) == ("succeeded", "waiting")


@causes
def test_it_begins_by_itself_when_the_cause_is_gone(stage: Stage, cause: Doing, cure: Doing, words: str) -> None:
    does(stage, cause[0], **cause[1])
    stage.finish()
    does(stage, cure[0], **cure[1])

    assert stage.release(2).state == "running"


@causes
def test_page_and_api_say_why_and_what_to_do(stage: Stage, cause: Doing, cure: Doing, words: str) -> None:
    does(stage, cause[0], **cause[1])
    stage.finish()
    alice = Caller(stage.people.alice, stage.people.boutique)

    assert words in cast.signed_in(stage.people.alice).get(PAGE).text
    assert words in alice.get("/api/v1/tenants/boutique/apps/shop/releases/2").json()["reason"]


def test_a_cause_that_came_and_went_before_its_turn_holds_nothing(stage: Stage) -> None:
    does(stage, "platform.rules", registries="other.example.com")
    does(stage, "platform.rules", registries="")
    stage.finish()

    assert stage.release(2).state == "running"


def test_who_may_approve_there_is_not_held(stage: Stage) -> None:
    does(stage, "access.grant", **APPROVER)
    does(stage, "cluster.restrict", reason="production")
    stage.finish()

    assert stage.release(2).state == "running"


def test_somebody_whose_account_is_off_begins_nothing(stage: Stage) -> None:
    type(stage.people.bob).objects.filter(pk=stage.people.bob.pk).update(is_active=False)
    stage.finish()

    assert stage.release(2).state == "waiting"


def test_what_was_forbidden_meanwhile_does_not_begin(stage: Stage) -> None:
    stage.on_app("release.forbid", release=2, reason="It loses orders")
    stage.finish()
    assert stage.release(2).state == "waiting"
    assert "It loses orders" in holding.waits_for(stage.release(2))

    stage.on_app("release.forbid", release=2, allow=True)
    assert waking.CHANGED in [row.kind for row in stage.sent(waking.CHANGED)]


def test_nodes_that_became_another_tenants_meanwhile_are_not_tolerated(stage: Stage) -> None:
    stage.on_release("release.abort", 2)
    tolerates(stage, {"key": "example.com/tenant", "operator": "Exists"})
    stage.on_app("release.start", wait=True)
    data = {"level": "nodes", "key": "example.com/tenant", "value": "harbor"}
    perform("tenant.isolate", actor=cast.actor(stage.people.olga), ref=Ref(TENANT, "harbor"), data=data)
    stage.finish()

    assert "onto nodes of another tenant" in holding.waits_for(stage.release(3))


def test_going_back_to_what_succeeded_last_is_held_by_no_rule(stage: Stage) -> None:
    stage.finish()
    stage.on_app("release.rollback", release=1, wait=True)
    does(stage, "platform.rules", registries="other.example.com")
    stage.on_release("release.abort", 2, after="hold")
    stage.work()

    assert stage.release(3).state == "running"


def test_what_runs_is_deployed_again_whatever_was_ruled_meanwhile(stage: Stage) -> None:
    stage.finish()
    stage.on_app("release.redeploy", wait=True)
    does(stage, "platform.rules", registries="other.example.com")
    stage.on_release("release.abort", 2, after="hold")
    stage.work()

    assert stage.release(3).state == "running"


def test_a_second_deploy_of_what_runs_is_held_by_a_rule(stage: Stage) -> None:
    stage.on_release("release.abort", 2)
    stage.on_app("draft.undo")
    stage.on_app("release.start", wait=True)
    does(stage, "platform.rules", registries="other.example.com")
    stage.finish()

    assert stage.release(3).state == "waiting"


def tolerates(stage: Stage, taint: dict[str, str]) -> None:
    """The draft with a toleration, for which there is no operation yet."""
    app = App.objects.get(pk=stage.app.pk)
    spec = dump(drafts.spec_of(app))
    placement = {**spec.get("placement", {}), "tolerations": [taint]}
    drafts.add_revision(app, load({**spec, "placement": placement}), operation="env.set", input={}, actor_name="bob")
    app.save()


def held(stage: Stage) -> None:
    does(stage, "cluster.restrict", reason="production")
    stage.finish()
    does(stage, "access.grant", user="bob", role="viewer")
    assert stage.release(2).state == "waiting"


def test_nothing_overtakes_what_is_held(stage: Stage) -> None:
    held(stage)
    alice = cast.actor(stage.people.alice)

    with pytest.raises(Conflict, match=r"Release 2, started by bob, waits for its turn\.") as conflict:
        perform("release.start", actor=alice, ref=REFS[APP], data={})
    assert set(conflict.value.fields) == {"wait", "supersede"}


def test_whoever_comes_behind_what_was_forbidden_is_told_why_it_is_held(stage: Stage) -> None:
    stage.on_app("release.forbid", release=2, reason="It loses orders")
    stage.finish()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:3")

    with pytest.raises(Conflict) as conflict:
        stage.on_app("release.start")
    told = str(conflict.value)
    assert "Release 2, started by bob, waits for its turn." in told
    assert "It loses orders" in told
    assert "Wait for it to end" not in told
    assert told.endswith("Or queue this one behind it, or stop it and go on with this one.")
    page = cast.signed_in(stage.people.bob).get("/t/boutique/apps/shop/do/release.start/").text
    assert "queue behind it, or stop it." in page
    assert "It loses orders" in page


def test_the_form_offers_to_stop_what_is_held(stage: Stage) -> None:
    held(stage)

    page = cast.signed_in(stage.people.alice).get("/t/boutique/apps/shop/do/release.start/").text
    assert 'name="supersede"' in page
    assert "Release 2, started by bob, waits for its turn: queue behind it, or stop it." in page


def test_what_is_held_is_stopped_by_somebody_who_goes_on_from_there(stage: Stage) -> None:
    held(stage)
    perform("release.start", actor=cast.actor(stage.people.alice), ref=REFS[APP], data={"supersede": True})

    assert (stage.release(2).state, stage.release(3).state) == ("superseded", "running")


def test_what_queues_behind_what_is_held_begins_when_that_is_stopped(stage: Stage) -> None:
    held(stage)
    perform("release.start", actor=cast.actor(stage.people.alice), ref=REFS[APP], data={"wait": True})
    assert stage.release(3).state == "waiting"

    stage.on_release("release.abort", 2)

    assert stage.release(3).state == "running"


def test_a_restart_of_what_runs_passes_what_is_held(stage: Stage) -> None:
    held(stage)
    alice = cast.actor(stage.people.alice)

    assert perform("process.restart", actor=alice, ref=REFS[APP], data={}).result["state"] == "running"


def test_started_again_after_the_isolation_was_changed_it_brings_the_nodes(stage: Stage) -> None:
    does(stage, "tenant.isolate", **NODES)
    stage.finish()
    stage.on_app("release.start", supersede=True)

    assert stage.release(3).state == "running"
    target = Target.objects.get(release=stage.release(3), cluster_name="north")
    (pod,) = [one["spec"]["template"]["spec"] for one in target.manifests if one["kind"] == "Deployment"]
    assert pod["nodeSelector"] == {"example.com/tenant": "boutique"}
