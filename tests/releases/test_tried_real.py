"""What a cluster will not take is found out before a `recreate` takes anything down: on a real control plane and on a
simulated cluster.
"""

from __future__ import annotations

import pytest

from apps_mgmt.models import AppStatus
from releases.models import StepRun
from tests.cluster.outsider import Outsider
from tests.releases.live import Live, wait_for
from tests.releases.test_others_hold_real import IMAGE, KEY, NAME, place
from tests.releases.test_rollout_real import DEPLOYMENTS, ends

__all__ = ["place"]

pytestmark = pytest.mark.django_db(transaction=True)
AT = "/spec/template/spec/containers/0/image"


def test_a_conflict_takes_nothing_down(place: tuple[Live, Outsider]) -> None:
    live, outsider = place
    live.on_app("release.strategy", kind="recreate")
    ends(live, live.deploy(), "succeeded")
    for image in ("registry.example.com/hotfix:9", f"{IMAGE}:1"):
        outsider.edit(DEPLOYMENTS, NAME, {"op": "replace", "path": AT, "value": image}, manager="kubectl-set")

    failed = live.until(live.deploy(f"{IMAGE}:2"), "failed", "succeeded")
    assert failed.state == "failed" and "kubectl-set" in failed.why, failed.why
    assert list(StepRun.objects.filter(release=failed).values_list("step", "state")) == [(1, "failed")]
    assert outsider.get(DEPLOYMENTS, NAME)["spec"]["replicas"] == 2
    status = AppStatus.objects.filter(app=live.app).values_list("state", "ready", "wanted")
    wait_for(lambda: status.get() == ("healthy", 2, 2), what=lambda: f"the app is {status.get()}")

    taken = live.on_app("drift.take_over", cluster="north", object=KEY, of_release=failed.number)
    ends(live, int(taken.result["release"]), "succeeded")
    container = outsider.get(DEPLOYMENTS, NAME)["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == f"{IMAGE}:2"
