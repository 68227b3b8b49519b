"""Who signs in with an address that was stored before those were refused is told nobody, wherever it is shown."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps_mgmt import drafts
from apps_mgmt.models import Revision, StrategyVersion
from apps_mgmt.spec import dump
from portal.audit.models import AuditEntry
from portal.audit.recording import Change, Subject, record
from portal.errors import Refused
from tests import cast
from tests.operations.stage import Shop, open_shop

SECRET = "hunter2"
ADDRESS = f"https://bob:{SECRET}@ci.example.com/done"
SHOWN = "https://…@ci.example.com/done"
CALL = {"kind": "http-call", "name": "tell", "url": "https://ci.example.com/done"}
APP, API = "/t/boutique/apps/shop/", "/api/v1/tenants/boutique/"


def signed(given: Any) -> Any:
    """The same, as it was stored once."""
    if isinstance(given, dict):
        return {name: ADDRESS if name == "url" else signed(one) for name, one in given.items()}
    return [signed(one) for one in given] if isinstance(given, list | tuple) else given


@pytest.fixture
def old(db: None) -> Shop:
    """The shop with a hook and a saved strategy of which the address says who signs in, and the entry of that."""
    shop = open_shop()
    shop.runs()
    shop.do("release.hooks", before=[CALL])
    draft = shop.again().draft
    assert draft is not None
    Revision.objects.filter(pk=draft.pk).update(spec=signed(dump(drafts.spec_of(shop.again()))))
    step = {"kind": "http-check", "name": "look", "request": {"url": ADDRESS, "method": "GET"}}
    strategy = {"kind": "canary", "steps": [step, {"kind": "batch", "name": "all", "replicas": "100%"}]}
    StrategyVersion.objects.create(
        tenant=shop.people.boutique, name="careful", number=1, title="Careful", strategy=strategy, actor_name="alice"
    )
    given = {"before": [{**CALL, "url": ADDRESS}], "after": []}
    diff = [{"label": "hook", "before": None, "after": f"address {ADDRESS}, method POST", "kind": "added"}]
    boutique = shop.people.boutique
    about = Subject("app", str(shop.app.pk), "shop", boutique.pk, "boutique")
    record(Change("release.hooks", input=given, resolved=given, diff=diff), actor=shop.bob, subject=about)
    return shop


def alice(shop: Shop) -> Client:
    return cast.signed_in(shop.people.alice)


def text(answer: Any) -> str:
    assert answer.status_code == 200
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.text


@pytest.mark.parametrize(
    "path",
    [
        *(f"{APP}{one}" for one in ("", "_draft", "configure/", "activity/", "do/release.hooks/")),
        "/t/boutique/do/strategy.save/?name=careful",
        *(f"{API}{one}" for one in ("apps/shop/", "strategies/")),
    ],
)
def test_pages_forms_and_the_api_show_it_without(old: Shop, path: str) -> None:
    shown = text(alice(old).get(path))
    assert SECRET not in shown and SHOWN in shown


def test_the_page_of_the_entry_shows_it_without(old: Shop) -> None:
    entry = AuditEntry.objects.latest("id")
    shown = text(alice(old).get(f"/t/boutique/activity/{entry.sequence}/"))
    assert SECRET not in shown and shown.count(SHOWN) > 1


def test_a_table_of_the_log_is_without_and_what_proves_it_is_as_it_was_written(old: Shop) -> None:
    client = alice(old)
    export = f"{API}audit/export?as="
    assert SECRET not in text(client.get(f"{export}csv"))
    assert SECRET in text(client.get(f"{export}jsonl"))


def test_a_preview_and_what_is_kept_of_the_next_change_are_without(old: Shop) -> None:
    outcome = old.preview("release.hooks", before=[])
    assert outcome.preview is not None
    assert SECRET not in str(outcome.as_json()) and SHOWN in str(outcome.as_json())
    old.do("process.scale", process="web", replicas=5)
    old.do("release.strategy", saved="careful")
    draft = old.again().draft
    assert draft is not None and SHOWN in str(draft.spec) and SECRET not in str(draft.spec)
    old.do("release.hooks", before=[])
    kept = str([(one.diff, one.resolved) for one in AuditEntry.objects.order_by("-id")[:3]])
    assert SHOWN in kept and SECRET not in kept


def test_as_it_is_shown_it_is_no_more_taken_than_before(old: Shop) -> None:
    with pytest.raises(Refused, match="Leave out what stands before @"):
        old.do("release.hooks", before=[{**CALL, "url": SHOWN}])
