"""Somebody edits new instances beside the old ones, on a real control plane and on a simulated cluster."""

from __future__ import annotations

import pytest

from releases.drift.looking import drifts, open_drifts
from tests.cluster.outsider import Outsider
from tests.releases.live import Live, wait_for
from tests.releases.test_drift_real import HOTFIX, IMAGE, SHOP, live, outsiders, shop, simulator
from tests.releases.test_rollout_real import DEPLOYMENTS, ends
from tests.releases.test_strategies_real import waits

__all__ = ["live", "outsiders", "simulator"]
pytestmark = pytest.mark.django_db(transaction=True)
NAME = "shop--web--canary"
STEPS = [
    {"kind": "batch", "name": "one", "replicas": "1"},
    {"kind": "pause", "name": "look", "seconds": -1},
    {"kind": "batch", "name": "all", "replicas": "100%"},
]


def edit(outsider: Outsider) -> None:
    box = outsider.get(DEPLOYMENTS, NAME)["spec"]["template"]["spec"]["containers"][0]
    body = {"spec": {"template": {"spec": {"containers": [{**box, "image": HOTFIX}]}}}}
    outsider.merge(DEPLOYMENTS, NAME, body, manager="kubectl-set")


def test_an_edit_of_new_instances_is_told_and_spread_by_no_release(live: Live, outsiders: dict[str, Outsider]) -> None:
    live.on_app("process.scale", process="web", replicas=6)
    live.on_app("release.waves", across="together")
    live.on_app("release.strategy", kind="canary", steps=STEPS)
    ends(live, live.deploy(), "succeeded")
    number = live.deploy(f"{SHOP}:2")
    waits(live, number, on=2)
    for outsider in outsiders.values():
        edit(outsider)
    wait_for(
        lambda: (
            {(one.cluster, one.manager, one.live, one.ours) for one in drifts(shop(live)) if one.field == IMAGE}
            == {(name, "kubectl-set", HOTFIX, f"{SHOP}:2") for name in outsiders}
        ),
        what=lambda: f"what is known is {drifts(shop(live))}",
    )
    live.on_release("release.promote", number)
    wait_for(lambda: live.release(number).is_over, what=lambda: f"it is {live.release(number).state}")
    assert live.release(number).state == "failed"
    assert "kubectl-set changed the image of web of shop--web--canary" in live.release(number).why
    assert {outsider.get(DEPLOYMENTS, NAME)["spec"]["replicas"] for outsider in outsiders.values()} == {1}
    assert {one.object for one in open_drifts(shop(live))} == {f"Deployment/{NAME}"}
