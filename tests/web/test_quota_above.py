"""Where more is in use than the limit, as after the end of a raise: the pages say what that means."""

from __future__ import annotations

import pytest
from django.db import transaction

from tenants.quota import ending
from tests import cast
from tests.operations.quota_stage import ask, asking, decide, in_days, request, use
from tests.web.test_quota_pages import QUOTA, page

SAID = (
    "More of Instances is in use than the limit: 30 of 10. Nothing is stopped for it, but nothing can grow until it is "
    "no more than the limit, or the limit is raised."
)


@pytest.fixture
def people(db: None) -> cast.Cast:
    """After a raise to 40, while 30 are in use of the 10 that are allowed for good."""
    people = asking()
    ask(people, until=in_days(10))
    decide(people)
    use(people, 30)
    return people


def end(people: cast.Cast) -> None:
    with transaction.atomic():
        ending.Ender().finish({"request": request(people).pk}, {})


@pytest.mark.parametrize(
    ("name", "path"),
    [("alice", QUOTA), ("bob", QUOTA), ("alice", "/t/boutique/"), ("olga", "/platform/tenants/boutique/")],
)
def test_what_is_in_use_above_the_limit_is_said_in_words(people: cast.Cast, name: str, path: str) -> None:
    client = cast.signed_in(getattr(people, name))
    before = page(client, path)
    end(people)

    assert SAID in page(client, path) and "is in use than the limit" not in before


def test_what_is_all_in_use_is_not_above_the_limit(people: cast.Cast) -> None:
    use(people, 10)
    end(people)

    assert "30 of 10" not in (seen := page(cast.signed_in(people.alice), QUOTA)) and "10 of 10" in seen
    assert "is in use than the limit" not in seen
