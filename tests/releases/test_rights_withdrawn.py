"""The deployer's rights are taken away on a real control plane and a simulated cluster: told, given back, gone on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError

import pytest

from portal.access.ref import CLUSTER, Ref
from portal.operations.performing import perform
from portal.outbox.models import OutboxRow
from releases import engine
from releases.gateway import minting
from releases.models import Provision
from tenants import clusters
from tenants.clusters import PROVISIONER, Connection
from tests import cast
from tests.cluster.outsider import Outsider, connection_by
from tests.cluster.planes import alone, real_cluster
from tests.releases.live import Live, Simulator, at_work, wait_for
from tests.releases.test_rollout_real import NAMESPACE, ends

pytestmark = pytest.mark.django_db(transaction=True)
ACCOUNTS, BINDINGS = "v1/serviceaccounts", "rbac.authorization.k8s.io/v1/rolebindings"
DEPLOYER = "slipway-deployer"
SECOND = "registry.example.com/shop:2"


@dataclass
class Place:
    """One cluster with the shop on it, and somebody who administers it."""

    live: Live
    name: str

    @property
    def admin(self) -> Outsider:
        return Outsider(clusters.connection(self.live.clusters[self.name].pk, PROVISIONER), namespace=NAMESPACE)

    def make_ready(self) -> None:
        """A platform operator has the tenant's part of the cluster made ready again, and it is."""
        olga, ref = cast.actor(cast.present().olga), Ref(CLUSTER, cluster=self.name)
        perform("cluster.prepare", actor=olga, ref=ref, data={"tenant": "boutique"})
        newest = Provision.objects.filter(cause="asked").order_by("-id")[:1]
        wait_for(
            lambda: [one.state for one in newest.all()] == [Provision.State.SUCCEEDED],
            what=lambda: str(list(Provision.objects.values_list("state", "reason"))),
        )

    def refuses(self, connection: Connection) -> bool:
        """Whether it takes the token no more: an API server remembers for ten seconds whose a token is."""
        try:
            Outsider(connection, namespace=NAMESPACE).get("v1/services")
        except HTTPError as error:
            return error.code == HTTPStatus.UNAUTHORIZED
        return False

    def waits_because(self) -> str:
        """Why the write of a release is not done yet."""
        rows = OutboxRow.objects.filter(kind=engine.EFFECT, state=OutboxRow.State.PENDING, attempts__gt=0)
        reasons = rows.values_list("reason", flat=True)
        return str(wait_for(lambda: reasons.first(), what=lambda: "nothing is tried again"))


@pytest.fixture(params=["simulated", "real"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """With the shop's first release on it, written with a token that was asked for and is kept."""
    minting._tokens.clear()
    simulators, others = [], {}
    if request.param == "real":
        others = {"east": connection_by(real_cluster())}
    else:
        simulators = [Simulator("east", tmp_path)]
    with alone() if others else nullcontext(), at_work():
        place = Place(Live(simulators, others=others), "east")
        ends(place.live, place.live.deploy(), "succeeded")
        yield place
        # Whatever was taken away, what is on the cluster has to go, or it stands in the way of others.
        place.make_ready()
        place.live.delete()
    for one in simulators:
        one.stop()


def test_a_release_without_the_right_says_which_one_from_the_first_refusal_on(place: Place) -> None:
    place.admin.delete(BINDINGS, DEPLOYER)
    number = place.live.deploy(SECOND)
    wait_for(lambda: place.waits_because(), what=lambda: "nothing is tried again")
    page = cast.signed_in(cast.present().bob).get(f"/t/boutique/apps/shop/releases/{number}/").text
    assert not place.live.release(number).is_over
    assert f"Its account there needs the right: {NAMESPACE}/{DEPLOYER} cannot " in page and "follows." in page
    ends(place.live, number, "failed")


def test_a_release_without_the_right_ends_saying_which_one_and_the_next_goes_on_when_it_is_back(place: Place) -> None:
    place.admin.delete(BINDINGS, DEPLOYER)
    failed = ends(place.live, place.live.deploy(SECOND), "failed")
    assert f"Its account there needs the right: {NAMESPACE}/{DEPLOYER} cannot " in failed.why
    assert f"in the namespace {NAMESPACE}" in failed.why

    place.make_ready()
    ends(place.live, place.live.deploy(), "succeeded")


def test_a_right_that_is_given_back_soon_is_waited_for(place: Place) -> None:
    place.admin.delete(BINDINGS, DEPLOYER)
    number = place.live.deploy(SECOND)
    assert "needs the right" in place.waits_because()
    place.make_ready()
    ends(place.live, number, "succeeded")


def test_a_token_whose_account_is_gone_is_worth_nothing_and_a_new_one_is_asked_for(place: Place) -> None:
    kept = minting.sign_in(place.live.clusters["east"], clusters.DEPLOYER, namespace=NAMESPACE)
    place.admin.delete(ACCOUNTS, DEPLOYER)
    wait_for(lambda: place.refuses(kept.connection), what=lambda: "the token is still taken", every=0.5)
    number = place.live.deploy(SECOND)
    assert place.waits_because()
    assert place.live.release(number).state == "running"
    place.make_ready()
    ends(place.live, number, "succeeded")
