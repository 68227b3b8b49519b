"""The quota ledger: what counts, what fits, and that racing requests cannot overshoot."""

from __future__ import annotations

import uuid

import pytest
from django.db import transaction

from portal.errors import QuotaExceeded, Refused
from tenants.models import Reservation, Tenant, UsageRow
from tenants.quota import ledger, limits
from tests import cast

pytestmark = pytest.mark.django_db

FRONTEND = uuid.UUID(int=1)
CART = uuid.UUID(int=2)


@pytest.fixture
def boutique(db: None) -> Tenant:
    return cast.tenant("boutique", instances=10, cpu=2000)


def used(tenant: Tenant, dimension: str) -> int:
    return UsageRow.objects.get(tenant=tenant, dimension=dimension).amount


def test_a_reservation_counts_in_the_totals(boutique: Tenant) -> None:
    ledger.reserve(boutique.pk, FRONTEND, source="draft", usage={"instances": 3, "cpu": 300})
    ledger.reserve(boutique.pk, CART, source="draft", usage={"instances": 2})

    assert used(boutique, "instances") == 5
    assert used(boutique, "cpu") == 300


def test_the_largest_source_of_an_app_counts_and_not_their_sum(boutique: Tenant) -> None:
    ledger.reserve(boutique.pk, FRONTEND, source="deployed", usage={"instances": 4, "cpu": 100})
    ledger.reserve(boutique.pk, FRONTEND, source="draft", usage={"instances": 2, "cpu": 500})

    assert used(boutique, "instances") == 4
    assert used(boutique, "cpu") == 500


def test_releasing_the_largest_source_leaves_the_next_one(boutique: Tenant) -> None:
    ledger.reserve(boutique.pk, FRONTEND, source="draft", usage={"instances": 2})
    ledger.reserve(boutique.pk, FRONTEND, source="release:7", usage={"instances": 6, "releases": 1})
    ledger.release(boutique.pk, FRONTEND, source="release:7")

    assert used(boutique, "instances") == 2
    assert used(boutique, "releases") == 0
    assert not Reservation.objects.filter(source="release:7").exists()


def test_what_passes_the_limit_is_refused_and_nothing_is_written(boutique: Tenant) -> None:
    ledger.reserve(boutique.pk, FRONTEND, source="draft", usage={"instances": 8})

    with pytest.raises(QuotaExceeded), transaction.atomic():
        ledger.reserve(boutique.pk, CART, source="draft", usage={"instances": 3, "cpu": 100})

    assert used(boutique, "instances") == 8
    assert used(boutique, "cpu") == 0
    assert not Reservation.objects.filter(app_id=CART).exists()


def test_exactly_the_limit_fits(boutique: Tenant) -> None:
    ledger.reserve(boutique.pk, FRONTEND, source="draft", usage={"instances": 10})

    assert used(boutique, "instances") == 10


def test_the_refusal_says_what_is_short_by_how_much_and_who_can_raise_it(boutique: Tenant) -> None:
    cast.member("alice", tenant=boutique, role="admin")
    ledger.reserve(boutique.pk, FRONTEND, source="draft", usage={"cpu": 1500})

    with pytest.raises(QuotaExceeded) as refusal, transaction.atomic():
        ledger.reserve(boutique.pk, CART, source="draft", usage={"cpu": 750})

    sentence = str(refusal.value)
    assert "CPU: 0.25 CPU short (1.5 CPU of 2 CPU in use, 2.25 CPU after this)" in sentence
    assert "platform operator" in sentence
    assert "alice" in sentence


def test_shrinking_is_allowed_even_above_the_limit(boutique: Tenant) -> None:
    ledger.reserve(boutique.pk, FRONTEND, source="draft", usage={"instances": 14}, enforce=False)
    ledger.reserve(boutique.pk, FRONTEND, source="draft", usage={"instances": 12})

    assert used(boutique, "instances") == 12


def test_without_enforcing_it_is_written_and_flagged(boutique: Tenant) -> None:
    lines = ledger.reserve(boutique.pk, FRONTEND, source="release:1", usage={"instances": 12}, enforce=False)

    assert [(line.dimension, line.fits, line.short) for line in lines] == [("instances", False, 2)]
    assert used(boutique, "instances") == 12


def test_a_preview_says_the_same_as_reserving_and_writes_nothing(boutique: Tenant) -> None:
    ledger.reserve(boutique.pk, FRONTEND, source="deployed", usage={"instances": 4})
    asked = {"instances": 6, "cpu": 2500}

    previewed = ledger.standing(boutique.pk, FRONTEND).after(source="draft", usage=asked)
    assert used(boutique, "instances") == 4
    reserved = ledger.reserve(boutique.pk, FRONTEND, source="draft", usage=asked, enforce=False)

    assert previewed == reserved
    instances, cpu = previewed
    assert (instances.used, instances.after, instances.limit, instances.fits) == (4, 6, 10, True)
    assert (cpu.used, cpu.after, cpu.limit, cpu.fits) == (0, 2500, 2000, False)


def test_a_preview_leaves_out_what_does_not_change(boutique: Tenant) -> None:
    ledger.reserve(boutique.pk, FRONTEND, source="deployed", usage={"instances": 4, "cpu": 400})

    asked = {"instances": 3, "cpu": 400}
    assert ledger.standing(boutique.pk, FRONTEND).after(source="draft", usage=asked) == []


def test_an_unknown_dimension_or_an_amount_below_zero_is_a_mistake_of_the_caller(boutique: Tenant) -> None:
    with pytest.raises(ValueError, match="dimension"):
        ledger.reserve(boutique.pk, FRONTEND, source="draft", usage={"elephants": 1})
    with pytest.raises(ValueError, match="below zero"):
        ledger.standing(boutique.pk, FRONTEND).after(source="draft", usage={"cpu": -1})


def test_a_limit_cannot_fall_below_what_is_in_use(boutique: Tenant) -> None:
    ledger.reserve(boutique.pk, FRONTEND, source="draft", usage={"instances": 8})

    with pytest.raises(Refused, match="Instances 8"):
        limits.set_limits(boutique.pk, limits={"instances": 7, "cpu": 9000})

    assert ledger.limits_of(boutique.pk)["cpu"] == 2000
    assert limits.set_limits(boutique.pk, limits={"instances": 8})["instances"] == 8


def test_a_tenant_without_limits_has_the_defaults(db: None) -> None:
    harbor = cast.tenant("harbor")

    assert ledger.limits_of(harbor.pk)["gpu"] == 0
    assert len(ledger.usage_of(harbor.pk)) == 11


def test_tenants_do_not_touch_each_other(boutique: Tenant) -> None:
    harbor = cast.tenant("harbor", instances=1)
    ledger.reserve(boutique.pk, FRONTEND, source="draft", usage={"instances": 9})
    ledger.reserve(harbor.pk, CART, source="draft", usage={"instances": 1})

    assert used(boutique, "instances") == 9
    assert used(harbor, "instances") == 1


def test_the_lock_takes_every_dimension_in_one_order(boutique: Tenant) -> None:
    assert list(ledger.lock(boutique.pk)) == sorted(line.dimension for line in ledger.usage_of(boutique.pk))


@pytest.mark.django_db(transaction=True)
def test_a_lock_outside_a_transaction_is_a_mistake_of_the_caller() -> None:
    boutique = cast.tenant("boutique")

    with pytest.raises(transaction.TransactionManagementError):
        ledger.lock(boutique.pk)
