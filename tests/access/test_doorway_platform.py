"""Who lacks a right over the platform is told which, and who can give it; of what it holds the answer says nothing."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from portal import access
from portal.access import Actor, permissions
from portal.access.ref import CLUSTER, TENANT, Ref
from portal.access.roles import AUDITOR
from portal.audit.models import PLATFORM_CHAIN, AuditEntry
from portal.errors import Forbidden, NotFound
from portal.operations.performing import perform
from tests import cast
from tests.api.caller import Caller

API = "/api/v1/platform"
RIGHT = "You need the right {right} ({sentence}). Ask olga to give it to you."
LACKS = "This token lacks the right {right} ({sentence}). Make a token that has it."


def said(sentence: str, right: str) -> str:
    return sentence.format(right=right, sentence=permissions.SENTENCES[right])


@pytest.mark.parametrize(
    ("path", "right"),
    [
        ("tenants/", "platform.tenants"),
        ("people/", "platform.tenants"),
        ("clusters/", "platform.clusters"),
        ("clusters/north/", "platform.clusters"),
        ("quota/", "platform.quota"),
        ("audit/", "platform.audit"),
        (f"audit/{PLATFORM_CHAIN}/1/", "platform.audit"),
        ("do/cluster.add/", "platform.clusters"),
    ],
)
@pytest.mark.parametrize("person", ["charlie", "alice"])
def test_a_page_of_the_platform_says_which_right_it_takes_and_who_can_give_it(
    people: cast.Cast, person: str, path: str, right: str
) -> None:
    answer = cast.signed_in(getattr(people, person)).get(f"/platform/{path}")

    assert answer.status_code == 403
    assert said(RIGHT, right) in answer.text


@pytest.mark.parametrize("person", ["charlie", "alice"])
def test_a_cluster_that_is_there_answers_as_one_that_is_not(people: cast.Cast, person: str) -> None:
    cast.cluster("north", tenants=[people.boutique])
    user = getattr(people, person)
    caller = Caller(user, people.boutique if person == "alice" else people.harbor)
    for path in ("clusters/{}", "clusters/{}/operations/cluster.check"):
        ask = caller.post if "operations" in path else caller.get
        there, nowhere = (ask(f"{API}/{path.format(name)}") for name in ("north", "nowhere"))
        assert there.status_code == nowhere.status_code == 403
        assert there.json() == nowhere.json()
        assert there.json()["message"] == said(RIGHT, "platform.clusters")


def test_a_tenant_and_its_log_stay_hidden_behind_a_platform_right(people: cast.Cast) -> None:
    client = cast.signed_in(people.charlie)
    for path in ("/platform/tenants/{}/", "/t/{}/do/tenant.suspend/"):
        assert [client.get(path.format(name)).status_code for name in ("boutique", "nobody")] == [404, 404]
    for chain in (people.boutique.pk, people.olga.pk):
        assert client.get(f"/platform/audit/{chain}/1/").status_code == 404


def test_a_member_is_told_whose_right_the_platforms_page_of_their_tenant_takes(people: cast.Cast) -> None:
    answer = cast.signed_in(people.alice).get("/platform/tenants/boutique/")

    assert answer.status_code == 403
    assert "platform.tenants" in answer.text and "Ask olga." in answer.text


@pytest.mark.parametrize(
    ("path", "right"),
    [
        (f"{API}/clusters/", "platform.clusters"),
        (f"{API}/clusters/nowhere", "platform.clusters"),
        (f"{API}/operations/cluster.add", "platform.clusters"),
        (f"{API}/tenants/boutique/quota/", "platform.quota"),
        (f"{API}/tenants/nobody/quota/", "platform.quota"),
        ("/api/v1/tenants/boutique/operations/tenant.suspend", "platform.tenants"),
        ("/api/v1/tenants/nobody/operations/tenant.suspend", "platform.tenants"),
    ],
)
def test_a_token_narrowed_below_its_owner_is_told_what_it_lacks(people: cast.Cast, path: str, right: str) -> None:
    caller = Caller(people.olga, None, permissions=["platform.audit"])
    answer = (caller.post if "operations" in path else caller.get)(path)

    assert (answer.status_code, answer.json()["message"]) == (403, said(LACKS, right))


def test_the_token_of_somebody_who_lacks_the_right_as_well_learns_who_can_give_it(people: cast.Cast) -> None:
    ada = cast.platform_person("ada", role=AUDITOR)
    answer = Caller(ada, None).get(f"{API}/clusters/")
    assert (answer.status_code, answer.json()["message"]) == (403, said(RIGHT, "platform.clusters"))

    answer = Caller(ada, None).post("/api/v1/tenants/boutique/operations/tenant.suspend")
    assert answer.status_code == 404


def test_the_command_line_says_so_too(people: cast.Cast) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("operate", "cluster.check", cluster="north", user="alice", stdout=StringIO())

    assert said(RIGHT, "platform.clusters") in str(refused.value)


def test_where_nobody_operates_the_platform_the_sentence_still_ends(people: cast.Cast) -> None:
    people.olga.groups.clear()
    with pytest.raises(Forbidden, match="Ask a platform operator to give it to you"):
        access.require_platform(cast.actor(people.alice), permissions.PLATFORM_TENANTS)


def test_nobody_in_particular_is_told_nothing(people: cast.Cast) -> None:
    for ref, right in ((Ref(CLUSTER, cluster="north"), permissions.PLATFORM_CLUSTERS), (Ref(TENANT), "tenant.view")):
        with pytest.raises(NotFound):
            access.get(Actor(how="session"), ref, right)


def test_who_tries_again_and_again_fills_no_log(people: cast.Cast) -> None:
    mallory = cast.actor(cast.member("mallory", tenant=people.harbor, role="viewer"))
    for number in range(20):
        with pytest.raises(Forbidden):
            perform("cluster.check", actor=mallory, ref=Ref(CLUSTER, cluster=f"guess-{number}"), data={})

    (entry,) = AuditEntry.objects.filter(actor_name="mallory")
    assert (entry.chain, entry.outcome, entry.operation) == (PLATFORM_CHAIN, "refused", "cluster.check")
    assert entry.reason == said(RIGHT, "platform.clusters")
