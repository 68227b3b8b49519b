"""Tenant pages: what each person sees, and the same 404 for "not yours" and "not there"."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from tenants import clusters, roles
from tenants.models import Membership
from tenants.quota import ledger
from tenants.values import Role
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> cast.Cast:
    return cast.everyone()


def body(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_holds_ones_own_tenants(people: cast.Cast) -> None:
    page = body(cast.signed_in(people.vera), "/tenants/")

    assert "Online Boutique" in page
    assert "Harbor" not in page


@pytest.mark.parametrize("path", ["/tenants/", "/account/", "/platform/accounts/"])
def test_a_role_that_a_tenant_made_is_called_as_the_tenant_calls_it(people: cast.Cast, path: str) -> None:
    roles.define_role(people.boutique, Role("watcher", "Night watch", ("app.view", "tenant.view")))
    roles.give_role(people.vera, people.boutique, "watcher")
    reader = people.olga if "platform" in path else people.vera

    assert "Night watch" in body(cast.signed_in(reader), path)


def test_a_member_of_nothing_is_told_what_a_tenant_is(people: cast.Cast) -> None:
    assert "No tenant yet" in body(cast.signed_in(people.olga), "/tenants/")


def test_the_overview_shows_quota_with_units_and_the_clusters(people: cast.Cast) -> None:
    north = cast.cluster("north", tenants=[people.boutique])
    clusters.mark(north.pk, state="away", reason="connection refused")
    with transaction.atomic():
        ledger.reserve(people.boutique.pk, uuid.uuid4(), source="draft", usage={"cpu": 1500, "memory": 3 * 1024**3})

    page = re.sub(r"\s+", " ", body(cast.signed_in(people.vera), "/t/boutique/"))

    assert "1.5 of 20 CPU" in page
    assert "3 of 64 GiB" in page
    assert "connection refused" in page
    assert "Alice" in page


def test_the_overview_says_when_the_tenant_is_suspended(people: cast.Cast) -> None:
    people.boutique.suspended = True
    people.boutique.save()

    assert "suspended" in body(cast.signed_in(people.bob), "/t/boutique/")


@pytest.mark.parametrize("path", ["/t/{}/", "/t/{}/members/", "/t/{}/roles/"])
def test_not_yours_and_not_there_look_the_same(people: cast.Cast, path: str) -> None:
    client = cast.signed_in(people.charlie)
    not_yours, not_there = client.get(path.format("boutique")), client.get(path.format("nowhere"))

    assert not_yours.status_code == not_there.status_code == 404
    assert _plain(not_yours.content.decode()) == _plain(not_there.content.decode()).replace("nowhere", "boutique")


def test_strangers_cannot_change_members(people: cast.Cast) -> None:
    client = cast.signed_in(people.charlie)

    for operation in ("member.add", "member.role", "member.remove"):
        data = {"user": "charlie", "role": "admin"}
        assert client.post(f"/t/boutique/do/{operation}/", data).status_code == 404
    assert Membership.objects.filter(tenant=people.boutique).count() == 3


def test_members_without_the_right_see_the_list_without_forms_and_get_403(people: cast.Cast) -> None:
    client = cast.signed_in(people.bob)
    page = body(client, "/t/boutique/members/")

    assert "Alice" in page
    assert "member.remove" not in page and "member.role" not in page
    refused = client.post("/t/boutique/do/member.role/", {"user": "bob", "role": "admin"})
    assert refused.status_code == 403
    assert "tenant.members" in refused.content.decode()
    assert Membership.objects.get(user=people.bob).role == "developer"


def test_an_admin_adds_changes_and_removes(people: cast.Cast) -> None:
    client = cast.signed_in(people.alice)

    added = client.post("/t/boutique/do/member.add/", {"user": "charlie", "role": "viewer"})
    assert (added.status_code, added["Location"]) == (303, "/t/boutique/members/")
    assert client.post("/t/boutique/do/member.role/", {"user": "charlie", "role": "developer"}).status_code == 303
    assert Membership.objects.get(user=people.charlie, tenant=people.boutique).role == "developer"
    assert client.post("/t/boutique/do/member.remove/", {"user": "charlie"}).status_code == 303
    assert not Membership.objects.filter(user=people.charlie, tenant=people.boutique).exists()
    assert "Removed charlie from the members" in body(client, "/t/boutique/members/")


def test_what_cannot_be_is_said_in_the_form(people: cast.Cast) -> None:
    client = cast.signed_in(people.alice)

    last = client.post("/t/boutique/do/member.role/", {"user": "alice", "role": "viewer"})
    assert last.status_code == 422
    assert "last admin" in last.content.decode()
    unknown = client.post("/t/boutique/do/member.add/", {"user": "<b>x</b>", "role": "viewer"})
    assert unknown.status_code == 422
    assert "&lt;b&gt;x&lt;/b&gt;" in unknown.content.decode() and "<b>x</b>" not in unknown.content.decode()
    assert client.post("/t/boutique/do/member.role/", {"user": "bob", "role": "emperor"}).status_code == 422
    assert client.post("/t/boutique/do/member.role/", {"user": "bob"}).status_code == 422


def test_who_leaves_goes_to_the_list_of_their_tenants(people: cast.Cast) -> None:
    response = cast.signed_in(people.bob).post("/t/boutique/do/member.leave/", {"confirm": "boutique"})

    assert (response.status_code, response["Location"]) == (303, "/tenants/")


def test_the_matrix_of_roles_says_what_each_may_do_and_who_has_it(people: cast.Cast) -> None:
    client = cast.signed_in(people.alice)
    data = {"name": "watcher", "title": "Watcher", "rights__list": "1", "rights": ["app.view", "tenant.view"]}
    assert client.post("/t/boutique/do/role.define/", data)["Location"] == "/t/boutique/roles/"
    page = body(client, "/t/boutique/roles/")

    assert "Watcher" in page and "role.define/?name=watcher" in page
    assert "role.define" not in body(cast.signed_in(people.vera), "/t/boutique/roles/")


def test_an_operator_founds_a_tenant_and_suspends_it(people: cast.Cast) -> None:
    client, dora = cast.signed_in(people.olga), cast.person("dora")
    data = {"name": "atelier", "title": "Atelier", "user": "dora"}
    assert client.post("/platform/do/tenant.create/", data)["Location"] == "/platform/tenants/"
    assert Membership.objects.get(user=dora).role == "admin"
    suspended = client.post("/t/atelier/do/tenant.suspend/", {"reason": "invoice 2211", "confirm": "atelier"})

    assert suspended["Location"] == "/platform/tenants/atelier/"
    assert "invoice 2211" in body(cast.signed_in(dora), "/t/atelier/")


def test_the_last_platform_operator_stays(people: cast.Cast) -> None:
    client = cast.signed_in(people.olga)
    refused = client.post("/platform/do/platform.take_role/", {"user": "olga", "role": "platform-operator"})

    assert refused.status_code == 422 and "last platform operator" in refused.content.decode()
    assert "olga" in body(client, "/platform/people/")


@pytest.mark.parametrize("path", ["/platform/tenants/", "/platform/people/", "/platform/clusters/"])
def test_the_platforms_lists_are_for_its_operators(people: cast.Cast, path: str) -> None:
    cast.cluster("north", tenants=[people.boutique])

    assert cast.signed_in(people.olga).get(path).status_code == 200
    for person in (people.alice, people.bob, people.vera, people.charlie):
        answer = cast.signed_in(person).get(path)
        assert answer.status_code == 403 and "Ask olga to give it to you." in answer.text
        assert "north" not in answer.text.lower()
    assert Client().get(path)["Location"] == f"/sign-in/?next={path}"


def test_the_platforms_lists_show_numbers_and_states(people: cast.Cast) -> None:
    north = cast.cluster("north", tenants=[people.boutique, people.harbor])
    clusters.mark(north.pk, state="away", reason="no route to host")
    client = cast.signed_in(people.olga)

    assert "no route to host" in body(client, "/platform/clusters/")
    page = body(client, "/platform/tenants/?q=boutique")
    assert "Online Boutique" in page
    assert "Harbor" not in page
    assert "No tenant found" in body(client, "/platform/tenants/?q=zzz")


def test_a_cluster_is_shown_with_its_version_and_when_it_is_tried_again(people: cast.Cast) -> None:
    north = cast.cluster("north")
    north.capabilities = {"server_version": "v1.34.4"}
    client, now = cast.signed_in(people.olga), timezone.now()
    for until, words in (
        (None, "closed"),
        (now + timedelta(seconds=40), "open, tries again</span"),
        (now - timedelta(seconds=40), "open, tries again now"),
    ):
        north.breaker_open_until = until
        north.save()
        page = body(client, "/platform/clusters/")
        assert "v1.34.4" in page and words.removesuffix("</span") in page
        assert ("tries again now" in page) == (words == "open, tries again now")


def test_long_lists_come_in_pages(people: cast.Cast) -> None:
    from tenants.models import Tenant

    Tenant.objects.bulk_create([Tenant(name=f"t{number:03}", title=f"Title {number:03}") for number in range(60)])
    client = cast.signed_in(people.olga)

    first = body(client, "/platform/tenants/?q=Title")
    assert "Title 049" in first
    assert "Title 050" not in first
    link = re.search(r'href="(\?[^"]*after=[^"]*)"', first)
    assert link is not None
    second = body(client, "/platform/tenants/" + link[1].replace("&amp;", "&"))
    assert "Title 050" in second
    assert "Title 049" not in second


@pytest.mark.parametrize(
    "path", ["/tenants/", "/t/boutique/", "/t/boutique/members/", "/t/boutique/roles/", "/account/"]
)
def test_pages_cost_few_queries_whatever_the_number_of_members(
    people: cast.Cast, path: str, django_assert_max_num_queries: object
) -> None:
    for number in range(20):
        cast.member(f"member{number}", tenant=people.boutique, role="viewer")
    client = cast.signed_in(people.alice)
    with django_assert_max_num_queries(12):  # type: ignore[operator]  # a fixture of pytest-django without a type
        client.get(path)


def _plain(page: str) -> str:
    return re.sub(r'(nonce|value|hx-headers|data-id)=(["\']).*?\2|[0-9a-f]{32}', "", page)


def test_of_many_who_have_a_role_the_first_are_named_and_the_rest_are_folded_away() -> None:
    people = cast.everyone()
    for number in range(8):
        cast.member(f"dev-{number}", tenant=people.boutique, role="developer")
    page = cast.signed_in(people.vera).get("/t/boutique/roles/").text

    shown, folded = re.findall(r"<td>([^<]*dev-0[^<]*)<details.*?</summary>([^<]*)</details>", page, re.DOTALL)[0]
    assert shown == "bob, dev-0, dev-1, dev-2, dev-3" and "and 4 more" in page
    assert folded == "dev-4, dev-5, dev-6, dev-7"
