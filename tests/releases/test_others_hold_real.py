"""Somebody pauses a rollout, lets an autoscaler of their own set the number of instances, or changes what a release
waits for: on a real control plane and on a simulated cluster, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from portal.access.ref import APP, Ref
from portal.errors import Refused
from portal.operations.performing import perform
from releases.drift.looking import drifts
from releases.models import Observation, StepRun
from releases.observation import load
from releases.reasons import Reason
from releases.scaled import REPLICAS
from releases.wording import words
from tenants.clusters import Connection
from tests.cluster.outsider import Outsider, connection_by
from tests.cluster.planes import alone, real_cluster
from tests.releases.live import Live, Simulator, at_work, wait_for
from tests.releases.test_rollout_real import DEPLOYMENTS, NAMESPACE, ends
from tests.releases.test_strategies_real import waits

pytestmark = pytest.mark.django_db(transaction=True)
NAME, KEY, IMAGE = "shop--web", "Deployment/shop--web", "registry.example.com/shop"
AUTOSCALERS = "autoscaling/v2/horizontalpodautoscalers"
SCALER = {
    "apiVersion": "autoscaling/v2",
    "kind": "HorizontalPodAutoscaler",
    "metadata": {"name": "by-hand"},
    "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME},
        "minReplicas": 6,
        "maxReplicas": 8,
    },
}


@pytest.fixture(params=["simulated", "real"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Live, Outsider]]:
    """The app on one cluster, two instances of it, and somebody else there."""
    simulator = Simulator("north", tmp_path) if request.param == "simulated" else None
    if simulator:
        url = f"http://127.0.0.1:{simulator.port}"
        way = Connection(server=url, ca_pem="", token=simulator.token, client_cert="", client_key="", name="north")
    else:
        way = connection_by(real_cluster("real"))
    with nullcontext() if simulator else alone(), at_work():
        live = Live([simulator] if simulator else [], others={} if simulator else {"north": way})
        live.on_app("process.scale", process="web", replicas=2)
        yield live, Outsider(way, namespace=NAMESPACE)
        live.delete()
    if simulator:
        simulator.stop()


def facts(live: Live) -> Any:
    row = Observation.objects.filter(app=live.app).first()
    seen = load(row.facts) if row else None
    return seen.workload("Deployment", NAME) if seen else None


def ready(live: Live) -> int:
    now = facts(live)
    return now.ready if now else 0


def told(live: Live, number: int) -> list[dict[str, Any]]:
    return [run.reason for run in StepRun.objects.filter(release=live.release(number)) if run.reason]


def test_a_rollout_that_somebody_paused_is_told_and_goes_on_when_it_is_resumed(place: tuple[Live, Outsider]) -> None:
    live, outsider = place
    ends(live, live.deploy(), "succeeded")
    number = held(live, outsider, f"{IMAGE}:2")
    now = facts(live)
    assert [one.current for one in now.instances] == [False, False], "old instances are counted as new"
    assert any("kubectl-rollout paused" in line for line in _sentences(live, number))
    resumed(outsider)
    ends(live, number, "succeeded")


def test_the_number_of_an_autoscaler_of_somebody_else_is_kept_until_taken_over(place: tuple[Live, Outsider]) -> None:
    live, outsider = place
    ends(live, live.deploy(), "succeeded")
    outsider.create(AUTOSCALERS, SCALER, manager="kubectl-autoscale")
    try:
        wait_for(lambda: ready(live) == 6, what=lambda: f"{ready(live)} are ready")
        (seen,) = [one for one in drifts(live.app) if one.field == REPLICAS]
        assert (seen.manager, seen.live, seen.ours) == ("kube-controller-manager", 6, 2)

        number = live.deploy(f"{IMAGE}:2")
        lowest = []
        wait_for(
            lambda: lowest.append(_wanted(outsider)) or live.release(number).state in ("succeeded", "failed"),
            what=lambda: live.release(number).why,
            seconds=90,
        )
        ends(live, number, "succeeded")
        assert min(lowest) == 6
        assert facts(live).wanted == 6 and facts(live).image == f"{IMAGE}:2"
    finally:
        outsider.delete(AUTOSCALERS, "by-hand")
    taken = live.on_app("drift.take_over", cluster="north", object=KEY).result["release"]
    ends(live, int(taken), "succeeded")
    assert _wanted(outsider) == 2
    wait_for(lambda: not drifts(live.app), what=lambda: f"there still is {drifts(live.app)}")


def test_taking_over_while_the_autoscaler_goes_on_ends_well_too(place: tuple[Live, Outsider]) -> None:
    live, outsider = place
    where = {"cluster": "north", "object": KEY}
    ends(live, live.deploy(), "succeeded")
    outsider.create(AUTOSCALERS, SCALER, manager="kubectl-autoscale")
    try:
        wait_for(lambda: ready(live) == 6, what=lambda: f"{ready(live)} are ready")
        ref = Ref(APP, "boutique", "shop")
        asked = perform("drift.take_over", actor=live.bob, ref=ref, data=where, dry_run=True)
        assert any("by-hand on north, made by kubectl-autoscale" in line for line in asked.preview.warnings)
        outcome = live.on_app("drift.take_over", **where)
        assert outcome.message.endswith("; an autoscaler that is still there sets it again.")
        ends(live, int(outcome.result["release"]), "succeeded")
        wait_for(lambda: ready(live) == 6, what=lambda: f"{ready(live)} are ready")
    finally:
        outsider.delete(AUTOSCALERS, "by-hand")


STEPS = [
    {"kind": "batch", "name": "one", "replicas": "1"},
    {"kind": "pause", "name": "look", "seconds": -1},
    {"kind": "batch", "name": "all", "replicas": "100%"},
]


def test_what_an_autoscaler_of_somebody_else_counts_is_not_traded(place: tuple[Live, Outsider]) -> None:
    """It comes while a canary pauses; and where it was there before, nothing begins."""
    live, outsider = place
    ends(live, live.deploy(), "succeeded")
    live.on_app("release.auto_rollback", on=False)
    live.on_app("release.strategy", kind="canary", steps=STEPS)
    number = live.deploy(f"{IMAGE}:2")
    waits(live, number)
    outsider.create(AUTOSCALERS, SCALER, manager="kubectl-autoscale")
    try:
        wait_for(lambda: ready(live) == 6, what=lambda: f"{ready(live)} are ready")
        live.on_release("release.promote", number)
        ends(live, number, "failed")
        assert "keeps shop--web on north at 6 instances" in live.release(number).why
        assert max(run.sent for run in StepRun.objects.filter(release=live.release(number))) < 10
        for pace in ({"kind": "batches", "batch": "50%"}, {"kind": "blue-green"}):
            live.on_app("release.strategy", **pace)
            for dry in (True, False):
                with pytest.raises(Refused, match="Delete the autoscaler there and take the number over"):
                    perform("release.start", actor=live.bob, ref=Ref(APP, "boutique", "shop"), data={}, dry_run=dry)
    finally:
        outsider.delete(AUTOSCALERS, "by-hand")
    taken = live.on_app("drift.take_over", cluster="north", object=KEY).result["release"]
    ends(live, int(taken), "succeeded")
    assert _wanted(outsider) == 2


def held(live: Live, outsider: Outsider, image: str) -> int:
    """A release of this image that has written it, and waits, since somebody has paused the rollout."""
    outsider.merge(DEPLOYMENTS, NAME, {"spec": {"paused": True}}, manager="kubectl-rollout")
    number = live.deploy(image)
    wait_for(
        lambda: any(one["code"] == "held" for one in told(live, number)),
        what=lambda: f"what is told is {told(live, number)}",
        seconds=60,
    )
    return number


def resumed(outsider: Outsider) -> None:
    outsider.merge(DEPLOYMENTS, NAME, {"spec": {"paused": None}}, manager="kubectl-rollout")


def test_an_image_that_somebody_sets_meanwhile_is_not_what_the_release_brought(place: tuple[Live, Outsider]) -> None:
    live, outsider = place
    ends(live, live.deploy(), "succeeded")
    number = held(live, outsider, f"{IMAGE}:2")
    box = {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": f"{IMAGE}:evil"}
    outsider.edit(DEPLOYMENTS, NAME, box, manager="kubectl-set")
    resumed(outsider)
    why = ends(live, number, "failed").why
    assert "kubectl-set changed the image of web of shop--web on north" in why
    taken = live.on_app("drift.take_over", cluster="north", object=KEY, of_release=number).result["release"]
    ends(live, int(taken), "succeeded")
    wait_for(lambda: facts(live).image == f"{IMAGE}:2", what=lambda: f"{facts(live)} runs")


def test_an_image_that_was_set_and_is_left_lets_the_next_release_go_on(place: tuple[Live, Outsider]) -> None:
    live, outsider = place
    ends(live, live.deploy(), "succeeded")
    number = held(live, outsider, f"{IMAGE}:2")
    box = {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": f"{IMAGE}:evil"}
    outsider.edit(DEPLOYMENTS, NAME, box, manager="kubectl-set")
    ends(live, number, "failed")
    resumed(outsider)
    live.on_app("drift.leave", cluster="north", object=KEY)
    ends(live, live.deploy(), "succeeded")


@pytest.mark.parametrize("number", [5, 0])
def test_a_number_that_somebody_sets_meanwhile_is_told_and_can_be_set_back(
    place: tuple[Live, Outsider], number: int
) -> None:
    live, outsider = place
    ends(live, live.deploy(), "succeeded")
    release = held(live, outsider, f"{IMAGE}:2")
    outsider.scale(NAME, number)
    resumed(outsider)
    _is_said(live, release, number)
    outsider.scale(NAME, 2)
    ends(live, release, "succeeded")
    assert facts(live).image == f"{IMAGE}:2"


def test_or_the_release_aborted(place: tuple[Live, Outsider]) -> None:
    live, outsider = place
    ends(live, live.deploy(), "succeeded")
    release = held(live, outsider, f"{IMAGE}:2")
    outsider.scale(NAME, 5)
    resumed(outsider)
    _is_said(live, release, 5)
    live.on_release("release.abort", release)
    ends(live, release, "rolled_back")
    assert facts(live).image == f"{IMAGE}:1"


@pytest.mark.parametrize("number", [5, 0])
def test_it_fails_where_it_stays_and_the_number_is_taken_over(place: tuple[Live, Outsider], number: int) -> None:
    live, outsider = place
    ends(live, live.deploy(), "succeeded")
    release = held(live, outsider, f"{IMAGE}:2")
    outsider.scale(NAME, number)
    resumed(outsider)
    why = ends(live, release, "failed").why
    assert f"set the number of instances of shop--web to {number}, outside Slipway" in why
    taken = live.on_app("drift.take_over", cluster="north", object=KEY, of_release=release).result["release"]
    ends(live, int(taken), "succeeded")
    assert _wanted(outsider) == 2 and facts(live).image == f"{IMAGE}:2"


@pytest.mark.parametrize("operation", ["release.start", "process.restart"])
def test_nothing_is_written_where_somebody_keeps_another_number(place: tuple[Live, Outsider], operation: str) -> None:
    live, outsider = place
    ends(live, live.deploy(), "succeeded")
    outsider.scale(NAME, 5)
    before = outsider.get(DEPLOYMENTS, NAME)["spec"]["template"]
    live.on_app("image.set", process="web", image=f"{IMAGE}:2")
    release = int(live.on_app(operation).result["release"])
    assert "kubectl changed .spec.replicas of" in ends(live, release, "failed").why
    assert outsider.get(DEPLOYMENTS, NAME)["spec"]["template"] == before and _wanted(outsider) == 5


def _is_said(live: Live, release: int, number: int) -> None:
    said = f"set the number of instances of shop--web to {number}, outside Slipway, after the release set 2"
    wait_for(
        lambda: any(said in line for line in _sentences(live, release)),
        what=lambda: f"what is told is {_sentences(live, release)}",
        seconds=30,
    )


def _sentences(live: Live, number: int) -> list[str]:
    return [words(Reason.load(one)) for one in told(live, number)]


def _wanted(outsider: Outsider) -> int:
    return int(outsider.get(DEPLOYMENTS, NAME)["spec"]["replicas"])
