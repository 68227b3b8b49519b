"""What a step would go without is refused at its cell, by name, and not left out without a word."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from apps_mgmt.drafts import spec_of
from apps_mgmt.operations.releasing.step_checks import check_rows
from apps_mgmt.operations.releasing.step_rows import KINDS, StepRow
from portal.access import Ref
from portal.errors import Refused
from portal.operations.performing import perform
from tests import cast
from tests.operations.stage import Shop
from tests.operations.test_strategy_rows import ROWS

FIRST = {"kind": "batch", "name": "begin", "replicas": "10%"}
JOB = {"kind": "job", "name": "migrate", "process": "web", "command": "bin/migrate"}
BLANK: dict[str, Any] = {name: [] if name in ("members", "roles") else "" for name in StepRow().fields}
TYPED: dict[str, Any] = {
    "part": "needs",
    "replicas": "9",
    "traffic": 0,
    "seconds": -1,
    "count": 1,
    "members": ["alice"],
    "roles": ["approver"],
    "author": True,
    "expires": 0,
    "channel": "operator",
    "process": "web",
    "port": "http",
    "path": "/",
    "method": "POST",
    "url": "https://ci.example.com/",
    "once": True,
    "least": 0.0,
    "most": 1.0,
    "samples": 1,
    "lasts": 1,
    "period": 1,
    "failures": 0,
    "missing": "ignored",
    "restarts": 0,
}
ELSEWHERE = sorted({cell for _title, cells in KINDS.values() for cell in cells} | {"inputs"})


def refused(shop: Shop, *rows: dict[str, Any]) -> Refused:
    with pytest.raises(Refused) as caught:
        shop.preview("release.strategy", kind="canary", steps=[*rows, FIRST])
    return caught.value


@pytest.mark.parametrize("cell", ELSEWHERE)
def test_a_word_of_another_kind_of_step_is_refused_by_name(shop: Shop, cell: str) -> None:
    others = [row for row in ROWS if cell not in (*KINDS[row["kind"]][1], "inputs")]
    without_inputs = [row for row in ROWS if row["kind"] in ("note", "soak", "http-check")]
    for row in others or without_inputs:
        error = refused(shop, {**row, cell: TYPED.get(cell, "x")})
        assert error.field == f"steps[0].{cell}"
        kind = row["kind"]
        begins = f"The step {row['name']} is of the kind {kind} ({KINDS[kind][0]}), which has no {cell} ("
        assert str(error).startswith(begins) and ". Take it out, or choose " in str(error)


def test_it_says_which_kinds_have_the_word(shop: Shop) -> None:
    assert str(refused(shop, {**JOB, "image": "tools:1"})) == (
        "The step migrate is of the kind job (Run a command), which has no image (Builder's image). Take it out, or "
        "choose build (Build an image)."
    )


def test_every_such_cell_of_every_row_is_told(shop: Shop) -> None:
    error = refused(shop, {**JOB, "image": "tools:1", "port": "http"}, {**FIRST, "name": "more", "seconds": 5})
    assert set(error.told) == {"steps[0].image", "steps[0].port", "steps[1].seconds"}


def test_hooks_offer_kinds_of_hooks_alone(shop: Shop) -> None:
    with pytest.raises(Refused, match=r"which has no image \(Builder's image\)\. Take it out\.$") as caught:
        shop.do("release.hooks", before=[{**JOB, "image": "tools:1", "url": "https://ci.example.com/"}])
    assert set(caught.value.told) == {"before[0].image", "before[0].url"}
    assert str(caught.value.others["before[0].url"]).endswith("Take it out, or choose http-call (Call a server).")
    assert not spec_of(shop.again()).release.hooks.before


def test_a_hook_runs_beside_no_other_and_says_so(shop: Shop) -> None:
    with pytest.raises(Refused, match=r"migrate runs beside no other\. Take a/b out\.") as caught:
        shop.do("release.hooks", before=[{**JOB, "beside": "a/b"}])
    assert caught.value.field == "before[0].beside"
    shop.do("release.hooks", before=[{**JOB, "beside": ""}])


def test_a_saved_strategy_refuses_it_alike(shop: Shop) -> None:
    data = {"name": "careful", "title": "Careful", "kind": "canary", "steps": [FIRST, {**JOB, "image": "tools:1"}]}
    with pytest.raises(Refused, match="which has no image") as caught:
        perform("strategy.save", actor=shop.alice, ref=Ref("tenant", "boutique"), data=data)
    assert caught.value.field == "steps[1].image"


LACKING = [
    ({"kind": "traffic", "name": "some", "traffic": 5}, "value", "yes", "header"),
    ({"kind": "note", "name": "look", "text": "Look."}, "backoff", 5, "retries"),
    ({"kind": "http-check", "name": "c", "process": "web"}, "headers", "Accept: text/plain", "url"),
    ({"kind": "http-check", "name": "c", "process": "web"}, "statuses", "200", "url"),
    ({"kind": "build", "name": "b", "processes": "web", "image": "b:1", "command": "build"}, "body", "{}", "url"),
]


@pytest.mark.parametrize(
    ("row", "cell", "typed", "other"), LACKING, ids=lambda one: one if isinstance(one, str) else ""
)
def test_what_does_nothing_without_another_word_is_refused_by_name(
    shop: Shop, row: dict[str, Any], cell: str, typed: Any, other: str
) -> None:
    error = refused(shop, {**row, cell: typed})
    assert error.field == f"steps[0].{cell}"
    assert f" has {cell} (" in str(error) and f"which does nothing without {other} (" in str(error)
    assert str(error).endswith("Take it out, or write that as well.")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_cells_that_a_form_sends_blank_are_no_words(shop: Shop, row: dict[str, Any]) -> None:
    numbers = {name: None for name, one in StepRow().fields.items() if getattr(one, "allow_null", False)}
    ticks = {"author": False, "once": False}
    check_rows([{**BLANK, **numbers, **ticks, **row}], tenant=shop.people.boutique)


FORM = "/t/boutique/apps/shop/do/release.hooks/"


def form(**more: str) -> dict[str, str]:
    cells = {name: one for name, one in {**BLANK, **JOB, **more}.items() if one != []}
    return {"before__list": "1", "after__list": "1", **{f"before[0]{name}": str(one) for name, one in cells.items()}}


@pytest.fixture
def bob(shop: Shop) -> Client:
    return cast.signed_in(shop.people.bob)


def test_a_form_says_it_at_the_cell_which_is_shown_then(shop: Shop, bob: Client) -> None:
    page = bob.post(FORM, form(image="tools:1"))
    assert page.status_code == 422
    cell = page.text.partition('name="before[0]image"')
    assert "which has no image (Builder&#x27;s image). Take it out." in cell[2].partition('<div class="cell"')[0]
    assert "data-only=" not in cell[0].rpartition('<div class="cell"')[2].partition(">")[0]
    assert not spec_of(shop.again()).release.hooks.before

    assert bob.post(FORM, form()).status_code == 303
    assert [step.name for step in spec_of(shop.again()).release.hooks.before] == ["migrate"]


def test_the_command_line_says_it_too(shop: Shop) -> None:
    row = '[{"kind":"job","name":"m","process":"web","command":"x","image":"tools:1"}]'
    with pytest.raises(CommandError, match=r"which has no image \(Builder's image\)\. Take it out"):
        call_command(
            "operate", "release.hooks", f"before:={row}", tenant="boutique", app="shop", user="bob", stdout=StringIO()
        )
