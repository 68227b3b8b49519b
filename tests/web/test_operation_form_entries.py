"""Lists of single texts or numbers in forms: a row for each, and nothing of them is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from portal.audit.models import AuditEntry
from tests import cast
from tests.operations.listing import NAME, command_line
from tests.operations.stage import Shop, open_shop
from tests.web.filled import values
from tests.web.test_operation_form_lines import AsSent

FORM = f"/t/boutique/apps/shop/do/{NAME}/"
RUNS = {"process": "web", "command__list": "1", "args__list": "1", "ports__list": "1", "ports[0]": "8080"}


@pytest.fixture(name="shop")
def _shop(db: None) -> Iterator[Shop]:
    with command_line():
        yield open_shop()


@pytest.fixture
def bob(shop: Shop) -> Client:
    return cast.signed_in(shop.people.bob)


def runs(shop: Shop) -> tuple[list[str], list[str], list[int]]:
    draft = shop.again().draft
    assert draft is not None
    web: Any = draft.spec["processes"][0]
    return web.get("command", []), web.get("args", []), [port["port"] for port in web["ports"]]


def test_a_form_shows_every_entry_and_one_blank_row_where_there_is_none(shop: Shop, bob: Client) -> None:
    shop.do(NAME, process="web", command=["/bin/sh", "-c"], ports=[8080, 9090])
    page = bob.get(FORM)

    assert [values(page, f"command[{index}]") for index in (0, 1, 2)] == [["/bin/sh"], ["-c"], []]
    assert [values(page, f"ports[{index}]") for index in (0, 1, 2)] == [["8080"], ["9090"], []]
    shop.do(NAME, process="web", command=[], ports=[8080])
    assert values(bob.get(FORM), "command[0]") == [""]
    assert "There is nothing to choose yet." not in page.text


@pytest.mark.parametrize("args", [[], ["-c", "exec app\n--all\n"], ["", "x", ""], [""], ["  two ", "\n"]], ids=repr)
def test_a_form_saved_as_it_was_opened_changes_nothing(shop: Shop, bob: Client, args: list[str]) -> None:
    shop.do(NAME, process="web", command=["/bin/sh", "/bin/sh"], args=args)
    kept = shop.again().version

    sent = AsSent(bob.get(FORM).text).data
    preview = bob.post(f"{FORM}preview/", sent | RUNS | {"note": "only why"})
    answer = bob.post(FORM, sent | {"process": "web", "note": "only why"}, follow=True)

    assert "Nothing: it is already so." in preview.text
    assert "Nothing changes" in answer.text and shop.again().version == kept
    assert runs(shop)[:2] == (["/bin/sh", "/bin/sh"], args)


def test_entries_are_saved_in_the_order_of_their_rows(shop: Shop, bob: Client) -> None:
    typed = {"command[0]": "/bin/sh", "command[7]": "last", "command[3]": "", "command[4]": "-c", "args[2]": "",
             "args[1]": "a\r\nb", "ports[0]": "9090", "ports[1]": "8080"}  # fmt: skip
    assert bob.post(FORM, RUNS | typed).status_code == 303

    assert runs(shop) == (["/bin/sh", "-c", "last"], ["a\nb", ""], [9090, 8080])


def test_a_list_without_rows_is_an_empty_one(shop: Shop, bob: Client) -> None:
    shop.do(NAME, process="web", command=["/bin/sh"], args=["-c"])
    assert bob.post(FORM, RUNS).status_code == 303

    assert runs(shop) == ([], [], [8080])


def test_add_a_row_without_javascript_keeps_what_was_typed(shop: Shop, bob: Client) -> None:
    typed = RUNS | {"command[0]": "/bin/sh", "command[1]": "", "args[0]": "", "note": "why", "_add": "command"}
    page = bob.post(FORM, typed)

    assert page.status_code == 200 and shop.again().version == 1 and AuditEntry.objects.count() == 1
    assert [values(page, f"command[{index}]") for index in range(4)] == [["/bin/sh"], [""], [""], []]
    assert values(page, "args[0]") == [""] and values(page, "args[1]") == [] and values(page, "note") == ["why"]
    assert values(bob.post(FORM, typed | {"_add": "args"}), "args[1]") == [""]
    assert values(bob.post(FORM, typed | {"_add": "ports"}), "ports[1]") == [""]


@pytest.mark.parametrize(
    ("typed", "wrong", "words"),
    [
        ({"command[0]": "a", "command[1]": "b" * 21}, "command[1]", "Command, row 2: This is longer than 20"),
        ({"ports[0]": "80", "ports[1]": "many"}, "ports[1]", "Ports, row 2: This is not a whole number"),
        ({"ports[0]": "0"}, "ports[0]", "Ports, row 1: This is less than 1"),
        ({"command[0]": "a\r\nb"}, "command[0]", "Command, row 1: This takes one line of text"),
    ],
)
def test_what_is_wrong_with_an_entry_stands_in_its_row(
    shop: Shop, bob: Client, typed: dict[str, str], wrong: str, words: str
) -> None:
    page = bob.post(FORM, RUNS | typed)

    assert page.status_code == 422 and shop.again().version == 1
    invalid = re.findall(r'name="([^"]*)"[^>]*aria-invalid="true"', page.text)
    assert invalid == [wrong] and "data-first-error" not in page.text
    assert values(page, wrong) == [typed[wrong].replace("\r\n", "\n")]
    assert words in bob.post(f"{FORM}preview/", RUNS | typed).text


def test_too_many_entries_are_an_error_of_the_list(bob: Client) -> None:
    page = bob.post(FORM, RUNS | {f"command[{index}]": "x" for index in range(6)})

    assert page.status_code == 422 and "more than 5 entries" in page.text
    assert re.search(r'<fieldset class="field" data-rows tabindex="-1" data-first-error', page.text)


@pytest.mark.parametrize(
    "odd", [{"command[x]": "a"}, {"command[-1]": "a"}, {"command[0]name": "a"}, {f"command[{'9' * 12}]": "a"}],
    ids=repr,
)  # fmt: skip
def test_odd_entries_are_refused(shop: Shop, bob: Client, odd: dict[str, str]) -> None:
    assert bob.post(FORM, RUNS | odd).status_code == 422 and shop.again().version == 1


def test_an_address_fills_the_rows(bob: Client) -> None:
    page = bob.get(f"{FORM}?command=/bin/sh&command=-c")
    assert [values(page, f"command[{index}]") for index in (0, 1)] == [["/bin/sh"], ["-c"]]
