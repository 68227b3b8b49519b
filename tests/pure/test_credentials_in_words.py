"""Who signs in with what is taken out of what the log holds of refused input."""

from __future__ import annotations

from typing import Any

import pytest

from portal.operations.refusals import without_credentials


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://bob:hunter2@ci.example.com/done?a=b", "https://…@ci.example.com/done?a=b"),
        ("https://hunter2@ci.example.com", "https://…@ci.example.com"),
        ("https://bob:p@ss:hunter2@ci.example.com", "https://…@ci.example.com"),
        ("bob:hunter2@registry.example.com/shop:1", "…@registry.example.com/shop:1"),
        ("call https://bob:hunter2@a.example and redis://:hunter2@b/0", "call https://…@a.example and redis://…@b/0"),
        ({"steps": [{"url": "https://bob:hunter2@x"}], "count": 2}, {"steps": [{"url": "https://…@x"}], "count": 2}),
    ],
)  # fmt: skip
def test_credentials_are_taken_out_wherever_they_stand(given: Any, kept: Any) -> None:
    assert without_credentials(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "registry.example.com/shop:1@sha256:" + "a" * 64,
        "shop:1@sha256:" + "a" * 64,
        "https://example.com/@bob/a:b",
        "https://example.com/?mail=bob@example.com",
        "Ask bob@example.com: he knows",
        "10:30 and @home",
        {"replicas": 3, "until": None, "on": True},
    ],
)
def test_what_signs_nobody_in_stays(given: Any) -> None:
    assert without_credentials(given) == given
