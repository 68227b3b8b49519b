"""Several people at the same moment: every change is whole, none is lost unseen, and numbers are given out once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from apps_mgmt.models import App, Revision, SecretVersion
from portal.access import Ref
from portal.audit.models import AuditEntry
from portal.audit.recording import verify
from portal.errors import Conflict, QuotaExceeded, Refused, UserError
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from tenants.models import UsageRow
from tenants.quota.limits import set_limits
from tests import cast
from tests.operations.stage import Shop, open_shop

pytestmark = pytest.mark.django_db(transaction=True)
RACERS = 6


@pytest.fixture
def open_for_all(transactional_db: None) -> Shop:
    """The shop, committed, so that every thread sees it."""
    return open_shop()


def race(action: Callable[[int], Any], *, racers: int = RACERS) -> list[Any]:
    """What each racer got, an Outcome or the error it was refused with; all start at the same moment."""
    gate = threading.Barrier(racers)

    def run(number: int) -> Any:
        try:
            gate.wait(30)
            return action(number)
        except UserError as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(racers) as pool:
        return list(pool.map(run, range(racers)))


def won(results: list[Any]) -> list[Outcome]:
    return [one for one in results if isinstance(one, Outcome)]


def test_of_several_edits_from_one_version_one_wins_and_the_others_are_told(open_for_all: Shop) -> None:
    shop, bob = open_for_all, cast.actor(open_for_all.people.bob)

    def edit(number: int) -> Outcome:
        data = {"process": "web", "replicas": 10 + number}
        return perform("process.scale", actor=bob, ref=shop.ref, data=data, version=1)

    results = race(edit)

    assert len(won(results)) == 1
    assert all(isinstance(one, Conflict | Outcome) for one in results)
    assert {one.current_version for one in results if isinstance(one, Conflict)} == {2}
    assert Revision.objects.filter(app=shop.app).count() == 2
    assert AuditEntry.objects.filter(outcome="refused").count() == RACERS - 1
    assert verify(str(shop.people.boutique.pk)) is None


def test_edits_that_name_no_version_all_count_one_on_top_of_the_other(open_for_all: Shop) -> None:
    shop = open_for_all

    def edit(number: int) -> Outcome:
        return shop.do("env.set", env=[{"name": f"V{number}", "value": "1"}])

    assert len(won(race(edit))) == RACERS

    app = shop.again()
    assert app.draft is not None and len(app.draft.spec["env"]) == RACERS
    rows = list(Revision.objects.filter(app=shop.app).order_by("number"))
    assert [row.number for row in rows] == list(range(1, RACERS + 2))
    assert [row.base_id for row in rows[1:]] == [row.pk for row in rows[:-1]]
    assert app.version == RACERS + 1
    assert verify(str(shop.people.boutique.pk)) is None


def test_one_name_is_given_to_one_app(open_for_all: Shop) -> None:
    results = race(lambda number: open_for_all.create("twin", image=f"registry.example.com/twin:{number}"))

    assert len(won(results)) == 1
    assert all("already" in str(one) for one in results if isinstance(one, Refused))
    assert App.objects.filter(name="twin").count() == 1


def test_creating_in_one_tenant_and_editing_in_another_do_not_wait_for_ever(open_for_all: Shop) -> None:
    shop, charlie = open_for_all, cast.actor(open_for_all.people.charlie)

    def act(number: int) -> Outcome:
        if number % 2:
            return shop.do("process.scale", process="web", replicas=10 + number)
        data = {"name": f"boat-{number}", "image": "registry.example.com/boat:1"}
        return perform("app.create", actor=charlie, ref=Ref("tenant", "harbor"), data=data)

    assert len(won(race(act))) == RACERS


def test_of_many_apps_for_the_last_place_one_is_created(open_for_all: Shop) -> None:
    set_limits(open_for_all.people.boutique.pk, limits={"apps": 2})

    results = race(lambda number: open_for_all.create(f"last-{number}", image="registry.example.com/last:1"))

    assert len(won(results)) == 1
    assert sum(isinstance(one, QuotaExceeded) for one in results) == RACERS - 1
    assert UsageRow.objects.get(tenant=open_for_all.people.boutique, dimension="apps").amount == 2


def test_versions_of_one_secret_are_given_out_once_and_none_is_orphaned(open_for_all: Shop) -> None:
    shop = open_for_all

    results = race(lambda number: shop.do("secret.set", name="KEY", value=f"value {number}"))

    assert won(results) and all(isinstance(one, Conflict | Outcome) for one in results)
    stored = set(SecretVersion.objects.values_list("number", flat=True))
    named = {entry.resolved["version"] for entry in AuditEntry.objects.filter(operation="secret.set", outcome="done")}
    assert stored == named and len(named) == len(won(results))


def test_a_lock_and_edits_at_once_leave_nothing_behind_the_lock(open_for_all: Shop) -> None:
    shop = open_for_all

    def act(number: int) -> Outcome:
        if number == 0:
            return shop.do("app.lock", reason="now")
        return shop.do("process.scale", process="web", replicas=10 + number)

    race(act)

    entries = list(AuditEntry.objects.filter(subject_id=str(shop.app.pk)).order_by("sequence"))
    names = [one.operation for one in entries if one.outcome == "done"]
    assert names[-1] == "app.lock"
    assert shop.again().locked_reason == "now"


def test_undo_and_edit_at_once_never_take_back_the_wrong_one(open_for_all: Shop) -> None:
    shop = open_for_all
    shop.do("process.scale", process="web", replicas=5)

    def act(number: int) -> Outcome:
        if number % 2:
            return shop.do("draft.undo")
        return shop.do("process.scale", process="web", replicas=10 + number)

    results = race(act)

    assert all(isinstance(one, Conflict | Refused | Outcome) for one in results)
    app, bases = shop.again(), dict(Revision.objects.filter(app=shop.app).values_list("pk", "base_id"))
    at, seen = app.draft_id, 0
    while at is not None:  # the draft still stands on an unbroken line of revisions
        at, seen = bases[at], seen + 1
    assert seen >= 1 and verify(str(shop.people.boutique.pk)) is None


def test_an_edit_of_an_app_that_is_just_deleted_is_told_so(open_for_all: Shop) -> None:
    shop = open_for_all

    def act(number: int) -> Outcome:
        if number == 0:
            return perform("app.delete", actor=cast.actor(shop.people.alice), ref=shop.ref, data={"confirm": "shop"})
        return shop.do("process.scale", process="web", replicas=10 + number)

    results = race(act)

    assert isinstance(results[0], Outcome)
    assert App.objects.get(pk=shop.app.pk).deleted_at is not None
    assert UsageRow.objects.get(tenant=shop.people.boutique, dimension="apps").amount == 0


def test_nodes_of_its_own_go_to_one_of_two_tenants(open_for_all: Shop) -> None:
    olga, nodes = cast.actor(open_for_all.people.olga), {"level": "nodes", "key": "example.com/tenant", "value": "a"}

    def isolate(number: int) -> Outcome:
        return perform("tenant.isolate", actor=olga, ref=Ref("tenant", ("boutique", "harbor")[number]), data=nodes)

    results = race(isolate, racers=2)

    assert len(won(results)) == 1
    assert any("alone" in str(one) for one in results if isinstance(one, Refused))
