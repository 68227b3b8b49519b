"""Every operation by the API, and what it answers to whom."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps_mgmt.models import App, Revision
from portal.access import permissions
from portal.audit.models import AuditEntry
from portal.operations import registry
from portal.operations.kinds import READ
from portal.operations.operation import Operation
from portal.outbox.models import OutboxRow
from tests import cast
from tests.api.caller import APP, ROOT, Caller
from tests.operations.scenes import example, named, who
from tests.operations.stage import Shop

EVERY = registry.all_operations()
PLATFORM = "/api/v1/platform"
ROOTS = {
    "tenant": ROOT,
    "app": APP,
    "release": f"{APP}/releases/1",
    "cluster": f"{PLATFORM}/clusters/east",
    "platform": PLATFORM,
}


def address(operation: type[Operation]) -> str:
    return f"{ROOTS[operation.subject]}/operations/{operation.name}"


@pytest.mark.parametrize("operation", [one for one in EVERY if one.kind is not READ], ids=named)
def test_every_operation_can_be_previewed_and_performed(shop: Shop, operation: type[Operation]) -> None:
    person = getattr(shop.people, who(shop, operation).username)
    caller = Caller(person, None if person == shop.people.olga else shop.people.boutique)
    written = AuditEntry.objects.exclude(operation="token.use")
    entries = written.count()

    preview = caller.post(f"{address(operation)}?dry_run=1", example(operation))
    assert written.count() == entries
    answer = caller.post(address(operation), example(operation))

    assert (preview.status_code, answer.status_code) == (200, 200)
    assert preview.json()["dry_run"] is True and {"spec", "manifests", "quota", "warnings"} <= set(preview.json())
    body = answer.json()
    assert body["operation"] == operation.name and body["changed"] is True and body["message"]
    entry = AuditEntry.objects.latest("id")
    assert (entry.operation, entry.how, entry.actor_name) == (operation.name, "token", person.username)
    assert entry.token_id


@pytest.mark.parametrize("operation", [one for one in EVERY if one.kind is READ], ids=named)
def test_what_only_shows_is_asked_for_with_get(shop: Shop, bob: Caller, operation: type[Operation]) -> None:
    answer = bob.get(address(operation))

    assert answer.status_code == 200 and answer.json()
    assert AuditEntry.objects.latest("id").operation == operation.name
    assert bob.post(address(operation)).status_code == 405
    assert bob.get(f"{address(operation)}?nonsense=1").status_code == 400


@pytest.mark.parametrize("operation", [one for one in EVERY if one.subject == "release"], ids=named)
def test_operations_on_a_release_are_under_its_number(shop: Shop, operation: type[Operation]) -> None:
    caller = Caller(getattr(shop.people, who(shop, operation).username), shop.people.boutique)
    assert caller.post(f"{address(operation)}?dry_run=1", example(operation)).status_code == 200
    assert caller.post(f"{APP}/releases/9/operations/{operation.name}", {}).status_code == 404


def test_a_preview_changes_nothing_and_shows_all_that_would(shop: Shop, bob: Caller) -> None:
    body = bob.do("process.scale", {"process": "web", "replicas": 5}, query="?dry_run=true").json()

    assert [(row["before"], row["after"]) for row in body["spec"]] == [("2", "5")]
    assert {one["cluster"] for one in body["manifests"]} == {"north", "south"}
    assert next(row for row in body["quota"] if row["label"] == "Instances")["after"] == 5
    assert Revision.objects.count() == 1 and "revision" not in body


@pytest.mark.parametrize("query", ["?dry_run=maybe", "?dry-run=1", "?dryrun=1", "?dry_run=1&DRY_RUN=1", "?x[]=1"])
def test_a_misspelt_parameter_does_not_become_a_change(shop: Shop, bob: Caller, query: str) -> None:
    answer = bob.do("process.scale", {"process": "web", "replicas": 5}, query=query)

    assert answer.status_code == 400 and "dry_run" in answer.json()["message"]
    assert shop.again().version == 1


@pytest.mark.parametrize(
    "query", ["?dry_run=1&dry_run=0", "?dry_run&dry_run=0", "?version=9&version=1", "?note=a&note=b&dry_run=1"]
)
def test_of_two_answers_to_one_question_none_is_passed_over(shop: Shop, bob: Caller, query: str) -> None:
    answer = bob.do("process.scale", {"process": "web", "replicas": 5}, query=query)

    assert answer.status_code == 400 and "is given more than once. Give it once." in answer.json()["message"]
    assert shop.again().version == 1


def test_a_bare_dry_run_is_one(shop: Shop, bob: Caller) -> None:
    assert bob.do("process.scale", {"process": "web", "replicas": 5}, query="?dry_run").json()["dry_run"] is True
    assert bob.do("process.scale", {"process": "web", "replicas": 5}, query="?dry_run=0").json()["revision"] == 2


def test_the_version_can_be_sent_as_parameter_or_header(shop: Shop, bob: Caller) -> None:
    scale: dict[str, Any] = {"process": "web", "replicas": 5}
    version = bob.get(APP).json()["version"]
    shop.do("app.describe", title="Meanwhile")

    for query, headers in ((f"?version={version}", {}), ("", {"if_match": f'"{version}"'})):
        answer = bob.do("process.scale", scale, query=query, **{k.replace("_", "-"): v for k, v in headers.items()})
        assert answer.status_code == 409
        assert (answer.json()["code"], answer.json()["current_version"]) == ("stale_version", version + 1)
        assert [(row["field"], row["mine"]) for row in answer.json()["differences"]] == [("replicas", 5)]
    for query in ("?version=x", "?version=-1", f"?version={'9' * 30}", "?version=1.5"):
        assert bob.do("process.scale", scale, query=query).status_code == 400
    assert bob.do("process.scale", scale, query=f"?version={version + 1}").status_code == 200


def test_the_note_is_kept(shop: Shop, bob: Caller) -> None:
    bob.do("process.scale", {"process": "web", "replicas": 5}, query="?note=for+the+sale")

    assert AuditEntry.objects.latest("id").note == "for the sale"


def test_an_unknown_operation_is_answered_with_the_nearest(shop: Shop, bob: Caller) -> None:
    answer = bob.do("proces.scale", {})

    assert answer.status_code == 404 and "process.scale" in answer.json()["message"]
    assert "manage.py operations" in bob.do("qqqq", {}).json()["message"]


def test_an_operation_of_something_else_says_of_what(shop: Shop, bob: Caller) -> None:
    answer = bob.post(f"{ROOT}/operations/process.scale", {})

    assert answer.status_code == 404 and "the address of its app" in answer.json()["message"]


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_another_method_is_not_allowed(shop: Shop, bob: Caller, method: str) -> None:
    call = getattr(bob.client, method)
    answer = call(f"{APP}/operations/process.scale", headers=bob.header)

    assert answer.status_code == 405 and answer.json()["code"] == "method_not_allowed"
    assert answer.json()["message"] == f"{method.upper()} is not possible at this address. Use POST."


def test_errors_name_the_fields(shop: Shop, bob: Caller) -> None:
    answer = bob.do("env.set", {"env": [{"name": "A", "value": "1"}, {"value": "2"}, {"name": "", "x": 1}]})
    assert answer.status_code == 400 and "env[2].x" in answer.json()["fields"]

    answer = bob.do("env.set", {"env": [{"name": "A", "value": "1"}, {"value": "2"}]})
    assert answer.json()["fields"] == {"env[1].name": ["This is missing. Give it a value."]}
    answer = bob.do("process.scale", {"process": "web", "replicas": -1})
    assert list(answer.json()["fields"]) == ["replicas"]
    answer = bob.do("placement.targets", {"targets": [{"cluster": "north"}, {"cluster": "mars"}]})
    assert list(answer.json()["fields"]) == ["targets[1].cluster"]
    assert answer.status_code == 422 and "mars" in answer.json()["message"] and "north" in answer.json()["message"]


def test_a_token_of_one_tenant_opens_no_other(shop: Shop) -> None:
    from tenants import roles

    roles.give_role(shop.people.bob, shop.people.harbor, "admin")
    caller = Caller(shop.people.bob, shop.people.harbor)

    assert caller.get("/api/v1/tenants/harbor/apps/").status_code == 200
    assert caller.get(APP).status_code == 404
    assert caller.do("process.scale", {"process": "web", "replicas": 1}).status_code == 404
    assert shop.again().version == 1


def test_a_token_does_no_more_than_its_list(shop: Shop) -> None:
    rights = [permissions.APP_VIEW, permissions.APP_SCALE]
    caller = Caller(shop.people.bob, shop.people.boutique, permissions=rights)

    assert caller.do("process.scale", {"process": "web", "replicas": 5}).status_code == 200
    answer = caller.do("image.set", {"image": "registry.example.com/shop:2"})
    assert answer.status_code == 403 and "This token lacks the right app.configure" in answer.json()["message"]
    assert AuditEntry.objects.latest("id").outcome == "refused"


def test_a_token_gives_no_right_its_owner_lacks(shop: Shop) -> None:
    caller = Caller(shop.people.vera, shop.people.boutique, permissions=[permissions.APP_VIEW, permissions.APP_SCALE])

    assert caller.do("process.scale", {"process": "web", "replicas": 5}).status_code in (403, 404)
    assert shop.again().version == 1


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("", "Send a token in the header"),
        ("Token", "Write the header as"),
        ("Token a b", "Write the header as"),
        ("Token slw_wrong", "There is no such token"),
        ("Token \xff\xfe", "There is no such token"),
        ("Bearer slw_x", "Send a token in the header"),
    ],
)
def test_without_a_good_token_there_is_a_sentence_and_401(shop: Shop, header: str, words: str) -> None:
    answer = Client().post(f"{APP}/operations/app.unlock", headers={"authorization": header} if header else {})

    assert answer.status_code == 401 and words in answer.json()["message"]
    assert answer["WWW-Authenticate"] == "Token"


def test_a_revoked_token_says_so(shop: Shop, bob: Caller) -> None:
    from tenants import tokens
    from tenants.models import ApiToken

    tokens.revoke(ApiToken.objects.get(user=shop.people.bob).pk)

    answer = bob.get(APP)
    assert answer.status_code == 401 and "revoked" in answer.json()["message"]


def test_a_session_needs_its_csrf_token(shop: Shop) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(shop.people.bob, backend="django.contrib.auth.backends.ModelBackend")
    path, body = f"{APP}/operations/process.scale", {"process": "web", "replicas": 5}

    refused = client.post(path, body, content_type="application/json")
    assert refused.status_code == 403 and refused.json()["message"] and shop.again().version == 1

    client.get("/account/")
    token = client.cookies["csrftoken"].value
    allowed = client.post(path, body, content_type="application/json", headers={"x-csrftoken": token})
    assert allowed.status_code == 200
    assert AuditEntry.objects.latest("id").how == "session"


def test_deploying_while_a_cluster_is_away_starts_and_says_so_later(shop: Shop, bob: Caller) -> None:
    """The clusters of these tests answer nowhere: a release starts, its effects wait in the outbox."""
    answer = bob.do("release.start", {"note": "try"})

    assert answer.status_code == 200 and answer.json()["result"]["release"] == 1
    assert OutboxRow.objects.filter(state="pending").exists()
    assert bob.get(f"{APP}/releases/1").json()["state"] == "running"
    again = bob.do("release.start", {})
    assert again.status_code == 409 and "still under way" in again.json()["message"]


def test_a_quota_that_is_exceeded_is_422_with_what_is_short(shop: Shop, bob: Caller) -> None:
    answer = bob.do("process.scale", {"process": "web", "replicas": 500})

    assert answer.status_code == 422 and answer.json()["code"] == "quota_exceeded"
    assert "short" in answer.json()["message"] and App.objects.get(name="shop").version == 1


def test_what_is_lost_for_good_has_to_be_named(shop: Shop) -> None:
    alice = Caller(shop.people.alice, shop.people.boutique)
    answer = alice.do("app.delete", {})
    assert answer.status_code == 400 and list(answer.json()["fields"]) == ["confirm"]

    assert alice.do("app.delete", {}, query="?dry_run=1").json()["dry_run"] is True
    assert App.objects.get(name="shop").deleted_at is None
    assert alice.do("app.delete", {"confirm": "shop"}).status_code == 200


def test_a_stranger_cannot_tell_what_is_there(shop: Shop) -> None:
    caller = Caller(shop.people.charlie, shop.people.harbor)
    there = [
        caller.get(APP),
        caller.do("process.scale", {}),
        caller.get(f"{APP}/releases/"),
        caller.get(f"{ROOT}/apps/"),
    ]
    nowhere = [one.json() for one in (caller.get(f"{ROOT}/apps/nothing"), caller.get("/api/v1/tenants/nobody/apps/"))]

    assert {one.status_code for one in there} == {404}
    assert all(one.json() == nowhere[0] for one in there) and nowhere[0] == nowhere[1]


def test_a_signed_in_stranger_is_in_the_platforms_log_only(shop: Shop) -> None:
    Caller(cast.member("mallory", tenant=shop.people.harbor, role="viewer"), shop.people.harbor).do("app.delete")

    entry = AuditEntry.objects.exclude(operation__startswith="token.").get(actor_name="mallory")
    assert (entry.chain, entry.outcome) == ("platform", "refused")


def test_a_reason_that_is_too_long_is_refused_like_one_in_the_body(bob: Caller) -> None:
    answer = bob.do("process.scale", {"process": "web", "replicas": 3}, query="?note=" + "x" * 2001)

    assert answer.status_code == 400 and "2000 characters" in answer.json()["fields"]["note"][0]


def test_an_operation_at_the_wrong_address_is_told_the_right_one(bob: Caller) -> None:
    said = bob.do("release.abort").json()["message"]

    assert "/api/v1/tenants/{tenant}/apps/{app}/releases/{number}/operations/release.abort" in said
