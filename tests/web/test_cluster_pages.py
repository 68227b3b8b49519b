"""Platform operators and their clusters: by form, by API, and what is told of them."""

from __future__ import annotations

import pytest
from django.test import Client

from portal.audit.models import AuditEntry
from releases.models import Provision
from releases.reasons import Reason
from tenants import clusters
from tenants.models import ApiToken, Cluster
from tests import cast, east
from tests.api.caller import Caller
from tests.operations.stage import Shop, open_shop

pytestmark = pytest.mark.django_db
ADD = "/platform/do/cluster.add/"
API = "/api/v1/platform"


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def olga(shop: Shop) -> Client:
    return cast.signed_in(shop.people.olga)


def test_a_preview_asks_the_cluster_and_shows_what_it_is(olga: Client) -> None:
    shown = olga.post(f"{ADD}preview/", {"name": "east", "title": "East", "kubeconfig": east.kubeconfig()}).text

    for words in ("v1.34", east.simulator().url, "a token", "Gateway API", "Rights"):
        assert words in shown
    assert east.simulator().token not in shown
    assert not Cluster.objects.filter(name="east").exists()


def test_a_cluster_is_added_by_form_and_has_a_page(shop: Shop, olga: Client) -> None:
    done = olga.post(ADD, {"name": "east", "title": "East", "kubeconfig": east.kubeconfig()})

    assert (done.status_code, done["Location"]) == (303, "/platform/clusters/east/")
    page = olga.get("/platform/clusters/east/").text
    for words in ("East", "Ready", "v1.34", "a token", "No tenant uses it", "added the cluster east"):
        assert words in page
    assert "/platform/clusters/east/" in olga.get("/platform/clusters/").text
    kept = Cluster.objects.get(name="east")
    assert {clusters.connection(kept.pk, role=role).token for role in kept.credentials} == {east.simulator().token}


def test_it_is_said_where_gateways_reach_no_app(olga: Client) -> None:
    words = "No namespace there is labelled slipway.dev/gateway=true"
    assert words in olga.post(f"{ADD}preview/", {"name": "east", "kubeconfig": east.kubeconfig()}).text

    named = {"name": "gateways", "labels": {"slipway.dev/gateway": "true"}}
    east.simulator().request("POST", "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": named})
    assert words not in olga.post(f"{ADD}preview/", {"name": "east", "kubeconfig": east.kubeconfig()}).text
    east.simulator().request("DELETE", "/api/v1/namespaces/gateways")


def test_the_page_says_how_far_the_namespace_of_a_tenant_is(shop: Shop, olga: Client) -> None:
    cluster = east.registered()
    clusters.grant(shop.people.boutique, cluster)
    assert "Waiting for a worker" in olga.get("/platform/clusters/east/").text

    why = "east refused the change: no such thing"
    reason = Reason("refused", {"cluster": "east", "words": "no such thing"}).dump()
    space = {"tenant": shop.people.boutique, "namespace": "slipway-boutique"}
    Provision.objects.create(cluster=cluster, state="failed", reason=reason, **space)
    page = olga.get("/platform/clusters/east/").text
    assert "Failed" in page and why in page
    told = olga.get(f"{API}/clusters/east").json()["namespaces"]
    assert told == [{"tenant": "boutique", "namespace": "slipway-boutique", "ready": "failed", "why": why}]


def test_an_account_that_may_too_little_is_taken_with_a_warning_that_names_what_it_lacks(olga: Client) -> None:
    weak = east.kubeconfig(token=east.token_of_viewer())
    shown = olga.post(f"{ADD}preview/", {"name": "east", "kubeconfig": weak}).text
    assert "may not create, patch namespaces" in shown and "create serviceaccounts/token" in shown
    assert "list pods" not in shown
    strong = olga.post(f"{ADD}preview/", {"name": "east", "kubeconfig": east.kubeconfig()}).text
    assert "all that are needed" in strong

    olga.post(ADD, {"name": "east", "kubeconfig": weak})
    assert "lacks: create, patch namespaces" in olga.get("/platform/clusters/east/").text
    assert "create namespaces" in Cluster.objects.get(name="east").capabilities["lacks"]


def test_nothing_of_the_kubeconfig_is_in_the_log(olga: Client) -> None:
    olga.post(ADD, {"name": "east", "kubeconfig": east.kubeconfig()})

    entry = AuditEntry.objects.get(operation="cluster.add", outcome="done")
    assert entry.input["kubeconfig"].keys() == entry.resolved["kubeconfig"].keys() == {"changed", "digest"}
    assert east.simulator().token not in str(entry.__dict__)


def test_the_wrong_file_is_told_at_its_field_and_nothing_is_kept(olga: Client) -> None:
    dangerous = east.kubeconfig().replace('"token": ', '"exec": {"command": "/bin/sh"}, "token": ')
    for text, words in [
        ("", "This cannot be blank"),
        ("no kubeconfig", "YAML mapping"),
        (dangerous, "runs a program to log in"),
        (east.kubeconfig(token="expired"), "does not accept"),
    ]:
        answer = olga.post(ADD, {"name": "east", "kubeconfig": text})
        assert answer.status_code == 422
        assert words in answer.text, words
    assert not Cluster.objects.filter(name="east").exists()


def test_a_name_is_taken_once(olga: Client) -> None:
    answer = olga.post(ADD, {"name": "north", "kubeconfig": east.kubeconfig()})

    assert answer.status_code == 422
    assert "There is a cluster north already" in answer.text


def test_a_tenant_uses_a_cluster_from_the_moment_it_may(shop: Shop, olga: Client) -> None:
    east.registered()
    olga.post("/platform/clusters/east/do/cluster.grant/", {"tenant": "boutique"})

    assert "east" in [one.name for one in clusters.clusters_of(shop.people.boutique.pk)]
    assert "slipway-boutique" in olga.get("/platform/clusters/east/").text
    outcome = shop.do("placement.targets", targets=[{"cluster": "east"}])
    assert outcome.changed


def test_a_cluster_on_which_apps_run_is_neither_taken_away_nor_removed(shop: Shop, olga: Client) -> None:
    shop.runs()
    revoked = olga.post("/platform/clusters/north/do/cluster.revoke/", {"tenant": "boutique"})
    removed = olga.post("/platform/clusters/north/do/cluster.remove/", {"confirm": "north"})

    for answer in (revoked, removed):
        assert answer.status_code in (409, 422)
        assert "boutique/shop still run on this cluster. Move or delete them first." in answer.text
    assert "north" in [one.name for one in clusters.clusters_of(shop.people.boutique.pk)]


def test_a_cluster_to_which_a_first_release_is_on_its_way_is_kept(shop: Shop, olga: Client) -> None:
    shop.do("release.start")
    for form, data in (("revoke", {"tenant": "boutique"}), ("remove", {"confirm": "north"})):
        answer = olga.post(f"/platform/clusters/north/do/cluster.{form}/", data)
        assert "boutique/shop still run on this cluster" in answer.text
    assert Cluster.objects.filter(name="north").exists()


def test_a_cluster_nobody_needs_is_removed_by_typing_its_name(olga: Client) -> None:
    east.registered()
    assert olga.post("/platform/clusters/east/do/cluster.remove/", {"confirm": "west"}).status_code == 422
    done = olga.post("/platform/clusters/east/do/cluster.remove/", {"confirm": "east"})

    assert (done.status_code, done["Location"]) == (303, "/platform/clusters/")
    assert not Cluster.objects.filter(name="east").exists()


def test_a_check_keeps_what_the_cluster_answers(olga: Client) -> None:
    cluster = east.registered()
    assert cluster.capabilities == {}
    olga.post("/platform/clusters/east/do/cluster.check/")

    cluster.refresh_from_db()
    assert cluster.state == "ready"
    assert cluster.capabilities["server_version"].startswith("v1.34")


def test_a_check_of_a_cluster_that_is_away_says_so_and_since_when(olga: Client) -> None:
    assert "does not answer: no connection." in olga.get("/platform/clusters/north/do/cluster.check/").text
    olga.post("/platform/clusters/north/do/cluster.check/")

    cluster = Cluster.objects.get(name="north")
    assert (cluster.state, cluster.state_reason) == ("away", "no connection")
    assert "no connection" in olga.get("/platform/clusters/north/").text


def test_the_same_by_api_with_a_token_for_the_platform(shop: Shop) -> None:
    olga = Caller(shop.people.olga, None)
    added = olga.post(f"{API}/operations/cluster.add", {"name": "east", "kubeconfig": east.kubeconfig()})

    assert (added.status_code, added.json()["result"]["cluster"]) == (200, "east")
    assert "east" in [one["name"] for one in olga.get(f"{API}/clusters/").json()]
    detail = olga.get(f"{API}/clusters/east").json()
    assert detail["kubernetes"].startswith("v1.34") and detail["signs_in_with"] == "token"
    assert detail["tenants"] == []
    stale = olga.post(f"{API}/clusters/east/operations/cluster.describe?version=99", {"title": "Hall 2"})
    assert (stale.status_code, stale.json()["current_version"]) == (409, detail["version"])


def test_a_token_for_the_platform_opens_no_tenant_and_one_of_a_tenant_no_platform(shop: Shop) -> None:
    of_platform, of_tenant = Caller(shop.people.olga, None), Caller(shop.people.alice, shop.people.boutique)

    assert of_platform.get("/api/v1/tenants/boutique/apps/").status_code == 404
    assert of_tenant.get(f"{API}/clusters/").status_code == 403
    assert Caller(shop.people.olga, None, permissions=["platform.audit"]).get(f"{API}/clusters/").status_code == 403


def test_a_platform_operator_makes_such_a_token_on_their_own_page(shop: Shop, olga: Client) -> None:
    cast.confirmed(shop.people.olga, olga)
    made = olga.post("/account/tokens/", {"name": "scripts", "tenant": ":platform", "days": "30"})

    assert made.status_code == 200 and "slw_" in made.text
    token = ApiToken.objects.get(user=shop.people.olga)
    assert token.tenant is None
    assert "The platform" in olga.get("/account/").text
    bob = cast.confirmed(shop.people.bob)
    assert bob.post("/account/tokens/", {"name": "scripts", "tenant": ":platform", "days": "30"}).status_code == 422
    assert "The platform" not in bob.get("/account/").text


def test_a_script_that_sends_the_form_is_told_where_to_go_and_reads_no_secret(olga: Client) -> None:
    assert "data-keeps" in olga.get(ADD).text
    sent, script = {"name": "Not a name", "kubeconfig": east.kubeconfig()}, {"HX-Request": "true"}
    refused = olga.post(ADD, sent, headers=script)
    assert refused.status_code == 422 and "data-dialog-content" in refused.text
    assert east.simulator().token not in refused.text

    done = olga.post(ADD, sent | {"name": "east"}, headers=script)
    assert (done.status_code, done["HX-Redirect"]) == (204, "/platform/clusters/east/")
    # It was not said to the script, which shows it to nobody: the page says it.
    assert "Added the cluster" in olga.get("/platform/clusters/east/").text
    assert "data-keeps" not in olga.get("/platform/clusters/east/do/cluster.describe/").text
