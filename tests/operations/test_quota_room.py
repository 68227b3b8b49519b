"""The stops in the namespaces leave room for what is in use above a limit, and follow it down, and only then."""

from __future__ import annotations

import pytest
from django.db import transaction

from portal.outbox.models import OutboxRow
from releases.provisioning.planning import plan_for
from tenants.clusters import preparing
from tenants.models import Cluster
from tenants.quota import ending, ledger
from tests import cast
from tests.operations.quota_stage import APP, ask, asking, decide, in_days, request, use


@pytest.fixture
def people(db: None) -> cast.Cast:
    """On one cluster, after a raise to 40, while 30 are in use of the 10 that are allowed for good."""
    people = asking()
    cast.cluster("north", tenants=[people.boutique])
    ask(people, until=in_days(10))
    decide(people)
    use(people, 30)
    forget()
    return people


def end(people: cast.Cast) -> None:
    with transaction.atomic():
        ending.Ender().finish({"request": request(people).pk}, {})


def forget() -> None:
    OutboxRow.objects.filter(kind=preparing.PROVISION).delete()


def asked_for() -> int:
    """How often the namespaces were to be made ready since this was asked last."""
    found = OutboxRow.objects.filter(kind=preparing.PROVISION).count()
    forget()
    return found


def stop(people: cast.Cast) -> str:
    """How many instances the namespace takes when it is made ready now."""
    plan = plan_for(Cluster.objects.get().pk, people.boutique.pk)
    assert plan is not None
    return next(str(one["spec"]["hard"]["pods"]) for one in plan.manifests if one["kind"] == "ResourceQuota")


def test_the_end_of_a_raise_leaves_room_for_all_that_is_in_use(people: cast.Cast) -> None:
    assert stop(people) == "70"
    end(people)

    assert asked_for() == 1
    assert stop(people) == "55"


def test_the_stop_follows_what_is_in_use_until_that_fits_the_limit(people: cast.Cast) -> None:
    end(people)
    forget()
    for instances, allowed in ((20, "40"), (8, "25")):
        use(people, instances)
        assert (asked_for(), stop(people)) == (1, allowed)


def test_what_is_let_through_above_the_limit_finds_room(people: cast.Cast) -> None:
    end(people)
    forget()
    with transaction.atomic():
        usage = {"instances": 60}
        ledger.reserve(people.boutique.pk, APP, source="release:7", usage=usage, enforce=False)
    assert (asked_for(), stop(people)) == (1, "100")

    with transaction.atomic():
        ledger.release(people.boutique.pk, APP, source="release:7")
    assert (asked_for(), stop(people)) == (1, "55")


def test_within_the_limit_nothing_is_made_ready_for_what_comes_and_goes(people: cast.Cast) -> None:
    for instances in (40, 12, 0, 5):
        use(people, instances)
    assert asked_for() == 0


def test_above_the_limit_nothing_is_made_ready_for_what_changes_no_number(people: cast.Cast) -> None:
    end(people)
    forget()
    with transaction.atomic():
        ledger.reserve(people.boutique.pk, APP, source="deployed", usage={"instances": 30, "cpu": 100})
        ledger.reserve(people.boutique.pk, APP, source="release:7", usage={"instances": 25, "releases": 1})
    assert asked_for() == 0
