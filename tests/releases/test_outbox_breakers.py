"""A cluster that does not answer holds back its own rows; a row that has to wait holds back itself alone."""

from __future__ import annotations

import pytest
from django.db.models.functions import Now

from portal import outbox
from portal.errors import ClusterAway, PlatformError, Refused
from portal.outbox import claims, limits
from portal.outbox.models import Breaker
from portal.outbox.running import Ending
from tests.releases.rows import APPS, Effects, make_ready, run_next

pytestmark = pytest.mark.django_db(transaction=True, available_apps=APPS)


@pytest.fixture
def effects() -> Effects:
    return Effects()


def test_a_cluster_that_stays_away_opens_its_breaker_and_an_answer_closes_it(effects: Effects) -> None:
    effects.add(share="north")
    effects.raising(ClusterAway("The cluster north does not answer."))
    for _ in range(limits.BREAKER_FAILURES):
        run_next()
        make_ready()
    assert Breaker.objects.get().open_until is not None
    assert claims.claim() is None
    effects.raising(Refused("The quota is used up."))
    Breaker.objects.update(open_until=Now())
    assert run_next() is Ending.POISON
    assert (Breaker.objects.get().failures, Breaker.objects.get().open_until) == (0, None)


@pytest.mark.parametrize(
    "error", [PlatformError("Service shop--web is still being removed. It is tried again."), outbox.Retry("Too early.")]
)
def test_a_row_that_has_to_wait_holds_nobody_else_of_its_cluster_back(effects: Effects, error: Exception) -> None:
    effects.add(stream="shop", share="north")
    effects.raising(error)
    for _ in range(limits.BREAKER_FAILURES + 1):
        assert run_next() is Ending.AGAIN
        make_ready()
    assert run_next() is Ending.AGAIN
    effects.act = lambda payload: {}
    effects.add(stream="another app", share="north")
    assert run_next() is Ending.DONE
    assert outbox.counts()["held_back"] == {}
