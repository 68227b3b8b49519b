"""The handler of a probe that somebody set too, when another one comes: on a real control plane and a simulated one."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.models import App
from releases.drift.looking import drifts, looked, open_drifts
from tests.cluster.outsider import Outsider
from tests.releases.live import Live, wait_for
from tests.releases.test_others_hold_real import KEY, NAME, place
from tests.releases.test_rollout_real import DEPLOYMENTS, ends

__all__ = ["place"]

pytestmark = pytest.mark.django_db(transaction=True)
PROBE = '.spec.template.spec.containers[name="web"].readinessProbe'
AT = "/spec/template/spec/containers/0/readinessProbe/grpc/port"


def shop(live: Live) -> App:
    return App.objects.get(pk=live.app.pk)


def probe(outsider: Outsider) -> dict[str, Any]:
    found: dict[str, Any] = outsider.get(DEPLOYMENTS, NAME)["spec"]["template"]["spec"]["containers"][0]
    return {key: one for key, one in found["readinessProbe"].items() if key in ("grpc", "httpGet")}


def asked_by_grpc(live: Live, outsider: Outsider) -> None:
    """Somebody changes the port of the probe and changes it back."""
    draft = shop(live).draft
    assert draft is not None
    (web,) = draft.spec["processes"]
    web["ports"] = [{"name": "grpc", "port": 9000, "protocol": "grpc"}]
    web["probes"] = {"readiness": {"kind": "grpc"}}
    draft.save()
    ends(live, live.deploy(), "succeeded")
    for port in (9001, 9000):
        outsider.edit(DEPLOYMENTS, NAME, {"op": "replace", "path": AT, "value": port}, manager="kubectl-edit")


def refused(live: Live) -> int:
    live.on_app("probe.path", process="web", path="/healthz")
    number = live.deploy()
    failed = ends(live, number, "failed")
    assert "kubectl-edit" in failed.why, failed.why
    found = wait_for(lambda: drifts(shop(live)), what=lambda: f"no drift after {failed.why}")
    assert [(one.field, one.manager, one.live) for one in found] == [(f"{PROBE}.httpGet", "kubectl-edit", "grpc")]
    return number


def test_it_is_left_then_taken_over(place: tuple[Live, Outsider]) -> None:
    live, outsider = place
    asked_by_grpc(live, outsider)
    refused(live)
    live.on_app("drift.leave", cluster="north", object=KEY)
    ends(live, live.deploy(), "succeeded")
    assert list(probe(outsider)) == ["grpc"]
    assert open_drifts(shop(live)) == [] and shop(live).left

    taken = live.on_app("drift.take_over", cluster="north", object=KEY)
    ends(live, int(taken.result["release"]), "succeeded")
    assert list(probe(outsider)) == ["httpGet"] and shop(live).left == []
    wait_for(lambda: not drifts(shop(live)), what=lambda: f"there still is {drifts(shop(live))}")


def test_it_is_taken_over_with_the_release_that_was_refused(place: tuple[Live, Outsider]) -> None:
    live, outsider = place
    asked_by_grpc(live, outsider)
    number = refused(live)
    taken = live.on_app("drift.take_over", cluster="north", object=KEY, of_release=number)
    ends(live, int(taken.result["release"]), "succeeded")
    assert list(probe(outsider)) == ["httpGet"]
    wait_for(lambda: not drifts(shop(live)), what=lambda: f"there still is {drifts(shop(live))}")


def test_what_was_left_before_is_taken_over_at_once_and_then_replaced(place: tuple[Live, Outsider]) -> None:
    live, outsider = place
    asked_by_grpc(live, outsider)
    wait_for(lambda: looked(shop(live))[1], what=lambda: "nothing is told beside")
    live.on_app("drift.leave", cluster="north", object=KEY, field=f"{PROBE}.grpc.port")
    taken = live.on_app("drift.take_over", cluster="north", object=KEY)
    ends(live, int(taken.result["release"]), "succeeded")
    live.on_app("probe.path", process="web", path="/healthz")
    ends(live, live.deploy(), "succeeded")
    assert list(probe(outsider)) == ["httpGet"]
