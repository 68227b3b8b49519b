"""The list of a tenant's API tokens, and revoking what it names."""

from __future__ import annotations

from typing import Any

import pytest

from tenants import tokens
from tests.api.caller import ROOT, Caller
from tests.operations.stage import Shop

TOKENS = f"{ROOT}/tokens/"


@pytest.fixture
def alice(shop: Shop) -> Caller:
    return Caller(shop.people.alice, shop.people.boutique, permissions=["tenant.view", "tenant.members"])


def test_it_says_whose_each_is_and_what_for_and_never_its_text(shop: Shop, alice: Caller) -> None:
    issued = tokens.issue(
        shop.people.bob, tenant=shop.people.boutique, name="pipeline", permissions=["app.view", "app.deploy"], days=7
    )
    answer = alice.get(TOKENS)
    bobs, own = answer.json()

    assert (bobs["user"], bobs["name"], bobs["rights"]) == ("bob", "pipeline", ["app.deploy", "app.view"])
    assert issued.text.startswith(bobs["begins_with"]) and bobs["last_used_at"] is None and bobs["expires_at"]
    assert (own["user"], own["rights"]) == ("alice", ["tenant.members", "tenant.view"]) and own["last_used_at"]
    assert issued.text not in answer.text and issued.token.digest not in answer.text


def test_a_token_of_the_list_is_revoked_by_its_id_with_the_rights_that_its_owner_has(shop: Shop, alice: Caller) -> None:
    bob = Caller(shop.people.bob, shop.people.boutique)
    listed = next(one["id"] for one in alice.get(TOKENS).json() if one["user"] == "bob")

    refused = alice.post(f"{ROOT}/operations/token.revoke", {"token": listed})
    assert refused.status_code == 403
    assert "This member has rights that this token lacks" in refused.json()["message"]
    assert bob.get(f"{ROOT}/apps/").status_code == 200
    whole = Caller(shop.people.alice, shop.people.boutique)
    assert whole.post(f"{ROOT}/operations/token.revoke", {"token": listed}).status_code == 200
    assert bob.get(f"{ROOT}/apps/").status_code == 401
    assert {one["user"] for one in alice.get(TOKENS).json()} == {"alice"}


def test_of_a_long_list_each_page_leads_to_the_next(shop: Shop, alice: Caller, monkeypatch: Any) -> None:
    for number in range(3):
        tokens.issue(shop.people.bob, tenant=shop.people.boutique, name=f"bot {number}")
    monkeypatch.setattr("releases.api.tokens.PAGE", 2)
    monkeypatch.setattr("releases.api.views.PAGE", 2)
    first = alice.get(TOKENS)
    second = alice.get(f"{TOKENS}{first['Link'].partition('<')[2].partition('>')[0]}")

    assert [one["name"] for one in first.json()] == ["bot 2", "bot 1"]
    assert [one["name"] for one in second.json()] == ["bot 0", "tests"] and "Link" not in second


def test_what_is_no_token_is_no_place_to_go_on_from(shop: Shop, alice: Caller) -> None:
    refused = alice.get(f"{TOKENS}?after=nothing")
    assert refused.status_code == 400 and "after has to be the id" in refused.json()["message"]
