"""Usage over time: what the clock writes, how long it stays, and how it is drawn."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tenants.models import WHOLE_TENANT, QuotaSample, Tenant
from tenants.quota import history, ledger
from tenants.quota.chart import HEIGHT, WIDTH, chart
from tests import cast

pytestmark = pytest.mark.django_db

SHOP, CART = uuid.UUID(int=1), uuid.UUID(int=2)
NOON = datetime(2026, 11, 2, 12, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def boutique(db: None) -> Tenant:
    return cast.tenant("boutique", instances=10)


def use(tenant: Tenant, instances: int, *, app: uuid.UUID = SHOP, source: str = "draft") -> None:
    with transaction.atomic():
        ledger.reserve(tenant.pk, app, source=source, usage={"instances": instances}, enforce=False)


def samples(tenant: Tenant, app: uuid.UUID = WHOLE_TENANT) -> list[tuple[int, int]]:
    """Hour and amount of each."""
    rows = QuotaSample.objects.filter(tenant=tenant, app_id=app, dimension="instances").order_by("at")
    return [(at.hour, amount) for at, amount in rows.values_list("at", "amount")]


def test_the_first_sample_holds_the_tenant_and_each_of_its_apps(boutique: Tenant) -> None:
    use(boutique, 3)
    use(boutique, 2, app=CART)
    history.sample(NOON)

    assert (samples(boutique), samples(boutique, SHOP), samples(boutique, CART)) == ([(12, 5)], [(12, 3)], [(12, 2)])


def test_of_an_app_the_largest_source_is_sampled(boutique: Tenant) -> None:
    use(boutique, 3)
    use(boutique, 7, source="deployed")
    history.sample(NOON)

    assert samples(boutique, SHOP) == [(12, 7)]


def test_an_hour_without_a_change_writes_nothing(boutique: Tenant) -> None:
    use(boutique, 3)
    history.sample(NOON)
    history.sample(NOON + HOUR)

    assert samples(boutique) == [(12, 3)]


def test_an_hour_has_one_row_with_what_was_last(boutique: Tenant) -> None:
    use(boutique, 3)
    history.sample(NOON)
    use(boutique, 4)
    history.sample(NOON + HOUR / 4)

    assert samples(boutique) == [(12, 4)]


def test_an_app_that_went_is_sampled_with_nothing(boutique: Tenant) -> None:
    use(boutique, 3)
    history.sample(NOON)
    use(boutique, 0)
    history.sample(NOON + HOUR)

    assert samples(boutique, SHOP) == [(12, 3), (13, 0)]


def test_what_is_too_old_goes_and_the_last_before_it_stays(boutique: Tenant) -> None:
    for number in (1, 2, 3):
        use(boutique, number)
        history.sample(NOON + number * HOUR)
    history.sample(NOON + history.KEPT + 2.5 * HOUR)

    assert samples(boutique) == [(14, 2), (15, 3)]


def test_sampling_asks_as_much_for_many_tenants_as_for_one(boutique: Tenant) -> None:
    use(boutique, 3)
    with CaptureQueriesContext(connection) as few:
        history.sample(NOON)
    for number in range(5):
        use(cast.tenant(f"tenant-{number}"), 2, app=uuid.UUID(int=10 + number))
    with CaptureQueriesContext(connection) as many:
        history.sample(NOON + HOUR)

    assert len(many) == len(few)
    assert QuotaSample.objects.filter(dimension="instances", app_id=WHOLE_TENANT).count() == 6


def test_what_was_in_use_before_the_first_day_shown_is_where_the_line_begins(boutique: Tenant) -> None:
    QuotaSample.objects.create(tenant=boutique, dimension="instances", at=NOON - 40 * HOUR, amount=2)
    QuotaSample.objects.create(tenant=boutique, dimension="instances", at=NOON - 30 * HOUR, amount=4)
    QuotaSample.objects.create(tenant=boutique, dimension="instances", at=NOON - 5 * HOUR, amount=6)

    steps = history.steps_of(boutique, since=NOON - 24 * HOUR)
    assert steps["instances"] == [(NOON - 24 * HOUR, 4), (NOON - 5 * HOUR, 6)]


def test_measured_use_is_the_average_over_time(boutique: Tenant) -> None:
    QuotaSample.objects.create(tenant=boutique, dimension="instances", at=NOON - 8 * HOUR, amount=2)
    QuotaSample.objects.create(tenant=boutique, dimension="instances", at=NOON - 2 * HOUR, amount=10)

    assert history.measured(boutique, "instances", now=NOON) == 4


def test_what_was_in_use_all_the_time_is_measured_as_that(boutique: Tenant) -> None:
    # In floating point this many microseconds come out as 6.999….
    QuotaSample.objects.create(
        tenant=boutique, dimension="instances", at=NOON - timedelta(microseconds=456818222051), amount=7
    )

    assert history.measured(boutique, "instances", now=NOON) == 7


def test_of_a_few_hours_no_use_is_measured(boutique: Tenant) -> None:
    use(boutique, 6)
    QuotaSample.objects.create(tenant=boutique, dimension="instances", at=NOON - 5 * HOUR, amount=6)

    assert history.measured(boutique, "instances", now=NOON) == 0


def test_a_chart_goes_in_steps_from_edge_to_edge_and_says_so_in_words() -> None:
    since = NOON - timedelta(days=30)
    drawn = chart("instances", [(since, 2), (NOON - timedelta(days=15), 8)], since=since, now=NOON, used=4, limit=10)

    assert drawn is not None
    assert drawn.line.startswith("M0.0 ") and f"H{WIDTH / 2}" in drawn.line and f"H{float(WIDTH)}" in drawn.line
    assert drawn.area.endswith(f"V{HEIGHT}H0.0Z") and drawn.limit is not None
    assert drawn.words == "Instances over the last 30 days: at most 8, now 4"


def test_a_limit_far_above_use_does_not_flatten_the_line() -> None:
    drawn = chart("instances", [(NOON - HOUR, 2)], since=NOON - HOUR, now=NOON, used=2, limit=100)

    assert drawn is not None and drawn.limit is None


def test_nothing_is_drawn_of_a_history_that_has_just_begun() -> None:
    since = NOON - timedelta(days=30)

    assert chart("instances", [], since=since, now=NOON, used=2, limit=10) is None
    assert chart("instances", [(NOON - HOUR, 2)], since=since, now=NOON, used=2, limit=10) is None
    assert chart("instances", [(NOON - 12 * HOUR, 2)], since=since, now=NOON, used=2, limit=10) is not None
