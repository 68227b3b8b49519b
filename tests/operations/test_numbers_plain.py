"""Numbers are digits, however they come: what Python would read besides is refused with the sentence of the field."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from rest_framework import serializers

from portal.errors import Invalid
from portal.operations.numbers import is_plain
from tests import cast
from tests.operations.stage import Shop

WHOLE = "This is not a whole number. Write one in digits, like 3."
ANY = "This is not a number. Write one in digits, like 2.5."
SCALE = "/t/boutique/apps/shop/do/process.scale/"
ODD = ["1_0", "\uff11\uff12", "٣", "1१", "0x3", "1e1", "_3", "3_"]


@pytest.mark.parametrize("sent", ODD)
def test_a_whole_number_in_json_is_written_in_digits(shop: Shop, sent: str) -> None:
    with pytest.raises(Invalid) as caught:
        shop.do("process.scale", process="web", replicas=sent)

    assert caught.value.fields == {"replicas": [WHOLE]} and shop.again().version == 1


@pytest.mark.parametrize("sent", ODD)
def test_so_it_is_in_a_form_which_keeps_what_was_typed(shop: Shop, sent: str) -> None:
    page = cast.signed_in(shop.people.bob).post(SCALE, {"process": "web", "replicas": sent})

    assert page.status_code == 422 and WHOLE in page.text and f'value="{sent}"' in page.text
    assert shop.again().version == 1


def test_so_it_is_in_a_command(shop: Shop) -> None:
    with pytest.raises(CommandError, match="not a whole number"):
        call_command("operate", "process.scale", "process=web", "replicas=1_0", "--tenant=boutique", "--app=shop")

    assert shop.again().version == 1


def test_so_it_is_in_a_row_of_a_list_and_where_a_point_may_be(shop: Shop) -> None:
    step = {"kind": "metric-check", "name": "errors", "most": "0_1", "samples": "1_0"}
    with pytest.raises(Invalid) as caught:
        shop.do("release.strategy", kind="canary", steps=[step])

    assert caught.value.fields == {"steps[0].samples": [WHOLE], "steps[0].most": [ANY]}


def test_so_it_is_in_the_address_of_what_is_read(shop: Shop) -> None:
    """Which version was seen stands there, too."""
    header = cast.token_header(shop.people.bob, tenant=shop.people.boutique)
    for version in ("1_0", "٣"):
        address = f"/api/v1/tenants/boutique/apps/shop/operations/process.scale?version={version}"
        body = {"process": "web", "replicas": 5}
        assert Client().post(address, body, content_type="application/json", headers=header).status_code == 400


@pytest.mark.parametrize("sent", ["3", " 3 ", "+3", "3.0", 3, 3.0])
def test_what_was_a_number_before_stays_one(shop: Shop, sent: Any) -> None:
    shop.do("process.scale", process="web", replicas=sent)

    draft = shop.again().draft
    assert draft is not None and draft.spec["processes"][0]["replicas"] == 3


@pytest.mark.parametrize("text", ["2.5", "-2.5", ".5", "2.", "1e3", "1E-3", "7"])
def test_a_number_may_have_a_point_and_an_exponent_where_the_field_takes_them(text: str) -> None:
    assert is_plain(serializers.FloatField(), text)


@pytest.mark.parametrize("text", ["1_0.5", "\uff12.5", "1e\uff11", "", "nan", "inf"])
def test_nothing_else_is_one(text: str) -> None:
    assert not is_plain(serializers.FloatField(), text)
