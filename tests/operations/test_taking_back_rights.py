"""What is taken back takes the rights of the changes it takes back, beside that to change settings."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps_mgmt import drafts
from portal.access import Actor, Ref
from portal.access.ref import TENANT
from portal.audit.models import AuditEntry
from portal.errors import NeedsRight, Refused
from portal.operations.performing import perform
from tenants.models import User
from tests import cast
from tests.operations.stage import Shop
from tests.operations.test_drafts import deploy, scale
from tests.operations.test_drafts_beside import beside

APPROVED = {
    "kind": "canary",
    "steps": [{"kind": "approval", "name": "ask"}, {"kind": "batch", "name": "all", "replicas": "100%"}],
}
DEPLOYS = r"Strategy \(release\.strategy\)\. You need the right app\.deploy \(.*\)\. Ask alice"
PAGE = "/t/boutique/apps/shop/"


def configurer(shop: Shop, *more: str) -> User:
    """Gus, who may change settings, and what `more` says."""
    rights = ["app.view", "tenant.view", "app.configure", *more]
    data = {"name": "configurer", "title": "Configurer", "rights": rights}
    perform("role.define", actor=shop.alice, ref=Ref(TENANT, "boutique"), data=data)
    return cast.member("gus", tenant=shop.people.boutique, role="configurer")


def refused(shop: Shop, operation: str, actor: Actor, words: str) -> None:
    before = shop.again().draft
    for dry_run in (True, False):
        with pytest.raises(NeedsRight, match=words):
            perform(operation, actor=actor, ref=shop.ref, data={}, dry_run=dry_run)
    assert shop.again().draft == before
    entry = AuditEntry.objects.latest("id")
    assert (entry.operation, entry.outcome) == (operation, "refused")


def test_undo_takes_the_right_of_the_change(shop: Shop) -> None:
    gus = cast.actor(configurer(shop))
    shop.do("release.strategy", actor=shop.alice, **APPROVED)

    refused(shop, "draft.undo", gus, DEPLOYS)
    assert shop.do("draft.undo", actor=shop.alice).changed


def test_undo_of_what_one_may_change_is_free(shop: Shop) -> None:
    gus = cast.actor(configurer(shop))
    shop.do("env.set", actor=gus, env=[{"name": "A", "value": "1"}])

    assert shop.do("draft.undo", actor=gus).changed


def test_the_old_secret_comes_back_by_nobody_who_may_not_set_it(shop: Shop) -> None:
    gus = cast.actor(configurer(shop))
    for value in ("one", "two"):
        shop.do("secret.set", actor=shop.alice, name="KEY", value=value)

    refused(shop, "draft.undo", gus, r"Set a secret \(secret\.set\)\. You need the right app\.secrets")


@pytest.mark.parametrize(
    ("operation", "data", "right"),
    [
        ("process.scale", {"process": "web", "replicas": 4}, r"app\.scale"),
        ("port.add", {"process": "web", "name": "metrics", "port": 9090}, r"app\.network"),
        ("release.strategy", APPROVED, r"app\.deploy"),
        ("secret.set", {"name": "KEY", "value": "one"}, r"app\.secrets"),
    ],
)
def test_discarding_takes_the_right_of_each_change(
    shop: Shop, operation: str, data: dict[str, Any], right: str
) -> None:
    gus = cast.actor(configurer(shop))
    deploy(shop, 1)
    shop.do(operation, actor=shop.alice, **data)
    shop.do("env.set", actor=gus, env=[{"name": "A", "value": "1"}])

    refused(shop, "draft.discard", gus, f"You need the right {right}")
    assert shop.do("draft.undo", actor=gus).changed
    refused(shop, "draft.undo", gus, f"You need the right {right}")
    assert shop.do("draft.discard", actor=shop.alice).changed


def test_every_right_that_is_missing_is_named(shop: Shop) -> None:
    gus = cast.actor(configurer(shop, "app.network"))
    deploy(shop, 1)
    scale(shop, 3)
    shop.do("port.add", process="web", name="metrics", port=9090)
    shop.do("release.strategy", actor=shop.alice, **APPROVED)

    refused(shop, "draft.discard", gus, r"right app\.deploy.*right app\.scale")
    with pytest.raises(NeedsRight) as caught:
        shop.do("draft.discard", actor=gus)
    assert "app.network" not in str(caught.value)


def test_however_many_changes_wait_each_counts(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MAX_LISTED", 1)
    gus = cast.actor(configurer(shop))
    deploy(shop, 1)
    scale(shop, 3)
    for number in range(3):
        shop.do("env.set", actor=gus, env=[{"name": "A", "value": str(number)}])

    refused(shop, "draft.discard", gus, r"app\.scale")


def test_what_comes_back_with_what_runs_counts_too(shop: Shop) -> None:
    """The draft is behind what runs: the change was taken back while its release was under way."""
    gus = cast.actor(configurer(shop))
    deploy(shop, 1)
    shop.do("release.strategy", actor=shop.alice, **APPROVED)
    shop.do("draft.undo", actor=shop.alice)
    deploy(shop, 2)

    refused(shop, "draft.discard", gus, DEPLOYS)
    assert shop.do("draft.discard", actor=shop.alice).revision == 2


def test_what_a_rollback_made_may_hold_any_change(shop: Shop) -> None:
    gus = cast.actor(configurer(shop, "app.deploy"))
    deploy(shop, 1)
    shop.do("secret.set", actor=shop.alice, name="KEY", value="one")
    deploy(shop, beside(shop, 2))

    shop.do("env.set", actor=gus, env=[{"name": "A", "value": "1"}])
    refused(shop, "draft.discard", gus, r"app\.secrets")


@pytest.mark.parametrize("secret", [True, False])
def test_undoing_a_change_that_took_a_second_right_takes_it_too(shop: Shop, secret: bool) -> None:
    gus = cast.actor(configurer(shop))
    if secret:
        shop.do("secret.set", actor=shop.alice, name="KEY", value="one")
    else:
        shop.do("env.set", env=[{"name": "KEY", "value": "one"}])
    deploy(shop, 2)
    shop.do("env.unset", names=["KEY"])

    if secret:
        refused(shop, "draft.undo", gus, r"app\.secrets")
        refused(shop, "draft.discard", gus, r"app\.secrets")
    else:
        assert shop.do("draft.undo", actor=gus).changed


def test_nothing_to_undo_is_said_first(shop: Shop) -> None:
    with pytest.raises(Refused, match="nothing to undo"):
        shop.do("draft.undo", actor=cast.actor(configurer(shop)))


def _offered(page: str) -> Sequence[str]:
    return [name for name in ("draft.undo", "draft.discard") if f"do/{name}/" in page]


def test_the_page_offers_what_would_be_done(shop: Shop) -> None:
    gus = cast.signed_in(configurer(shop))
    deploy(shop, 1)
    scale(shop, 3)
    assert _offered(gus.get(PAGE).text) == []

    shop.do("env.set", env=[{"name": "A", "value": "1"}])
    assert _offered(gus.get(PAGE).text) == ["draft.undo"]
    assert _offered(cast.signed_in(shop.people.bob).get(PAGE).text) == ["draft.undo", "draft.discard"]


def test_form_api_and_command_line_say_the_same(shop: Shop) -> None:
    gus = configurer(shop)
    shop.do("release.strategy", actor=shop.alice, **APPROVED)
    client, words = cast.signed_in(gus), "You need the right app.deploy"

    for method, address in (("get", ""), ("post", ""), ("post", "preview/")):
        answer = getattr(client, method)(f"{PAGE}do/draft.undo/{address}", {"version": shop.again().version})
        assert words in answer.text and answer.status_code == (200 if address or method == "get" else 403)
    header = cast.token_header(gus, tenant=shop.people.boutique)
    api = "/api/v1/tenants/boutique/apps/shop/operations/draft.undo"
    for address in (api, f"{api}?dry_run=1"):
        told = Client().post(address, {}, content_type="application/json", headers=header)
        assert told.status_code == 403 and words in told.json()["message"]
    with pytest.raises(CommandError, match=words):
        on = ("--tenant", "boutique", "--app", "shop", "--user", "gus")
        call_command("operate", "draft.undo", *on, stdout=io.StringIO())
