"""What counts and what fits, as plain numbers."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.quota.arithmetic import change, counted, line
from tenants.quota.dimensions import DIMENSIONS, LOCK_ORDER, human
from tenants.quota.showing import row

amounts = st.integers(min_value=0, max_value=2**50)
usages = st.dictionaries(st.sampled_from(sorted(DIMENSIONS)), amounts)
# A busy machine is no finding: how long an example takes is not what these tests are about.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@patient
@given(st.lists(usages, max_size=5))
def test_an_app_counts_at_least_each_of_its_sources_and_no_more_than_one(sources: list[dict[str, int]]) -> None:
    total = counted(sources)

    for source in sources:
        assert all(total.get(name, 0) >= amount for name, amount in source.items())
    assert all(any(source.get(name) == amount for source in sources) for name, amount in total.items())


@patient
@given(usages, usages)
def test_a_change_leads_from_before_to_after(before: dict[str, int], after: dict[str, int]) -> None:
    grown = change(before, after)

    for name in DIMENSIONS:
        assert before.get(name, 0) + grown.get(name, 0) == after.get(name, 0)
    assert 0 not in grown.values()


@patient
@given(amounts, amounts, amounts)
def test_only_what_grows_past_the_limit_does_not_fit(used: int, after: int, limit: int) -> None:
    one = line("cpu", used=used, grown=after - used, limit=limit)

    assert one.fits == (after <= used or after <= limit)
    assert one.short == (0 if one.fits else after - limit)
    assert 0 <= one.percent <= 100


@pytest.mark.parametrize(
    ("dimension", "amount", "text"),
    [
        ("instances", 3, "3"),
        ("cpu", 250, "0.25 CPU"),
        ("cpu", 2000, "2 CPU"),
        ("cpu", 0, "0 CPU"),
        ("memory", 0, "0 B"),
        ("memory", 512 * 1024**2, "512 MiB"),
        ("memory", 1536 * 1024**2, "1.5 GiB"),
        ("storage", 3 * 1024**4, "3 TiB"),
        ("ephemeral", 1000, "1000 B"),
    ],
)
def test_amounts_read_with_their_unit(dimension: str, amount: int, text: str) -> None:
    assert human(dimension, amount) == text


def test_a_row_for_a_page_is_in_the_unit_of_its_limit() -> None:
    shown = row(line("memory", used=1024**3, grown=512 * 1024**2, limit=48 * 1024**3))

    assert (shown["used"], shown["after"], shown["limit"], shown["unit"]) == (1, 1.5, 48, "GiB")
    assert (shown["fits"], shown["short"]) == (True, "")


def test_a_row_that_does_not_fit_says_how_much_is_short() -> None:
    shown = row(line("cpu", used=1500, grown=750, limit=2000))

    assert (shown["fits"], shown["short"]) == (False, "0.25 CPU short.")


def test_there_are_eleven_dimensions_and_one_order_to_lock_them() -> None:
    assert len(DIMENSIONS) == 11
    assert tuple(sorted(DIMENSIONS)) == LOCK_ORDER
