"""What a form may hold: its fields and what goes with every form. Anything else is refused, as in JSON."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from apps_mgmt import drafts
from tests import cast
from tests.operations.stage import Shop, open_shop

APP = "/t/boutique/apps/shop/"
SCALE = f"{APP}do/process.scale/"
ENV = f"{APP}do/env.set/"


@pytest.fixture(name="shop")
def _shop(db: None) -> Shop:
    return open_shop()


@pytest.fixture
def bob(shop: Shop) -> Client:
    return cast.signed_in(shop.people.bob)


@pytest.mark.parametrize("key", ["replicass", "process__list", "replicas[0]x", "_ad", "__index__", "confirm"])
def test_a_key_that_no_field_has_is_named_and_nothing_saved(shop: Shop, bob: Client, key: str) -> None:
    page = bob.post(SCALE, {"process": "web", "replicas": "5", key: "q"})

    assert page.status_code == 422 and f"Unknown fields: {key}. process.scale takes" in page.text
    assert shop.again().version == 1


@pytest.mark.parametrize("key", ["env[0]nam", "env[x]name", "env[99999999999]name"])
def test_a_row_takes_no_other_keys_than_its_own(shop: Shop, bob: Client, key: str) -> None:
    page = bob.post(ENV, {"env__list": "1", "env[0]name": "A", "env[0]value": "b", key: "q"})

    assert page.status_code == 422 and "Unknown fields: env" in page.text
    assert shop.again().version == 1


def test_rows_are_no_single_value(shop: Shop, bob: Client) -> None:
    page = bob.post(ENV, {"env__list": "1", "env[0]name": "A", "env[0]value": "b", "env": "q"})

    assert page.status_code == 422 and shop.again().version == 1


def test_rows_without_their_marker_are_no_less_meant(shop: Shop, bob: Client) -> None:
    assert bob.post(ENV, {"env[0]name": "A", "env[0]value": "b"}).status_code == 303
    draft = shop.again().draft
    assert draft is not None and "'A'" in str(draft.spec)


def test_the_preview_refuses_what_saving_would(bob: Client) -> None:
    assert "Unknown fields: imagee." in bob.post(f"{APP}do/image.set/preview/", {"image": "b:3", "imagee": "q"}).text


def test_there_is_one_thing_to_do_once_it_is_saved(shop: Shop, bob: Client) -> None:
    page = bob.post(SCALE, {"process": "web", "replicas": "5", "then": "explode"})

    assert page.status_code == 422 and "then has to be deploy, or blank" in page.text
    assert shop.again().version == 1


def test_what_goes_into_no_draft_is_not_deployed_afterwards(shop: Shop, bob: Client) -> None:
    page = bob.post(f"{APP}do/app.describe/", {"title": "T", "then": "deploy"})

    assert page.status_code == 422 and "Unknown fields: then." in page.text


@pytest.mark.parametrize("version", ["x", "", "-1", "1.0", "٣", "9" * 30])
def test_a_form_whose_version_is_broken_saves_nothing(shop: Shop, bob: Client, version: str) -> None:
    page = bob.post(SCALE, {"process": "web", "replicas": "5", "version": version})

    assert page.status_code == 422 and "which version it was made from" in page.text
    assert shop.again().version == 1


def test_a_form_that_names_no_version_is_taken_as_by_the_api(shop: Shop, bob: Client) -> None:
    shop.do("process.scale", process="web", replicas=7)

    assert bob.post(SCALE, {"process": "web", "replicas": "5"}).status_code == 303


def test_a_form_of_what_has_no_version_is_sent_as_it_was_drawn(bob: Client) -> None:
    page = bob.get("/t/boutique/do/app.create/").text
    version = re.search(r'name="version" value="([^"]*)"', page)
    assert version
    data = {"name": "other", "image": "registry.example.com/o:1", "replicas": "1", "size": "small"}

    assert bob.post("/t/boutique/do/app.create/", data | {"version": version[1]}).status_code == 303


def test_the_api_knows_no_blank_version(shop: Shop) -> None:
    header = cast.token_header(shop.people.bob, tenant=shop.people.boutique)
    address = "/api/v1/tenants/boutique/apps/shop/operations/process.scale?version="
    body = {"process": "web", "replicas": 5}

    assert Client().post(address, body, content_type="application/json", headers=header).status_code == 400


def test_a_list_within_a_row_is_sent_as_any_list(shop: Shop, bob: Client) -> None:
    waves = {"order__list": "1", "order[0]clusters__list": "1", "order[0]clusters": "north"}
    page = bob.post(f"{APP}do/release.waves/", {"across": "one-after-another", **waves})

    assert page.status_code == 303, page.text
    assert drafts.spec_of(shop.again()).release.waves.order[0].clusters == ("north",)


def test_every_box_that_is_ticked_within_a_row_is_read(shop: Shop, bob: Client) -> None:
    waves = {"order__list": "1", "order[0]clusters__list": "1", "order[0]clusters": ["north", "south"]}
    page = bob.post(f"{APP}do/release.waves/", {"across": "one-after-another", **waves})

    assert page.status_code == 303, page.text
    assert drafts.spec_of(shop.again()).release.waves.order[0].clusters == ("north", "south")
