"""What would keep releases off a cluster is found by the clock's regular check, without anybody who asks for one."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from portal.outbox.models import OutboxRow
from releases.clusters import regular
from tenants.clusters import mark
from tenants.models import Cluster
from tests import cast
from tests.releases.live import Live, wait_for
from tests.releases.stage import Stage
from tests.releases.test_accounts_lost import DEPLOYER, NAMESPACE, RBAC, everywhere, on_north_made_ready, operate

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Live]:
    monkeypatch.setattr(regular, "EVERY", timedelta(seconds=0.5))
    with on_north_made_ready(tmp_path) as live:
        yield live


def page() -> str:
    return html.unescape(str(cast.signed_in(cast.present().olga).get("/platform/clusters/north/").text))


def test_an_account_that_is_gone_stands_on_the_page_by_itself_and_so_does_its_return(live: Live) -> None:
    said = "Nothing is deployed there for boutique until it is made ready again."
    assert said not in page()
    everywhere(live).delete("v1/serviceaccounts", DEPLOYER)
    wait_for(lambda: said in page(), what=page)
    operate("cluster.prepare", tenant="boutique")
    wait_for(lambda: said not in page(), what=page)


def test_a_right_that_is_gone_does_as_well(live: Live) -> None:
    everywhere(live).delete(f"{RBAC}/rolebindings", DEPLOYER)
    wait_for(lambda: f"The account {NAMESPACE}/{DEPLOYER}" in page(), what=page)
    operate("cluster.prepare", tenant="boutique")
    wait_for(lambda: f"The account {NAMESPACE}/{DEPLOYER}" not in page(), what=page)


def test_one_that_is_away_or_still_asked_is_not_asked_again() -> None:
    stage = Stage()
    regular.check_all()
    regular.check_all()
    rows = OutboxRow.objects.filter(kind=regular.CHECK)
    assert rows.count() == 2
    rows.update(state=OutboxRow.State.DONE)
    mark(stage.north.pk, state="away")
    regular.check_all()
    assert [row.payload["cluster"] for row in rows.filter(state=OutboxRow.State.PENDING)] == [str(stage.south.pk)]


def test_an_account_that_is_let_in_no_more_is_told_until_it_is_again() -> None:
    stage = Stage()
    mark(stage.north.pk, state="ready")
    checker, row = regular.Checker(), {"cluster": str(stage.north.pk)}
    checker.finish(row, {"refused": "Cluster north does not accept Slipway's credentials. Renew them."})
    assert "was refused at the last check: Cluster north does not accept" in page()
    assert Cluster.objects.get(pk=stage.north.pk).standing.state == "short"
    checker.finish(row, {"report": {"refused": "", "lacks": [], "accounts": {}}})
    assert "refused at the last check" not in page()
    assert Cluster.objects.get(pk=stage.north.pk).standing.state == "ready"
