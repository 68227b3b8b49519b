"""What counts and what fits, as plain numbers."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenants.quota.arithmetic import change, counted, line, room
from tenants.quota.dimensions import DIMENSIONS, LOCK_ORDER, human, parse
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


@pytest.mark.parametrize(
    ("dimension", "text", "amount"),
    [
        ("instances", "20", 20),
        ("cpu", "4 CPU", 4000),
        ("cpu", "1.5", 1500),
        ("cpu", "500m", 500),
        ("memory", "16 GiB", 16 * 1024**3),
        ("memory", "1.5gi", 3 * 512 * 1024**2),
        ("storage", "  2TiB ", 2 * 1024**4),
    ],
)
def test_amounts_are_taken_as_people_write_them(dimension: str, text: str, amount: int) -> None:
    assert parse(dimension, text) == amount


@pytest.mark.parametrize(
    ("dimension", "text"),
    [("instances", "2.5"), ("instances", "4 GiB"), ("cpu", "0.0001"), ("memory", "16"), ("memory", "16 GB"),
     ("memory", "-1 GiB"), ("gpu", ""), ("gpu", "٣"), ("storage", "9999999999 TiB")],
)  # fmt: skip
def test_what_is_no_amount_is_refused_in_a_sentence(dimension: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        parse(dimension, text)


@patient
@given(st.sampled_from(sorted(DIMENSIONS)), st.integers(min_value=0, max_value=10**14))
def test_what_is_written_for_people_is_taken_and_reads_the_same(dimension: str, amount: int) -> None:
    text = human(dimension, amount)
    assert human(dimension, parse(dimension, text)) == text


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


@patient
@given(usages, usages)
def test_there_is_room_for_what_is_allowed_and_for_what_is_in_use(limits: dict[str, int], used: dict[str, int]) -> None:
    found = room(limits, used)

    assert found.keys() == limits.keys()
    for name, amount in found.items():
        assert amount >= limits[name] and amount >= used.get(name, 0)
        assert amount in (limits[name], used.get(name, 0))


@patient
@given(amounts, amounts, amounts)
def test_a_change_moves_the_room_only_where_it_differs_before_and_after(used: int, after: int, limit: int) -> None:
    asked = line("instances", used=used, grown=after - used, limit=limit)
    before, then = (room({"instances": limit}, {"instances": amount}) for amount in (used, after))

    assert asked.moves_room == (before != then)
