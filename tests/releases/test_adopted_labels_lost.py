"""Somebody writes over the labels of a workload that was taken over: it is told as it is, and a release mends it.

Its instances carry no label of Slipway, so nothing but the workload itself says whose it is.
"""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.models import AppStatus
from portal.errors import Refused
from releases.gateway import open_gateway
from releases.reading import read
from releases.states import Problem
from releases.taken import taken_over
from tenants.clusters import OBSERVER
from tests.cluster.shop import DEPLOYMENTS
from tests.releases.live import wait_for
from tests.releases.test_adopting import TWO, Takeover, takeover

__all__ = ["takeover"]

pytestmark = pytest.mark.django_db(transaction=True)
APP_ID, MANAGED_BY = "slipway.dev/app-id", "app.kubernetes.io/managed-by"
LOST = "1 workload lost the label by which Slipway knows it. Deploy puts it back."


def taken(takeover: Takeover) -> None:
    takeover.ends(int(takeover.adopt().result["release"]))
    wait_for(lambda: len(takeover.told()) == 3, what=lambda: f"told are {takeover.told()}")


def relabel(takeover: Takeover, labels: dict[str, Any]) -> None:
    takeover.outsider.merge(DEPLOYMENTS, "frontend", {"metadata": {"labels": labels}}, manager="helm")
    wait_for(lambda: trouble(takeover) == {"astray": 1}, what=lambda: str(trouble(takeover)))


def trouble(takeover: Takeover) -> dict[str, int]:
    row = next(iter(AppStatus.objects.get(app=takeover.app).clusters), {})
    return dict(row.get("trouble", {}))


@pytest.mark.parametrize("labels", [{APP_ID: "oops"}, {APP_ID: None}, {MANAGED_BY: "Helm"}], ids=str)
def test_it_is_told_with_its_instances_and_the_next_release_goes_on(
    takeover: Takeover, labels: dict[str, str | None]
) -> None:
    taken(takeover)
    pods, before = takeover.pods(), takeover.live()
    relabel(takeover, labels)
    page = takeover.page()
    assert LOST in page
    assert all(name in page for name in takeover.names())
    assert takeover.told() == set(pods)
    if None not in labels.values():
        assert "helm" in page

    takeover.do("image.set", process="web", image=TWO)
    takeover.ends(int(takeover.do("release.start").result["release"]))
    takeover.runs(TWO)
    wait_for(lambda: not trouble(takeover), what=lambda: str(trouble(takeover)))
    after = takeover.live()["metadata"]
    assert (after["uid"], after["labels"][APP_ID]) == (before["metadata"]["uid"], str(takeover.app.pk))


def test_it_is_found_by_whoever_looks_without_having_watched(takeover: Takeover) -> None:
    taken(takeover)
    relabel(takeover, {MANAGED_BY: "Helm"})
    known = taken_over(takeover.cluster.pk, app=takeover.app)
    with open_gateway(takeover.cluster.pk, role=OBSERVER, tenant=takeover.app.tenant) as gateway:
        (seen,) = read(gateway.list_app(str(takeover.app.pk), taken=known)).workloads
    assert seen.trouble is not None and seen.trouble.problem is Problem.ASTRAY
    assert {one.uid for one in seen.instances} == set(takeover.pods())


def test_it_goes_with_its_app(takeover: Takeover) -> None:
    taken(takeover)
    relabel(takeover, {APP_ID: None})
    takeover.do("app.delete", confirm="shop")
    wait_for(lambda: not takeover.outsider.exists(DEPLOYMENTS, "frontend"), what=lambda: "it is still there")


def test_it_is_left_to_nobody(takeover: Takeover) -> None:
    taken(takeover)
    relabel(takeover, {MANAGED_BY: "Helm"})
    place = {"cluster": takeover.cluster.name, "object": "Deployment/frontend"}
    with pytest.raises(Refused, match="which is left to nobody: the next release writes it again"):
        takeover.do("drift.leave", **place)
    page = takeover.page()
    assert "drift.take_over" in page
    assert "drift.leave" not in page
    takeover.ends(int(takeover.do("drift.take_over", **place).result["release"]))
    wait_for(lambda: not trouble(takeover), what=lambda: str(trouble(takeover)))
