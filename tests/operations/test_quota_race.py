"""Fifty at once for what is left of a quota: it is never overshot. `QUOTA_ROUNDS` says how often (`make security`)."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from portal.errors import QuotaExceeded, Refused
from tenants.models import Reservation, Tenant, UsageRow
from tenants.quota import ledger, limits
from tests import cast

pytestmark = pytest.mark.django_db(transaction=True)

RACERS = 50
ROUNDS = int(os.environ.get("QUOTA_ROUNDS", "3"))
SOURCES = ("draft", "deployed", "release:1", "release:2")

Race = Callable[[Callable[[int], bool]], list[bool]]


@pytest.fixture
def boutique(transactional_db: None) -> Tenant:
    return cast.tenant("boutique", instances=5)


@pytest.fixture
def race(boutique: Tenant) -> Iterator[Race]:
    """All racers begin at the same moment; who won."""
    gate = threading.Barrier(RACERS)

    with ThreadPoolExecutor(RACERS) as pool:

        def run(attempt: Callable[[int], bool]) -> list[bool]:
            def one(number: int) -> bool:
                gate.wait(timeout=60)
                try:
                    return attempt(number)
                finally:
                    # There are fewer connections than racers: who is done hands theirs on.
                    connections.close_all()

            return list(pool.map(one, range(RACERS)))

        yield run


def grow(tenant: Tenant, app: int, amount: int, *, source: str = "draft") -> bool:
    try:
        with transaction.atomic():
            ledger.reserve(tenant.pk, uuid.UUID(int=app), source=source, usage={"instances": amount})
    except QuotaExceeded:
        return False
    return True


def used(tenant: Tenant) -> int:
    """What the ledger says, which is what its reservations come to."""
    total = UsageRow.objects.get(tenant=tenant, dimension="instances").amount
    assert total == sum(amounts.get("instances", 0) for amounts in ledger.apps_of(tenant.pk).values())
    return total


def test_of_fifty_racing_for_the_last_unit_exactly_one_wins(boutique: Tenant, race: Race) -> None:
    for number in range(ROUNDS):
        limits.set_limits(boutique.pk, limits={"instances": number + 1})

        def once(racer: int, turn: int = number) -> bool:
            return grow(boutique, 1000 * (turn + 1) + racer, 1)

        won = race(once)

        assert sum(won) == 1
        assert used(boutique) == number + 1


def test_sources_of_the_same_apps_racing_for_the_last_unit_never_pass_it(boutique: Tenant, race: Race) -> None:
    limits.set_limits(boutique.pk, limits={"instances": 5})
    for _number in range(ROUNDS):
        won = race(lambda racer: grow(boutique, 1 + racer % 10, 1 + racer % 3, source=SOURCES[racer % 4]))

        assert any(won) and used(boutique) <= 5
        for app in range(1, 11):
            for source in SOURCES:
                grow(boutique, app, 0, source=source)
        assert used(boutique) == 0 and not Reservation.objects.filter(tenant=boutique).exists()


def test_a_limit_that_is_lowered_at_that_moment_holds_for_all(boutique: Tenant, race: Race) -> None:
    for number in range(ROUNDS):
        limits.set_limits(boutique.pk, limits={"instances": 30})

        def act(racer: int, turn: int = number) -> bool:
            if racer % 10:
                return grow(boutique, 1000 * (turn + 1) + racer, 1)
            try:
                limits.set_limits(boutique.pk, limits={"instances": 20})
            except Refused:
                return False
            return True

        race(act)

        assert used(boutique) <= ledger.limits_of(boutique.pk)["instances"]
        Reservation.objects.filter(tenant=boutique).delete()
        UsageRow.objects.filter(tenant=boutique).update(amount=0)


def test_of_fifty_racing_in_a_new_tenant_as_many_win_as_fit(boutique: Tenant, race: Race) -> None:
    limits.set_limits(boutique.pk, limits={"instances": 7})
    UsageRow.objects.all().delete()

    assert sum(race(lambda racer: grow(boutique, 1000 + racer, 1))) == 7
    assert used(boutique) == 7
