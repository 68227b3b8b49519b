"""The audit log in pages, API and files: searched, paged, one entry, exported."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext

from portal.access import Ref
from portal.audit import verify_log
from portal.audit.models import AuditEntry
from portal.operations.performing import perform
from releases.log import exporting, searching
from tests import cast
from tests.operations.audit_stage import TABLE, behind_its_back
from tests.operations.stage import Shop, open_shop

LOG = "/t/boutique/activity/"
API = "/api/v1/tenants/boutique/audit/"


@pytest.fixture(name="shop")
def _shop(db: None) -> Shop:
    return open_shop()


@pytest.fixture
def alice(shop: Shop) -> Client:
    return cast.signed_in(shop.people.alice)


def text_of(response: Any) -> str:
    return b"".join(response.streaming_content).decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=CACHE_TTL", True),
        ("q=cache", True),
        ("q=env.set", True),
        ("q=ttl bob shop", True),
        ("q=ache", False),
        ("q=%26%7C%21%28%27", False),
        ("person=bob", True),
        ("person=alice", False),
        ("operation=env.set", True),
        ("operation=process.scale", False),
        ("outcome=done", True),
        ("outcome=refused", False),
        ("app=shop", True),
        ("app=other", False),
        ("since=2020-01-01", True),
        ("until=2020-01-01", False),
        ("since=2999-01-01T10:00", False),
        ("since=nonsense", True),
        ("last=7", True),
        ("last=nonsense", True),
        ("last=99999", True),
    ],
)
def test_every_filter_lets_through_what_it_says(shop: Shop, alice: Client, query: str, found: bool) -> None:
    shop.do("env.set", process="web", env=[{"name": "CACHE_TTL", "value": "60"}])

    page = alice.get(f"{LOG}?{query}").text
    assert ("set CACHE_TTL" in page) is found


def test_a_call_without_a_token_is_told_as_one_and_found_by_nobodys_name(shop: Shop) -> None:
    assert Client().get("/api/v1/tenants/boutique/apps/", REMOTE_ADDR="192.0.2.44").status_code == 401
    olga = cast.signed_in(shop.people.olga)
    entry = AuditEntry.objects.latest("id")

    page = olga.get("/platform/audit/?person=anonymous").text
    assert "was refused: a call of the API" in page and "not signed in" in page and entry.hash in page


def test_the_platforms_page_says_whose_chain_it_counts(shop: Shop) -> None:
    page = cast.signed_in(shop.people.olga).get("/platform/audit/").text
    assert (
        "The platform&#x27;s own chain:" in page and "own chain" not in cast.signed_in(shop.people.alice).get(LOG).text
    )


def test_what_was_done_to_a_release_is_found_by_its_app(shop: Shop, alice: Client) -> None:
    shop.do("release.start")
    from portal.access import Ref
    from portal.operations.performing import perform

    perform("release.abort", actor=shop.bob, ref=Ref("release", "boutique", "shop", 1), data={})
    assert "aborted release 1" in alice.get(f"{LOG}?app=shop").text


def test_pages_follow_each_other_in_both_directions_without_a_gap(shop: Shop) -> None:
    for number in range(9):
        shop.do("app.describe", title=f"Title {number}")
    rows = AuditEntry.objects.filter(tenant_id=shop.people.boutique.pk)
    wanted = list(rows.order_by("-at", "-pk").values_list("pk", flat=True))
    seen: list[int] = []
    page = searching.page_of(rows, size=4)
    pages = [page]
    while page.older:
        page = searching.page_of(rows, before=page.older, size=4)
        pages.append(page)
    for one in pages:
        seen += [row.pk for row in one.rows]
    assert seen == wanted
    back = searching.page_of(rows, after=pages[-1].newer, size=4)
    assert [row.pk for row in back.rows] == [row.pk for row in pages[-2].rows]


def test_an_entry_has_a_page_with_its_change_and_its_neighbours(shop: Shop, alice: Client) -> None:
    shop.do("process.scale", process="web", replicas=4)
    shop.do("process.scale", process="web", replicas=5)
    first, second = AuditEntry.objects.filter(operation="process.scale").order_by("sequence")

    page = alice.get(f"{LOG}{first.sequence}/").text
    assert "scaled web to 4" in page and first.hash in page and "somebody changed it" not in page
    assert re.search(r"<del[^>]*>.*2</del>", page) and re.search(r"<ins[^>]*>.*4</ins>", page)
    assert f'href="{LOG}{second.sequence}/"' in page
    assert f'href="{LOG}?object={shop.app.pk}"' in page
    assert alice.get(f"{LOG}{second.sequence + 1}/").status_code == 404


def test_an_entry_that_was_changed_says_so_on_its_page(shop: Shop, alice: Client) -> None:
    behind_its_back(f"UPDATE {TABLE} SET note = 'x' WHERE sequence = 1 AND tenant_name = 'boutique'")

    assert "somebody changed it" in alice.get(f"{LOG}1/").text
    assert "Entry 1 is not the one it was" in alice.get(LOG).text


def test_a_chain_that_is_not_signed_any_more_says_so(shop: Shop, alice: Client, settings: Any) -> None:
    settings.SLIPWAY_AUDIT_SECONDS = 0

    assert "Not signed since" in alice.get(LOG).text


def test_an_object_has_its_own_history(shop: Shop, alice: Client) -> None:
    shop.create("other", image="registry.example.com/other:1")

    page = alice.get(f"{LOG}?object={shop.app.pk}").text
    assert "the history of one object" in page and ">shop</a>" in page and ">other</a>" not in page


def test_a_new_value_of_a_secret_is_not_on_its_page(shop: Shop, alice: Client) -> None:
    shop.do("secret.set", name="KEY", value="hunter-2-hunter-2")
    entry = AuditEntry.objects.get(operation="secret.set")

    page = alice.get(f"{LOG}{entry.sequence}/").text
    assert "a new value, not kept here" in page and "hunter-2" not in page


def test_an_export_is_whole_and_holds_the_line_about_itself(shop: Shop, alice: Client, tmp_path: Path) -> None:
    shop.do("process.scale", process="web", replicas=4)
    answer = alice.get(f"{LOG}export/?as=jsonl")
    assert answer["Content-Disposition"].startswith('attachment; filename="audit-boutique-')
    (tmp_path / "log.jsonl").write_text(text_of(answer), encoding="utf-8")

    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [one["operation"] for one in lines] == ["app.create", "process.scale", "audit.export"]
    assert verify_log.main([str(tmp_path / "log.jsonl")]) == 0
    assert "exported the log as jsonl" in alice.get(LOG).text


def test_the_platform_exports_all_chains_and_they_verify(shop: Shop, tmp_path: Path) -> None:
    answer = cast.signed_in(shop.people.olga).get("/platform/audit/export/")
    (tmp_path / "log.jsonl").write_text(text_of(answer), encoding="utf-8")

    chains = {json.loads(line)["chain"] for line in (tmp_path / "log.jsonl").read_text().splitlines()}
    assert chains == {str(shop.people.boutique.pk), "platform"}
    assert verify_log.main([str(tmp_path / "log.jsonl")]) == 0


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\uff1d1"])
def test_no_cell_of_a_csv_is_a_formula(shop: Shop, alice: Client, text: str) -> None:
    from portal.access import Ref
    from portal.operations.performing import perform

    perform("app.describe", actor=shop.bob, ref=Ref("app", "boutique", "shop"), data={"title": "x"}, note=text)

    rows = list(csv.DictReader(io.StringIO(text_of(alice.get(f"{LOG}export/?as=csv&operation=app.describe")))))
    assert [row["note"] for row in rows] == [f"'{text}"]
    assert rows[0]["sentence"] and rows[0]["actor_name"] == "bob"


def test_an_export_is_filtered_and_says_by_what(shop: Shop, alice: Client) -> None:
    lines = text_of(alice.get(f"{LOG}export/?operation=app.create")).splitlines()
    assert [json.loads(one)["operation"] for one in lines] == ["app.create"]
    assert AuditEntry.objects.get(operation="audit.export").input == {"as": "jsonl", "operation": "app.create"}


@pytest.mark.parametrize("query", ["as=xml", "since=nonsense", "last=0", "last=1.5"])
def test_an_export_is_refused_rather_than_made_of_something_else(shop: Shop, alice: Client, query: str) -> None:
    assert alice.get(f"{LOG}export/?{query}").status_code == 400
    assert not AuditEntry.objects.filter(operation="audit.export").exists()


def test_only_who_may_export_is_offered_it(shop: Shop, alice: Client) -> None:
    assert f"{LOG}export/?as=csv" in alice.get(LOG).text
    bob = cast.signed_in(shop.people.bob)
    assert "export/" not in bob.get(LOG).text
    assert "audit.export" in bob.get(f"{LOG}export/").text


def test_an_export_is_read_in_pieces(shop: Shop, alice: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(exporting, "PIECE", 3)
    for number in range(7):
        shop.do("app.describe", title=f"Title {number}")
    answer = alice.get(f"{LOG}export/")
    with CaptureQueriesContext(connection) as seen:
        pieces = list(answer.streaming_content)
    assert [len(piece.splitlines()) for piece in pieces] == [3, 3, 3] and len(seen) == 4


@pytest.mark.django_db(transaction=True)
async def test_a_server_that_waits_for_many_streams_it_as_well() -> None:
    from asgiref.sync import sync_to_async

    shop = await sync_to_async(open_shop)()
    client = AsyncClient()
    await sync_to_async(client.force_login)(shop.people.alice, backend="django.contrib.auth.backends.ModelBackend")
    answer = await client.get(f"{LOG}export/")
    assert answer.is_async
    lines = b"".join([piece async for piece in answer.streaming_content]).splitlines()
    assert [json.loads(one)["operation"] for one in lines] == ["app.create", "audit.export"]
    await sync_to_async(connections.close_all)()


def test_the_api_lists_filters_and_pages(shop: Shop, monkeypatch: Any) -> None:
    for number in range(4):
        shop.do("app.describe", title=f"Title {number}")
    monkeypatch.setattr("releases.api.audit.PAGE", 2)
    header = cast.token_header(shop.people.bob, tenant=shop.people.boutique)

    first = Client().get(f"{API}?operation=app.describe", headers=header)
    assert [one["input"]["title"] for one in first.json()] == ["Title 3", "Title 2"]
    assert first.json()[0]["sentence"]
    following = re.search(r'<(\?.+)>; rel="next"', first["Link"])
    assert following
    second = Client().get(f"{API}{following[1]}", headers=header)
    assert [one["input"]["title"] for one in second.json()] == ["Title 1", "Title 0"]
    assert "Link" not in second
    refused = Client().get(f"{API}?since=nonsense", headers=header)
    assert refused.status_code == 400 and "since has to be a day" in refused.json()["message"]


@pytest.mark.parametrize("before", ["abc", "-1--1", "20"])
def test_the_api_refuses_a_place_to_go_on_from_that_is_none(shop: Shop, before: str) -> None:
    header = cast.token_header(shop.people.alice, tenant=shop.people.boutique)
    refused = Client().get(f"{API}?before={before}", headers=header)

    assert refused.status_code == 400 and "before has to be what" in refused.json()["message"]


def test_what_is_no_operation_is_offered_where_it_can_stand(shop: Shop, alice: Client) -> None:
    offered = alice.get(LOG).text, cast.signed_in(shop.people.olga).get("/platform/audit/").text
    found = {
        name: [f'value="{name}"' in page for page in offered]
        for name in ("token.use", "audit.export", "quota.end", "release.ended", "account.sign_in", "platform.rules")
    }

    both, platform = [True, True], [False, True]
    assert list(found.values()) == [both, both, both, both, platform, platform]


def test_punctuation_alone_finds_nothing(shop: Shop) -> None:
    header = cast.token_header(shop.people.alice, tenant=shop.people.boutique)

    assert Client().get(f"{API}?q=%25", headers=header).json() == []


def test_the_api_exports_for_a_token_that_may(shop: Shop) -> None:
    alice = cast.token_header(shop.people.alice, tenant=shop.people.boutique)
    bob = cast.token_header(shop.people.bob, tenant=shop.people.boutique)

    assert len(text_of(Client().get(f"{API}export?as=csv", headers=alice)).splitlines()) > 2
    assert Client().get(f"{API}export", headers=bob).status_code == 403


@pytest.mark.parametrize("address", ["/t/boutique/overview/", "/t/boutique/apps/shop/"])
def test_who_may_not_see_the_log_is_not_told_that_it_is_empty(shop: Shop, address: str) -> None:
    rights = ["app.view", "tenant.view"]
    data = {"name": "looker", "title": "Looker", "rights": rights}
    perform("role.define", actor=shop.alice, ref=Ref("tenant", "boutique"), data=data)
    gus = cast.signed_in(cast.member("gus", tenant=shop.people.boutique, role="looker"))

    def says(client: Client) -> list[str]:
        page = client.get(address).text
        words = ("<h2>Activity</h2>", "Nothing yet.", "What you and your colleagues do")
        return [one for one in words if one in page]

    assert says(gus) == [] and says(cast.signed_in(shop.people.vera)) == ["<h2>Activity</h2>"]
