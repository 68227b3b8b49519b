"""One API server is one cluster: it is not added twice, and a cluster does not become another one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from tenants.models import Cluster
from tests import cast, east
from tests.cluster.simulators import Simulator, running_simulator
from tests.operations.stage import Shop, open_shop

pytestmark = pytest.mark.django_db
ADD = "/platform/do/cluster.add/"
RENEW = "/platform/clusters/{}/do/cluster.renew/"


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def olga(shop: Shop) -> Client:
    return cast.signed_in(shop.people.olga)


@pytest.fixture(scope="module")
def west(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    with running_simulator(tmp_path_factory.mktemp("west"), name="west") as simulator:
        yield simulator


def at(simulator: Simulator) -> str:
    return east.kubeconfig(token=simulator.token, server=simulator.url)


def uid_of(name: str) -> str | None:
    return Cluster.objects.get(name=name).capabilities.get("uid")


def test_a_cluster_is_not_added_under_a_second_name_nor_under_a_second_address(
    olga: Client, settings: Settings
) -> None:
    settings.SLIPWAY_CLUSTER_SERVERS_ALLOWED = ["127.0.0.1", "localhost"]
    olga.post(ADD, {"name": "east", "kubeconfig": east.kubeconfig()})
    other_way = east.kubeconfig(server=east.simulator().url.replace("127.0.0.1", "localhost"))
    for text in (east.kubeconfig(), other_way):
        answer = olga.post(ADD, {"name": "uno", "kubeconfig": text})
        assert answer.status_code == 422
        assert "This is the cluster east already" in answer.text
    assert not Cluster.objects.filter(name="uno").exists()


def test_the_preview_says_it_before_anything_is_sent(olga: Client) -> None:
    olga.post(ADD, {"name": "east", "kubeconfig": east.kubeconfig()})
    shown = olga.post(f"{ADD}preview/", {"name": "uno", "kubeconfig": east.kubeconfig()}).text
    assert "This is the cluster east already" in shown


def test_one_that_nobody_asked_yet_is_known_by_its_address(olga: Client) -> None:
    east.registered()
    answer = olga.post(ADD, {"name": "uno", "kubeconfig": east.kubeconfig()})
    assert "This is the cluster east already" in answer.text


def test_two_clusters_are_two(olga: Client, west: Simulator) -> None:
    olga.post(ADD, {"name": "east", "kubeconfig": east.kubeconfig()})
    assert olga.post(ADD, {"name": "west", "kubeconfig": at(west)}).status_code == 303
    assert uid_of("east") and uid_of("west") and uid_of("east") != uid_of("west")


def test_an_account_that_may_not_ask_who_the_cluster_is_is_taken_all_the_same(olga: Client) -> None:
    done = olga.post(ADD, {"name": "east", "kubeconfig": east.kubeconfig(token=east.token_of("nobody"))})
    assert done.status_code == 303
    assert uid_of("east") is None


def test_a_check_finds_out_who_a_cluster_is(olga: Client) -> None:
    east.registered()
    olga.post("/platform/clusters/east/do/cluster.check/")
    asked = east.simulator().request("GET", "/api/v1/namespaces/kube-system").body
    assert uid_of("east") == asked["metadata"]["uid"]


def test_the_access_is_renewed_to_the_same_cluster(olga: Client) -> None:
    olga.post(ADD, {"name": "east", "kubeconfig": east.kubeconfig()})
    token = east.token_of_viewer()
    assert olga.post(RENEW.format("east"), {"kubeconfig": east.kubeconfig(token=token)}).status_code == 303


def test_the_access_is_not_renewed_to_another_cluster(olga: Client, west: Simulator) -> None:
    olga.post(ADD, {"name": "east", "kubeconfig": east.kubeconfig()})
    answer = olga.post(RENEW.format("east"), {"kubeconfig": at(west)})
    assert answer.status_code == 422
    assert "This kubeconfig leads to another cluster than east." in answer.text
    assert Cluster.objects.get(name="east").server == east.simulator().url


def test_it_is_said_which_registered_cluster_it_leads_to(olga: Client, west: Simulator) -> None:
    olga.post(ADD, {"name": "east", "kubeconfig": east.kubeconfig()})
    olga.post(ADD, {"name": "west", "kubeconfig": at(west)})
    answer = olga.post(RENEW.format("east"), {"kubeconfig": at(west)})
    assert "This kubeconfig leads to the cluster west, not to east." in answer.text


def test_it_is_said_how_many_apps_would_be_left_behind(shop: Shop, olga: Client) -> None:
    shop.runs()
    Cluster.objects.filter(name="north").update(capabilities={"uid": "another"})
    answer = olga.post(RENEW.format("north"), {"kubeconfig": east.kubeconfig()})
    assert "another cluster than north, on which 1 app runs: boutique/shop." in answer.text
