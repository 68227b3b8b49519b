"""What came of a release is found in the log by the words that stand there."""

from __future__ import annotations

import pytest

from portal.audit.models import AuditEntry
from portal.audit.wording import words
from releases.log import searching
from tests.releases.stage import Stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    """Release 1 has succeeded, and so has its restart, release 2."""
    made = Stage()
    made.deployed()
    made.on_app("process.restart", process="web")
    made.finish()
    return made


def found(text: str) -> list[str]:
    rows = AuditEntry.objects.filter(tenant_name="boutique").order_by("pk")
    return [words(one) for one in searching.filtered(rows, searching.filters_in({"q": text}), tenant=None)]


@pytest.mark.parametrize(
    ("text", "beginnings"),
    [
        ("succeeded", ["release 1 ended: succeeded", "release 2 ended: succeeded"]),
        ("release 2 ended succeeded after", ["release 2 ended: succeeded"]),
        ("started release 1", ["started release 1"]),
        ("restarted web with release 2", ["restarted web with release 2"]),
    ],
)
def test_it_is_found_by_what_it_came_to(stage: Stage, text: str, beginnings: list[str]) -> None:
    shown = found(text)
    assert len(shown) >= len(beginnings) and all(any(one.startswith(begin) for one in shown) for begin in beginnings)


def test_every_line_is_found_by_its_own_sentence(stage: Stage) -> None:
    for entry in AuditEntry.objects.filter(tenant_name="boutique"):
        assert words(entry) in found(words(entry))


def test_what_never_came_is_not_found(stage: Stage) -> None:
    assert found("release 4711 ended") == found("release 1 ended rolled back") == []
