"""Addresses that say who signs in, which older specs have, are read without that; nothing else of them changes."""

from __future__ import annotations

import pytest

from apps_mgmt.spec.request import Request
from apps_mgmt.spec.unsigned import unsigned, unsigned_in, unsigned_rows
from releases.outside.sending import OffLimits, check_address


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://bob:hunter2@ci.example.com/done?a=b", "https://…@ci.example.com/done?a=b"),
        ("https://hunter2@ci.example.com", "https://…@ci.example.com"),
        ("https://bob:p@ss hunter2@ci.example.com:x", "https://…@ci.example.com:x"),
        ("https://…@ci.example.com", "https://…@ci.example.com"),
    ],
)
def test_who_signs_in_is_taken_out_and_the_rest_stays(address: str, shown: str) -> None:
    assert unsigned(address) == shown
    request = Request(url=address)
    assert request.url == shown and Request.model_validate(request.model_dump()) == request
    with pytest.raises(OffLimits):
        check_address(shown, allowed=[shown])


@pytest.mark.parametrize(
    "address",
    [
        "https://ci.example.com/@bob/a:b",
        "https://ci.example.com?mail=bob@example.com",
        "https://ci.example.com/?to=https://bob@other.example.com",
        "https://ci.example.com/#bob@x",
    ],
)
def test_an_at_behind_the_host_signs_nobody_in(address: str) -> None:
    assert unsigned(address) == address and Request(url=address).url == address


def test_in_rows_only_what_is_an_address_changes() -> None:
    row = {"url": "https://bob:hunter2@a.example.com", "body": "git clone https://x:{TOKEN}@b.example.com"}
    given = {"before": [row], "url": 3, "steps": [{"request": row}]}
    plain = {**row, "url": "https://…@a.example.com"}
    assert unsigned_in(given) == {"before": [plain], "url": 3, "steps": [{"request": plain}]}


def test_of_a_change_the_words_are_read_without_it() -> None:
    row = {"label": "hook", "before": None, "after": "address https://bob:hunter2@a.example.com, method GET"}
    assert unsigned_rows([row]) == [{**row, "after": "address https://…@a.example.com, method GET"}]


@pytest.mark.parametrize(
    "address", ["https://bob:hunter2@ci.example.com:x/", "https://bob:hunter2@", "https://[bob:hunter2@"]
)
def test_why_it_is_not_called_does_not_say_it_back(address: str) -> None:
    with pytest.raises(OffLimits) as refused:
        check_address(address, allowed=())
    assert "hunter2" not in str(refused.value)
