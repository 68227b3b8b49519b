"""A workload that somebody else made becomes a process of an app, with everything at work: worker, agent, clock."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from apps_mgmt.models import App
from portal.access import Ref
from portal.access.ref import APP, TENANT
from portal.errors import Refused
from portal.operations.outcome import Outcome
from portal.operations.performing import perform
from releases import observation
from releases.models import Observation, Release
from tenants import clusters
from tenants.clusters import Connection
from tests import cast
from tests.cluster.manifests import container, deployment, manifest
from tests.cluster.outsider import Outsider, connection_by, make_namespace
from tests.cluster.planes import alone, real_cluster
from tests.cluster.shop import DEPLOYMENTS
from tests.releases.live import Simulator, at_work, wait_for

pytestmark = pytest.mark.django_db(transaction=True)
ONE, TWO = "registry.example.com/shop:1", "registry.example.com/shop:2"


class Takeover:
    """An app without a release, beside a Deployment of three instances in a namespace that its tenant was given."""

    def __init__(self, connection: Connection) -> None:
        self.space = f"legacy-{uuid.uuid4().hex[:8]}"
        make_namespace(connection, self.space)
        self.outsider = Outsider(connection, namespace=self.space)
        self.outsider.create(DEPLOYMENTS, deployment("frontend", image=ONE, replicas=3))
        people = cast.everyone()
        self.person = people.bob
        self.bob, self.alice = cast.actor(people.bob), cast.actor(people.alice)
        self.cluster = cast.cluster_at(connection, name="north")
        clusters.grant(people.boutique, self.cluster, namespace=self.space)
        made = {"name": "shop", "image": "registry.example.com/none:1"}
        perform("app.create", actor=self.bob, ref=Ref(TENANT, "boutique"), data=made)
        self.app = App.objects.get(name="shop")
        wait_for(lambda: len(self.pods()) == 3 and self.is_whole(), what=lambda: f"there are {self.pods()}")

    def page(self) -> str:
        """The app's page, as Bob sees it."""
        return str(cast.signed_in(self.person).get("/t/boutique/apps/shop/").text)

    def names(self) -> list[str]:
        rows = self.outsider.get("v1/pods", labelSelector="app=frontend")["items"]
        return [row["metadata"]["name"] for row in rows if "deletionTimestamp" not in row["metadata"]]

    def do(self, operation: str, **data: Any) -> Outcome:
        actor = self.alice if operation == "app.delete" else self.bob
        return perform(operation, actor=actor, ref=Ref(APP, "boutique", "shop"), data=data)

    def adopt(self) -> Outcome:
        return self.do("app.adopt", cluster="north", workload="frontend", process="web")

    def live(self) -> dict[str, Any]:
        return self.outsider.get(DEPLOYMENTS, "frontend")

    def labels(self) -> dict[str, str]:
        return self.live()["metadata"].get("labels") or {}

    def is_whole(self) -> bool:
        return bool(self.live().get("status", {}).get("availableReplicas") == 3)

    def pods(self) -> dict[str, str]:
        """uid → image of the instances that stay."""
        rows = self.outsider.get("v1/pods", labelSelector="app=frontend")["items"]
        return {
            row["metadata"]["uid"]: row["spec"]["containers"][0]["image"]
            for row in rows
            if "deletionTimestamp" not in row["metadata"]
        }

    def ends(self, number: int, state: str = "succeeded") -> Release:
        over = ("succeeded", "failed", "rolled_back")
        found: Release = wait_for(
            lambda: Release.objects.filter(app=self.app, number=number, state__in=over).first(),
            what=lambda: f"it is {Release.objects.get(app=self.app, number=number).state}",
        )
        assert found.state == state, found.why
        return found

    def runs(self, image: str) -> None:
        wait_for(lambda: list(self.pods().values()) == [image] * 3, what=lambda: f"they run {self.pods()}")

    def told(self) -> set[str]:
        """The uids of the instances that the app's page shows."""
        row = Observation.objects.filter(app=self.app, cluster_id=self.cluster.pk).first()
        facts = observation.load(row.facts) if row else None
        return {pod.uid for workload in (facts.workloads if facts else ()) for pod in workload.instances}


def no_room_for_more(outsider: Outsider, quota: str) -> None:
    """Wait until a cluster counts by a quota of pods that is used up: an API server hears of it by a watch."""
    body = manifest("v1", "Pod", "one-more", spec={"containers": [container()]})
    said = partial(outsider.refusal, "v1/pods", body)
    wait_for(lambda: f"exceeded quota: {quota}" in said(), what=lambda: f"it says {said()!r}")


@pytest.fixture(params=["simulated", "real"])
def takeover(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Takeover]:
    if request.param == "real":
        with alone(), at_work():
            yield Takeover(connection_by(real_cluster()))
        return
    simulator = Simulator("north", tmp_path)
    server, token = f"http://127.0.0.1:{simulator.port}", simulator.token
    try:
        with at_work():
            yield Takeover(Connection(server, "", token, "", "", name="north"))
    finally:
        simulator.stop()


def test_it_is_taken_over_without_a_restart_then_rolls_goes_back_and_is_deleted(takeover: Takeover) -> None:
    pods, before = takeover.pods(), takeover.live()
    outcome = takeover.adopt()
    release = takeover.ends(int(outcome.result["release"]))
    assert takeover.pods() == pods
    assert takeover.live()["spec"] == before["spec"]
    assert "which kubectl-create wrote until now" in release.note
    wait_for(lambda: takeover.told() == set(pods), what=lambda: f"told are {takeover.told()}")
    for page in ("", "configure/", "do/image.set/"):
        shown = cast.signed_in(takeover.person).get(f"/t/boutique/apps/shop/{page}")
        assert shown.status_code == 200
    assert all(name in takeover.page() for name in takeover.names())

    takeover.do("image.set", process="web", image=TWO)
    takeover.ends(int(takeover.do("release.start").result["release"]))
    takeover.runs(TWO)

    takeover.ends(int(takeover.do("release.rollback").result["release"]))
    takeover.runs(ONE)
    assert takeover.live()["metadata"]["uid"] == before["metadata"]["uid"]

    takeover.do("app.delete", confirm="shop")
    wait_for(lambda: not takeover.outsider.exists(DEPLOYMENTS, "frontend"), what=lambda: "it is still there")


def test_one_that_others_deleted_and_made_again_is_told_as_another_and_taken_over_in_its_place(
    takeover: Takeover,
) -> None:
    takeover.ends(int(takeover.adopt().result["release"]))
    takeover.outsider.delete(DEPLOYMENTS, "frontend")
    wait_for(lambda: not takeover.pods(), what=lambda: f"there are {takeover.pods()}")
    takeover.outsider.create(DEPLOYMENTS, deployment("frontend", image=ONE, replicas=3))
    wait_for(lambda: len(takeover.pods()) == 3 and takeover.is_whole(), what=lambda: f"there are {takeover.pods()}")
    wait_for(lambda: "deleted outside Slipway" in takeover.page(), what=takeover.page)

    failed = takeover.ends(int(takeover.do("release.start").result["release"]), "failed")
    assert "frontend on cluster north is not the one that was taken over: that was deleted" in failed.why
    assert "made (kubectl-create). Delete this one there and deploy: then Slipway makes it as it was. Or," in failed.why
    shown = cast.signed_in(takeover.person).get(f"/t/boutique/apps/shop/releases/{failed.number}/").text
    assert "Take over what" not in shown

    pods = takeover.pods()
    takeover.ends(int(takeover.adopt().result["release"]))
    assert takeover.pods() == pods
    wait_for(lambda: takeover.told() == set(pods), what=lambda: f"told are {takeover.told()}")
    with pytest.raises(Refused, match="is Slipway's already"):
        takeover.adopt()
    takeover.do("image.set", process="web", image=TWO)
    takeover.ends(int(takeover.do("release.start").result["release"]))
    takeover.runs(TWO)


def test_what_cannot_go_on_is_given_back_as_it_was(takeover: Takeover) -> None:
    pods, before = takeover.pods(), takeover.live()
    # It will never be as many as it says, so the release has to be ended by a person.
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "full"}, "spec": {"hard": {"pods": "3"}}}
    takeover.outsider.create("v1/resourcequotas", quota)
    no_room_for_more(takeover.outsider, "full")
    takeover.outsider.scale("frontend", 4)
    number = int(takeover.adopt().result["release"])
    wait_for(lambda: "slipway.dev/app-id" in takeover.labels(), what=lambda: "it was not taken over")
    ref = Ref("release", "boutique", "shop", number)
    if not Release.objects.get(app=takeover.app, number=number).is_over:
        perform("release.abort", actor=takeover.bob, ref=ref, data={"after": "roll_back"})
    takeover.ends(number, "rolled_back")
    after = takeover.live()
    assert takeover.pods() == pods
    assert takeover.labels() == {}
    entries = after["metadata"].get("managedFields") or []
    assert not [one for one in entries if one["manager"].startswith("slipway")]
    assert after["spec"]["template"] == before["spec"]["template"]
