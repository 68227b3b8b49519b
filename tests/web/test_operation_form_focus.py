"""Where the keyboard stands when a form is opened or comes back: without a script, and at one place only."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from portal.operations import registry
from portal.operations.kinds import READ
from portal.operations.operation import Operation
from tests import cast
from tests.operations.scenes import named, scene_of, who
from tests.operations.stage import Shop
from tests.web.test_operation_form_every import address

APP = "/t/boutique/apps/shop/"
FORMS = [one for one in registry.all_operations() if one.kind is not READ and one.subject != "release"]


@pytest.fixture(name="shop")
def _shop(db: None, request: pytest.FixtureRequest) -> Shop:
    return scene_of(request)


@pytest.fixture
def bob(shop: Shop) -> Client:
    return cast.signed_in(shop.people.bob)


def focused(page: Any) -> str:
    """The tag that asks for the focus, the only one."""
    (tag,) = re.findall(r"<[a-z]+\b[^<>]*\sautofocus[^<>]*>", page.text)
    return str(tag)


@pytest.mark.parametrize("operation", FORMS, ids=named)
def test_a_form_opens_where_one_types_first(shop: Shop, operation: type[Operation]) -> None:
    page = cast.signed_in(getattr(shop.people, who(shop, operation).username)).get(address(operation))

    form = page.text[page.text.index("data-operation-form") :]
    names = [
        re.search(r'\sname="([^"]+)"', tag)
        for tag in re.findall(r"<(?:input|select|textarea)\b[^<>]*>", form)
        if 'type="hidden"' not in tag
    ]
    first = next(one.group(1) for one in names if one)
    assert f'name="{first}"' in focused(page)


@pytest.mark.parametrize(
    ("operation", "data", "place"),
    [
        ("process.scale", {"process": "web", "replicas": "many"}, 'name="replicas"'),
        ("process.scale", {"process": "nobody", "replicas": "many"}, 'name="replicas"'),
        ("env.set", {"env__list": "1", "env[0]name": "A", "env[1]name": "1 b"}, 'name="env[1]name"'),
        ("env.set", {"env__list": "1"}, "<fieldset"),
        ("image.set", {"process": "web", "image": "UPPER CASE"}, 'name="image"'),
        ("process.scale", {"process": "web", "replicas": "3", "version": "0"}, 'role="alert"'),
    ],
)
def test_what_comes_back_has_the_focus_at_what_is_wrong(
    bob: Client, operation: str, data: dict[str, str], place: str
) -> None:
    page = bob.post(f"{APP}do/{operation}/", data)

    assert page.status_code in (409, 422)
    assert place in focused(page)


def test_a_wrong_name_has_the_focus(shop: Shop) -> None:
    page = cast.signed_in(shop.people.alice).post(f"{APP}do/app.delete/", {"confirm": "other"})
    assert 'name="confirm"' in focused(page)


def test_a_row_that_was_added_without_a_script_has_it(bob: Client) -> None:
    page = bob.post(f"{APP}do/env.set/", {"env__list": "1", "env[0]name": "A", "_add": "env"})
    assert 'name="env[1]name"' in focused(page)
