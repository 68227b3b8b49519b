"""What is wrong with a step is said in a sentence, at the row and the cell where it was written."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.operations.releasing.step_cells import MODELS
from apps_mgmt.operations.releasing.step_rows import KINDS
from portal.access import Ref
from portal.errors import Invalid, Refused, UserError
from portal.operations.performing import perform
from portal.operations.reading import read
from tests.operations.stage import Shop
from tests.operations.test_strategy_rows import ROWS

FIRST = {"kind": "batch", "name": "begin", "replicas": "10%"}
NO_SENTENCES = ("validation error", "pydantic", "type=", "Input should be", "Value error", "None")
WRONG: list[Any] = ["", "foo bar", -7, [], {"x": 1}]


def saved(shop: Shop, *rows: dict[str, Any]) -> UserError | None:
    """What saving these steps is refused for."""
    try:
        shop.preview("release.strategy", kind="canary", steps=[*rows, FIRST])
    except UserError as error:
        return error
    return None


def without(row: dict[str, Any], cell: str) -> dict[str, Any]:
    return {name: one for name, one in row.items() if name != cell}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_no_cell_of_any_kind_is_answered_by_the_words_of_a_library(shop: Shop, row: dict[str, Any]) -> None:
    for cell in ("name", *KINDS[row["kind"]][1], "when", "condition", "timeout", "retries", "backoff", "inputs"):
        tried = [without(row, cell), *({**row, cell: wrong} for wrong in WRONG)]
        for error in filter(None, (saved(shop, one) for one in tried)):
            assert isinstance(error, Invalid | Refused)
            at = next(iter(error.fields)) if isinstance(error, Invalid) else error.field
            told = str(error).removeprefix(f"{at}: ")
            assert not [word for word in NO_SENTENCES if word in told], f"{cell}: {error}"
            elsewhere = (
                "uses the output of",
                "has no p",
                "is no process",
                "no process",
                "reads the configuration",
                "in any case",
            )
            assert at.startswith("steps[0].") or any(one in told for one in elsewhere), f"{cell}: {error}"


LEFT_OUT = [
    (row["kind"], cell)
    for row in ROWS
    for cell, field in MODELS[row["kind"]].model_fields.items()
    if field.is_required() and cell in KINDS[row["kind"]][1] and cell != "channel"
]


@pytest.mark.parametrize(("kind", "cell"), [*dict.fromkeys(LEFT_OUT), ("http-call", "url")])
def test_what_a_step_cannot_do_without_is_asked_for_with_an_example(shop: Shop, kind: str, cell: str) -> None:
    row = next(row for row in ROWS if row["kind"] == kind)
    error = saved(shop, without(row, cell))
    assert isinstance(error, Refused)
    assert error.field == f"steps[0].{cell}"
    assert f"The step {row['name']} says nothing at “" in str(error)


SAID = [
    ({"kind": "window", "name": "night", "days": "foo"}, "days", "foo is no day of the week. Write mon, tue,"),
    ({"kind": "window", "name": "night", "begin": "9"}, "begin", "9 is not a time of day. Write it like 09:30."),
    ({"kind": "window", "name": "night", "time_zone": "M%s"}, "time_zone", "M%s is not a time zone"),
    ({"kind": "job", "name": "m", "process": "web", "command": "'x"}, "command", "quotation mark"),
    ({"kind": "traffic", "name": "some"}, "traffic", "moves no traffic. Give it a share in %, or a header."),
    ({"kind": "note", "name": "a b", "text": "x"}, "name", "cannot be used"),
    ({"kind": "note", "name": "look", "text": "x", "beside": "a b/c"}, "beside", "cannot be used"),
    ({"kind": "http-call", "name": "c", "url": "ftp://x"}, "url", "begins with https://"),
    ({"kind": "http-call", "name": "c", "url": "https://x", "statuses": "999"}, "statuses", "999 is no HTTP status"),
]


@pytest.mark.parametrize(("row", "cell", "words"), SAID, ids=lambda one: one if isinstance(one, str) else "")
def test_what_is_wrong_is_said_at_its_cell(shop: Shop, row: dict[str, Any], cell: str, words: str) -> None:
    error = saved(shop, row)
    assert isinstance(error, Refused)
    assert error.field == f"steps[0].{cell}"
    assert words in str(error)


def test_a_saved_strategy_and_hooks_say_it_alike(shop: Shop) -> None:
    job = {"kind": "job", "name": "migrate", "process": "web"}
    with pytest.raises(Refused, match="says nothing at “Command”") as refused:
        shop.do("release.hooks", after=[job])
    assert refused.value.field == "after[0].command"
    data = {"name": "careful", "title": "Careful", "kind": "canary", "steps": [FIRST, job]}
    with pytest.raises(Refused, match="says nothing at “Command”") as refused:
        perform("strategy.save", actor=shop.alice, ref=Ref("tenant", "boutique"), data=data)
    assert refused.value.field == "steps[1].command"


def test_a_process_that_hooks_name_and_there_is_not_is_said_at_its_cell(shop: Shop) -> None:
    with pytest.raises(UserError, match="nope") as refused:
        shop.do("release.hooks", before=[{"kind": "job", "name": "m", "process": "nope", "command": "bin/migrate"}])
    assert refused.value.field == "before[0].process"


CALL = {"kind": "http-call", "name": "c", "url": "https://ci.example.com"}
LATER = [
    ({"kind": "note", "name": "a", "text": "x", "condition": "1+"}, "condition", "1+ ends too early. Write it to its"),
    ({"kind": "note", "name": "a", "text": "x", "condition": "(1"}, "condition", "(1 ends too early."),
    ({"kind": "note", "name": "a", "text": "x", "condition": "1 & 2"}, "condition", "cannot be read from “& 2” on."),
    ({"kind": "note", "name": "a", "text": "x", "condition": "foo > 1"}, "condition", "names foo, which is not known."),
    (
        {"kind": "note", "name": "a", "text": "x", "condition": '1 + "x"'},
        "condition",
        '1 + "x" cannot come to anything',
    ),
    ({**CALL, "inputs": "A = 1\nB = 1+"}, "inputs", "1+ ends too early."),
    ({"kind": "traffic", "name": "some", "traffic": 5, "header": "X Beta", "value": "1"}, "header", "name of a header"),
    ({"kind": "window", "name": "night", "time_zone": "Mars"}, "time_zone", "Mars is not a time zone."),
    ({"kind": "window", "name": "night", "time_zone": "Factory"}, "time_zone", "Factory is not a time zone."),
    ({**CALL, "url": "https://user:hunter2@ci.example.com"}, "url", "Leave out what stands before @"),
    ({**CALL, "url": "https://hunter2@ci.example.com/a"}, "url", "Leave out what stands before @"),
    ({"kind": "approval", "name": "ok", "members": ["charlie"]}, "members", "charlie cannot approve anything here"),
    ({"kind": "approval", "name": "ok", "members": ["alice"], "count": 2}, "count", "asks for 2 people and names 1"),
]


@pytest.mark.parametrize(("row", "cell", "words"), LATER, ids=lambda one: one if isinstance(one, str) else "")
def test_what_could_never_be_done_is_not_saved(shop: Shop, row: dict[str, Any], cell: str, words: str) -> None:
    error = saved(shop, row)
    assert isinstance(error, Refused)
    assert error.field == f"steps[0].{cell}"
    assert words in str(error)
    assert "EOF" not in str(error)


def test_neither_a_saved_strategy_nor_hooks_take_it(shop: Shop) -> None:
    call = {**CALL, "condition": "1+"}
    with pytest.raises(Refused, match="1\\+ ends too early") as refused:
        shop.do("release.hooks", before=[call])
    assert refused.value.field == "before[0].condition"
    data = {"name": "careful", "title": "Careful", "kind": "canary", "steps": [FIRST, call]}
    with pytest.raises(Refused, match="1\\+ ends too early") as refused:
        perform("strategy.save", actor=shop.alice, ref=Ref("tenant", "boutique"), data=data)
    assert refused.value.field == "steps[1].condition"


def test_who_cannot_approve_now_is_warned_of_and_told_before_a_deploy(shop: Shop) -> None:
    ok = {"kind": "approval", "name": "ok", "members": ["vera", "alice"]}
    outcome = shop.preview("release.strategy", kind="canary", steps=[ok, FIRST])
    assert outcome.preview is not None
    told = [one for one in outcome.preview.warnings if "approval" in one]
    words = "ok asks vera for an approval, who does not have the right release.approve on shop now. Give vera the right"
    assert [one[: len(words)] for one in told] == [words]

    shop.do("release.strategy", kind="canary", steps=[ok, FIRST])
    found = read("config.freeze_check", actor=shop.bob, ref=shop.ref, data={})
    (check,) = [one for one in found["checks"] if one["title"] == "Approvals that can be given"]
    assert not check["ok"]
    assert check["sentence"].startswith(words)


def test_who_was_named_and_has_left_keeps_nobody_from_editing_the_rest(shop: Shop) -> None:
    ok = {"kind": "approval", "name": "ok", "members": ["vera", "alice"]}
    saved_one = {"name": "careful", "title": "Careful", "kind": "canary"}
    tenant = Ref("tenant", "boutique")
    shop.do("release.strategy", kind="canary", steps=[ok, FIRST])
    perform("strategy.save", actor=shop.alice, ref=tenant, data={**saved_one, "steps": [ok, FIRST]})
    perform("member.remove", actor=shop.alice, ref=tenant, data={"user": "vera"})

    said = "ok asks vera for an approval, who is no active member of boutique. Name somebody else."
    edited = [ok, FIRST, {"kind": "note", "name": "look", "text": "Look."}]
    outcome = shop.preview("release.strategy", kind="canary", steps=edited)
    assert outcome.preview is not None and said in outcome.preview.warnings
    shop.do("release.strategy", kind="canary", steps=edited)
    data = {**saved_one, "steps": edited}
    outcome = perform("strategy.save", actor=shop.alice, ref=tenant, data=data, dry_run=True)
    assert outcome.preview is not None and said in outcome.preview.warnings
    perform("strategy.save", actor=shop.alice, ref=tenant, data=data)

    for other in ({**ok, "members": ["vera"]}, {**ok, "name": "again"}):
        assert "vera cannot approve anything here" in str(saved(shop, other))
