"""What programs and servers answer is kept only as far as it can be kept."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.errors import Refused
from releases.outside.answers import MOST, last_of, masked, read, short
from releases.outside.prometheus import value_of
from releases.outside.reaching import _body


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"version": "7"}', {"version": "7"}),
        ("[1, 2]", [1, 2]),
        ("3.5", 3.5),
        ('"a\\u0000b"', "ab"),
        ('"\\ud800"', "?"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("", {}),
        ("<html>", {}),
        ("NaN", {}),
        ("1e999", {}),
        ("[" * 10_000, {}),
        ("[" * 30 + "]" * 30, {}),
        (json.dumps("x" * MOST), {}),
    ],
)
def test_what_cannot_be_kept_is_nothing(text: str, found: Any) -> None:
    assert read(text) == found


@given(st.text())
def test_no_text_is_too_much_to_be_read(text: str) -> None:
    json.dumps(read(text), allow_nan=False).encode()


def test_the_last_line_of_json_is_the_output_of_a_command() -> None:
    assert last_of(['{"n": 1}', '{"n": 2}', "done", "{broken", ""]) == {"n": 2}
    assert last_of(["done", "7"]) == {}


def test_secrets_are_blotted_out_wherever_they_stand() -> None:
    told = {"a": ["Bearer s3cr3t", {"s3cr3t": 1}], "b": 3}
    assert masked(told, ["s3cr3t", ""]) == {"a": ["Bearer •••", {"•••": 1}], "b": 3}


def test_what_is_shown_is_one_short_line() -> None:
    assert short("a\n\x1b[31mb\x00\u202ec" + "x" * 20, 10) == "a [31mbcxx…"


SERIES = {"metric": {}, "value": [1.5, "0.25"]}


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ({"resultType": "vector", "result": [SERIES]}, 0.25),
        ({"resultType": "scalar", "result": [1.5, "3"]}, 3.0),
        ({"resultType": "vector", "result": []}, None),
        ({"resultType": "scalar", "result": [1.5, "NaN"]}, None),
        ({"resultType": "scalar", "result": [1.5, "+Inf"]}, None),
        ({"resultType": "scalar", "result": []}, None),
    ],
)
def test_a_query_is_one_number_or_none(data: dict[str, Any], value: float | None) -> None:
    assert value_of(data) == value


@pytest.mark.parametrize(
    "data",
    [{"resultType": "vector", "result": [SERIES, SERIES]}, {"resultType": "matrix", "result": []}, {}],
)
def test_what_can_never_be_one_number_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        value_of(data)


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ('{"v": "{A}"}', '{"v": "1\\"{B}"}'),
        ("{A}, {B} and {C}", '1"{B}, 2 and {C}'),
        ('["{B}{B}"]', '["22"]'),
    ],
)
def test_inputs_are_filled_in_once_and_stay_texts(text: str, body: str) -> None:
    assert _body(text, {"A": '1"{B}', "B": "2"}) == body
