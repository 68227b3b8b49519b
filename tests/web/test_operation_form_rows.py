"""Lists in forms: rows as they were typed, and errors at the row they are about."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from portal.audit.models import AuditEntry
from tests import cast
from tests.operations.stage import Shop, open_shop
from tests.web.filled import values

APP = "/t/boutique/apps/shop/"
SCALE = f"{APP}do/process.scale/"
ENV = f"{APP}do/env.set/"
TARGETS = f"{APP}do/placement.targets/"


@pytest.fixture(name="shop")
def _shop(db: None) -> Shop:
    return open_shop()


@pytest.fixture
def bob(shop: Shop) -> Client:
    return cast.signed_in(shop.people.bob)


def spec_of(shop: Shop) -> dict[str, Any]:
    draft = shop.again().draft
    assert draft is not None
    found: dict[str, Any] = draft.spec
    return found


def row_of(page: Any, control: str) -> str:
    """The tag of a control in a row."""
    found = re.search(rf'<(?:select|input)\b[^>]*\sname="{re.escape(control)}"[^>]*>', page.text)
    assert found, control
    return found.group(0)


@pytest.mark.parametrize(
    ("clusters", "wrong", "words"),
    [
        (["north", "west"], "targets[1]cluster", "There is no cluster west for this tenant"),
        (["north", "south", "north"], "targets[2]cluster", "is there twice"),
        (["north", "NO!"], "targets[1]cluster", "cannot be used"),
    ],
)
def test_a_refusal_about_a_row_marks_the_control_in_it(
    shop: Shop, bob: Client, clusters: list[str], wrong: str, words: str
) -> None:
    rows = {f"targets[{index}]cluster": name for index, name in enumerate(clusters)}
    weights = {f"targets[{index}]weight": "1" for index in range(len(clusters))}
    page = bob.post(TARGETS, {"targets__list": "1", **rows, **weights})

    assert page.status_code == 422 and words in page.text
    marked = [name for name in rows if 'aria-invalid="true"' in row_of(page, name)]
    assert marked == [wrong] and "data-first-error" not in page.text


def test_a_refusal_about_all_rows_marks_the_list(shop: Shop, bob: Client) -> None:
    rows = {"targets[0]cluster": "north", "targets[0]weight": "0"}
    page = bob.post(TARGETS, {"targets__list": "1", **rows})

    assert page.status_code == 422 and "No cluster has a share" in page.text
    assert re.search(r'<fieldset class="field" data-rows tabindex="-1" data-first-error', page.text)


@pytest.mark.parametrize(
    ("names", "wrong"), [(["A", "B", "A"], "env[2]name"), (["A", "1B"], "env[1]name"), (["A", "KEY"], "env[1]name")]
)
def test_a_variable_that_cannot_be_is_marked_in_its_row(shop: Shop, bob: Client, names: list[str], wrong: str) -> None:
    shop.do("secret.set", name="KEY", value="hush")
    rows = {f"env[{index}]name": name for index, name in enumerate(names)}
    page = bob.post(ENV, {"env__list": "1", **rows, "process": ""})

    assert page.status_code == 422
    assert [name for name in rows if 'aria-invalid="true"' in row_of(page, name)] == [wrong]


def test_rows_are_read_whatever_their_numbers(shop: Shop, bob: Client) -> None:
    data = {"env__list": "1", "env[0]name": "A", "env[0]value": "1", "env[7]name": "B", "env[7]value": " two ",
            "env[3]name": "", "env[3]value": "", "process": ""}  # fmt: skip
    assert bob.post(ENV, data).status_code == 303

    assert [(one["name"], one["value"]) for one in spec_of(shop)["env"]] == [("A", "1"), ("B", " two ")]


@pytest.mark.parametrize(
    "odd",
    [{"env[0]": "x"}, {"env[0]": "x", "env[0]name": "A"}, {f"env[{'9' * 5000}]name": "A"}, {"env": "x"},
     {"env[-1]name": "A"}, {"env[0]name[0]": "A"}, {"env[0][name]": "A"}, {"env[0]nothing": "A"}],
    ids=lambda odd: str(odd)[:30],
)  # fmt: skip
def test_odd_rows_are_an_error_of_the_form_and_none_of_ours(shop: Shop, bob: Client, odd: dict[str, str]) -> None:
    answer = bob.post(ENV, {"env__list": "1", "process": ""} | odd)

    assert answer.status_code in (303, 400, 422)
    assert [one["name"] for one in spec_of(shop).get("env", [])] in ([], ["A"])


def test_an_error_in_a_row_stands_in_that_row(shop: Shop, bob: Client) -> None:
    data = {"env__list": "1", "env[0]name": "A", "env[0]value": "1", "env[1]name": "", "env[1]value": "kept"}
    page = bob.post(ENV, data)

    assert page.status_code == 422 and values(page, "env[1]value") == ["kept"] and values(page, "env[0]name") == ["A"]
    assert 'aria-invalid="true"' in page.text[page.text.index('name="env[1]name"') - 200 :]


def test_an_empty_list_is_sent_by_its_marker(shop: Shop, bob: Client) -> None:
    page = bob.post(f"{APP}do/placement.targets/", {"targets__list": "1"})
    assert page.status_code == 422 and len(spec_of(shop)["placement"]["targets"]) == 2

    page = bob.post(f"{APP}do/env.unset/", {"names__list": "1"})
    assert page.status_code == 422


def test_add_a_row_without_javascript_performs_nothing(shop: Shop, bob: Client) -> None:
    data = {"env__list": "1", "env[0]name": "A", "env[0]value": "1", "process": "web", "note": "why", "version": "1",
            "_add": "env"}  # fmt: skip
    page = bob.post(ENV, data)

    assert page.status_code == 200 and shop.again().version == 1 and AuditEntry.objects.count() == 1
    assert values(page, "env[0]name") == ["A"] and values(page, "env[1]name") == [""]
    assert values(page, "note") == ["why"] and values(page, "env[2]name") == []
    more = bob.post(ENV, data | {"env[1]name": "", "env[1]value": ""})
    assert values(more, "env[2]name") == [""]
    assert bob.post(ENV, data | {"_add": "nothing"}).status_code == 200 and shop.again().version == 1


def test_add_a_row_is_refused_to_who_may_not(shop: Shop) -> None:
    data = {"env__list": "1", "_add": "env"}

    assert cast.signed_in(shop.people.vera).post(ENV, data).status_code == 403
    assert cast.signed_in(shop.people.charlie).post(ENV, data).status_code == 404
