"""Ctrl-K: apps, and forms filled in by the words behind, for those who may do it."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.access import Ref
from portal.operations.performing import perform
from tenants.models import User
from tests import cast
from tests.releases.stage import Stage
from tests.web.filled import values

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage() -> Stage:
    return Stage()


def found(who: User, words: str, *, on: str = "") -> list[str]:
    """The addresses that are offered, on a page."""
    headers = {"Referer": f"http://testserver{on}"} if on else {}
    page = cast.signed_in(who).get("/go/", {"hits": "", "q": words}, headers=headers).text
    return [one.replace("&amp;", "&") for one in re.findall(r'href="([^"]+)"', page)]


def test_an_app_is_found_by_a_part_of_its_name(stage: Stage) -> None:
    assert found(stage.people.bob, "sho") == ["/t/boutique/apps/shop/#content"]


def test_an_operation_of_an_app_opens_filled_in(stage: Stage) -> None:
    assert "/t/boutique/apps/shop/do/process.scale/?process=web&replicas=4" in found(
        stage.people.bob, "scale shop web 4"
    )


def test_what_is_called_just_that_comes_before_what_begins_so(stage: Stage) -> None:
    stage.deployed()
    first = [one for one in found(stage.people.bob, "deploy shop") if "/do/" in one]
    assert first[:2] == ["/t/boutique/apps/shop/do/release.start/", "/t/boutique/apps/shop/do/release.redeploy/"]


@pytest.mark.parametrize("words", ["member.add bob developer", "add a member bob developer"])
def test_an_operation_of_a_tenant_opens_filled_in(stage: Stage, words: str) -> None:
    assert "/t/boutique/do/member.add/?user=bob&role=developer" in found(stage.people.alice, words)


def test_what_makes_an_app_takes_its_name_and_its_image(stage: Stage) -> None:
    form = "/t/boutique/do/app.create/?name=newby&image=reg.example.com%2FX%3A1&port=8080"
    assert form in found(stage.people.bob, "app.create newby reg.example.com/X:1 8080")


def test_an_operation_of_the_platform_is_found_by_those_who_may_do_it(stage: Stage) -> None:
    form = "/platform/do/tenant.create/?name=garden"
    assert form in found(stage.people.olga, "tenant.create garden")
    assert form not in found(stage.people.alice, "tenant.create garden")


def test_what_a_person_may_not_do_to_a_tenant_is_not_offered(stage: Stage) -> None:
    assert not [one for one in found(stage.people.vera, "member.add") if "/do/" in one]


def test_values_are_passed_on_as_they_were_typed(stage: Stage) -> None:
    form = "/t/boutique/apps/shop/do/image.set/?process=web&image=reg.example.com%2Fx%3AV1-RC1"
    assert form in found(stage.people.bob, "Image SHOP Web reg.example.com/x:V1-RC1")
    page = cast.signed_in(stage.people.bob).get("/go/", {"q": "image shop web reg.example.com/x:V1-RC1"}).text
    assert "V1-RC1" in page and "v1-rc1" not in page


@pytest.mark.parametrize(
    ("words", "filled"),
    [
        ("scale shop 7", "process.scale/?replicas=7"),
        ("scale shop 4 web", "process.scale/?replicas=4&process=web"),
        ("scale shop many", "process.scale/"),
        ("image shop reg.example.com/x:2", "image.set/?image=reg.example.com%2Fx%3A2"),
        ("probe.path shop /Healthz", "probe.path/?path=%2FHealthz"),
        ("port.add shop admin 9090 grpc", "port.add/?name=admin&port=9090&protocol=grpc"),
        ("secret.set shop API_KEY precious", "secret.set/?name=API_KEY"),
        ("release.start shop south north", "release.start/?targets=south&targets=north"),
        ("port.add shop http 9090", "port.add/?name=http&port=9090"),
        ("app.delete shop shop", "app.delete/"),
        ("auto_rollback shop yes", "release.auto_rollback/?on=true"),
    ],
)
def test_a_word_goes_to_the_first_field_that_can_take_it(stage: Stage, words: str, filled: str) -> None:
    offered = found(stage.people.alice, words)
    assert f"/t/boutique/apps/shop/do/{filled}" in offered
    assert not any("precious" in one for one in offered)


def test_the_only_process_of_an_app_need_not_be_named(stage: Stage) -> None:
    page = cast.signed_in(stage.people.bob).get("/t/boutique/apps/shop/do/process.scale/?replicas=7")
    assert values(page, "replicas") == ["7"] and re.search(r'<option value="web"\s+selected', page.text)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("scale nope web 4", "not understood: nope"),
        ("scale shop many", "not understood: many"),
        ("scale shop web 4", ""),
        ("member.add bob developer twice", "not understood: twice"),
        ("secret.set shop API_KEY precious", ""),
    ],
)
def test_a_word_that_nothing_takes_is_told(stage: Stage, words: str, said: str) -> None:
    headers = {"Referer": "http://testserver/t/boutique/apps/shop/"}
    page = cast.signed_in(stage.people.alice).get("/go/", {"hits": "", "q": words}, headers=headers).text
    assert "/do/" in page
    assert re.findall(r"not understood: \w+", page)[:1] == ([said] if said else [])


def test_what_goes_back_comes_before_what_does_so_by_itself(stage: Stage) -> None:
    stage.deployed()
    stage.on_app("image.set", process="web", image="registry.example.com/shop:2")
    stage.deployed(image="registry.example.com/shop:2")
    first = [one for one in found(stage.people.bob, "rollback shop") if "/do/" in one]
    assert "release.rollback" in first[0] and "release.auto_rollback" in first[1]


def test_an_app_is_found_by_its_title(stage: Stage) -> None:
    stage.on_app("app.describe", title="Product Catalogue")
    app, scale = "/t/boutique/apps/shop/#content", "/t/boutique/apps/shop/do/process.scale/?replicas=4"

    assert found(stage.people.bob, "catal") == found(stage.people.bob, "PRODUCT catalogue") == [app]
    assert {app, scale} <= {*found(stage.people.bob, "scale product Catalogue 4")}
    assert found(stage.people.charlie, "catalogue") == []


def test_the_name_of_an_app_counts_more_than_the_title_of_another(stage: Stage) -> None:
    stage.on_tenant("app.create", name="front", title="Shop", image="registry.example.com/front:1")
    assert found(stage.people.bob, "scale shop 4")[0] == "/t/boutique/apps/shop/do/process.scale/?replicas=4"


@pytest.mark.parametrize("word", ["health", "probe"])
def test_on_the_page_of_an_app_the_app_need_not_be_named(stage: Stage, word: str) -> None:
    form = "/t/boutique/apps/shop/do/probe.path/"
    assert form in found(stage.people.bob, word, on="/t/boutique/apps/shop/configure/")
    assert form not in found(stage.people.bob, word, on="/t/boutique/apps/")
    assert form not in found(stage.people.vera, word, on="/t/boutique/apps/shop/")
    assert found(stage.people.charlie, word, on="/t/boutique/apps/shop/") == []


BOUTIQUE, DO = "/platform/tenants/boutique/", "/t/boutique/do/"


@pytest.mark.parametrize(
    ("words", "form"),
    [
        ("quota.set boutique cpu 30", f"{DO}quota.set/?dimension=cpu&value=30"),
        ("set limit boutique cpu 30", f"{DO}quota.set/?dimension=cpu&value=30"),
        ("set a limit online Boutique cpu 30", f"{DO}quota.set/?dimension=cpu&value=30"),
        ("boutique suspend", f"{DO}tenant.suspend/"),
        ("decide boutique", f"{DO}quota.decide/"),
        ("quota.decide boutique 1 refuse", f"{DO}quota.decide/?number=1&decision=refuse"),
        ("check north", "/platform/clusters/north/do/cluster.check/"),
        ("cluster.grant north harbor", "/platform/clusters/north/do/cluster.grant/?tenant=harbor"),
    ],
)
def test_whoever_operates_the_platform_finds_what_is_done_to_tenants_and_clusters(
    stage: Stage, words: str, form: str
) -> None:
    data = {"dimension": "cpu", "value": "900", "reason": "Sale"}
    perform("quota.request", actor=cast.actor(stage.people.alice), ref=Ref("tenant", "boutique"), data=data)
    assert form in found(stage.people.olga, words)
    assert not [one for one in found(stage.people.alice, words) if one == form]


@pytest.mark.parametrize(("words", "form"), [("suspend", "tenant.suspend"), ("set limit cpu 30", "quota.set")])
def test_the_tenant_on_whose_page_it_is_typed_need_not_be_named(stage: Stage, words: str, form: str) -> None:
    here = [one for one in found(stage.people.olga, words, on=BOUTIQUE) if f"/do/{form}/" in one]
    anywhere = [one.split("/")[2] for one in found(stage.people.olga, words) if f"/do/{form}/" in one]

    assert [one.partition("?")[0] for one in here] == [f"{DO}{form}/"]
    assert anywhere == ["boutique", "harbor"]


def test_on_a_page_of_a_cluster_it_need_not_be_named(stage: Stage) -> None:
    offered = found(stage.people.olga, "restrict", on="/platform/clusters/south/")
    assert "/platform/clusters/south/do/cluster.restrict/" in offered
    assert not [one for one in offered if "/north/" in one]


@pytest.mark.parametrize(
    ("words", "never"),
    [
        ("add member bob", "cluster.add"),
        ("set limit boutique cpu 30", "platform.rules"),
        ("set limit boutique cpu 30", "reset_factor"),
    ],
)
def test_what_means_one_operation_is_not_offered_as_another(stage: Stage, words: str, never: str) -> None:
    assert not [one for one in found(stage.people.olga, words) if never in one]


def test_what_no_field_takes_is_not_made_a_title(stage: Stage) -> None:
    offered = found(stage.people.olga, "cluster.add west whatever")
    assert offered and not [one for one in offered if "title=" in one]


def test_tenants_and_clusters_are_found_by_those_who_may_see_them(stage: Stage) -> None:
    auditor = cast.platform_person("ada", role="auditor")
    page = f"{BOUTIQUE}#content"

    assert page in found(stage.people.olga, "bout") and page in found(stage.people.olga, "online boutique")
    assert "/platform/clusters/north/#content" in found(stage.people.olga, "nort")
    assert found(auditor, "boutique") == ["/platform/audit/?tenant=boutique#content"]
    assert "/t/boutique/overview/#content" in found(stage.people.vera, "boutique")
    for words in ("boutique", "north", "suspend boutique", "check north"):
        assert not [one for one in found(stage.people.charlie, words) if "boutique" in one or "north" in one]


@pytest.mark.parametrize(
    ("words", "page"),
    [
        ("tokens", "/account/"),
        ("sessions", "/account/sessions/"),
        ("second factor", "/account/second-factor/"),
        ("password", "/account/password/"),
    ],
)
def test_pages_of_the_account_are_found_by_everybody(stage: Stage, words: str, page: str) -> None:
    for who in (stage.people.vera, stage.people.olga, stage.people.charlie):
        assert f"{page}#content" in found(who, words)


def test_the_log_is_found_and_its_export_by_those_who_may(stage: Stage) -> None:
    log = "/t/boutique/activity/#content"
    assert log in found(stage.people.alice, "export") and log in found(stage.people.alice, "export log")
    assert log in found(stage.people.alice, "audit") and log in found(stage.people.bob, "audit")
    assert found(stage.people.bob, "export") == []
    assert "/platform/audit/#content" in found(stage.people.olga, "export")


def test_a_search_asks_as_much_of_many_tenants_as_of_few(stage: Stage) -> None:
    def asked(words: str) -> int:
        client = cast.signed_in(stage.people.olga)
        with CaptureQueriesContext(connection) as seen:
            client.get("/go/", {"hits": "", "q": words})
        return len(seen)

    few = [asked(words) for words in ("quota.set cpu 30", "check", "boutique")]
    for number in range(20):
        cast.tenant(f"more-{number}")
    many = [asked(words) for words in ("quota.set cpu 30", "check", "boutique")]
    assert many == few and max(few) <= 16
