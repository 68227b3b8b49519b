"""What people say to each other hides nothing and turns nothing around: refused in form, API and command line."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from rest_framework import serializers

from portal.access import Ref
from portal.errors import Invalid
from portal.operations import registry
from portal.operations.fields import MISLEADING, readable
from portal.operations.operation import Operation
from portal.operations.performing import perform
from tests import cast
from tests.api.caller import Caller
from tests.operations import scenes
from tests.operations.stage import Shop, open_shop

HIDDEN, TURNED = "The sa\N{ZERO WIDTH SPACE}le", "\N{RIGHT-TO-LEFT OVERRIDE}elas"
SAID = {"reason", "comment", "note"}
SAYING = [one for one in registry.all_operations() if SAID & set(one.Input().fields)]


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop()


@pytest.mark.parametrize("operation", SAYING, ids=scenes.named)
def test_every_operation_that_asks_why_wants_it_readable(operation: type[Operation]) -> None:
    fields = operation.Input().fields
    for name in SAID & set(fields):
        assert readable in fields[name].validators, name
        with pytest.raises(serializers.ValidationError, match="nobody sees"):
            fields[name].run_validation(TURNED)


@pytest.mark.parametrize("text", [HIDDEN, TURNED])
def test_it_is_refused_at_its_field_with_one_sentence(shop: Shop, text: str) -> None:
    data = {"dimension": "instances", "value": "150", "reason": text}
    with pytest.raises(Invalid) as refusal:
        perform("quota.request", actor=shop.alice, ref=Ref("tenant", "boutique"), data=data)
    assert refusal.value.fields == {"reason": [MISLEADING]}

    answer = Caller(shop.people.bob, shop.people.boutique).do("app.lock", {"reason": text})
    assert (answer.status_code, answer.json()["fields"]) == (400, {"reason": [str(MISLEADING)]})

    form = cast.signed_in(shop.people.bob).post("/t/boutique/apps/shop/do/app.lock/", {"reason": text})
    assert form.status_code == 422 and str(MISLEADING) in form.text

    with pytest.raises(CommandError, match="changes the direction of text"):
        call_command("operate", "app.lock", f"reason={text}", tenant="boutique", app="shop", user="bob")


@pytest.mark.parametrize("text", [HIDDEN, TURNED])
def test_the_note_beside_an_operation_is_held_to_it_too(shop: Shop, text: str) -> None:
    given: dict[str, Any] = {"process": "web", "replicas": 3}
    with pytest.raises(Invalid) as refusal:
        perform("process.scale", actor=shop.bob, ref=shop.ref, data=given, note=text)

    assert refusal.value.fields == {"note": [str(MISLEADING)]}
