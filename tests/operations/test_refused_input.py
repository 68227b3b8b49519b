"""Input that was not accepted is in the log too: who tried what, not what they sent."""

from __future__ import annotations

from collections import OrderedDict

import pytest

from portal.access import Ref
from portal.audit.models import AuditEntry
from portal.errors import Forbidden, Invalid, NotFound, Refused, UserError
from portal.operations import refusals
from portal.operations.performing import perform
from tests import cast
from tests.operations.stage import Shop

BOUTIQUE = Ref("tenant", "boutique")


@pytest.fixture(autouse=True)
def _nothing_was_asked_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "_seen", OrderedDict())


def test_input_that_did_not_parse_is_audited_without_what_it_was_and_no_flood_of_it(shop: Shop) -> None:
    for _turn in range(3):
        with pytest.raises(Invalid):
            shop.do("env.set", env="hunter2", hunter2="x")

    entry = AuditEntry.objects.get(outcome="refused")
    assert (entry.operation, entry.actor_name, entry.chain) == ("env.set", "bob", str(shop.people.boutique.pk))
    assert (entry.reason, entry.input) == ("The input was not accepted.", {})


def test_the_fields_that_did_not_parse_are_named(shop: Shop) -> None:
    with pytest.raises(Invalid):
        shop.do("process.scale", process="web", replicas="many")

    assert AuditEntry.objects.get(outcome="refused").reason == "The input was not accepted: replicas."


def test_every_deletion_whose_name_was_wrong_is_audited(shop: Shop) -> None:
    for _turn in range(3):
        with pytest.raises(Invalid):
            shop.do("app.delete", actor=shop.alice, confirm="other")

    rows = AuditEntry.objects.filter(operation="app.delete", outcome="refused")
    assert ["in the field confirm" in one.reason for one in rows] == [True] * 3


def test_who_may_not_do_it_learns_nothing_and_leaves_nothing_in_the_tenant_by_bad_input(shop: Shop) -> None:
    with pytest.raises(Invalid):
        perform("tenant.suspend", actor=cast.actor(shop.people.charlie), ref=shop.ref, data={"x": 1})

    assert [one.chain for one in AuditEntry.objects.filter(outcome="refused")] == ["platform"]


def test_what_an_operator_was_refused_about_a_tenant_is_not_in_the_log_of_its_members(shop: Shop) -> None:
    with pytest.raises(Refused, match="harbor"):
        perform("tenant.describe", actor=cast.actor(shop.people.olga), ref=BOUTIQUE, data={"title": "Harbor"})

    entry = AuditEntry.objects.get(outcome="refused")
    assert (entry.chain, entry.tenant_id, entry.tenant_name) == ("platform", None, "")
    assert (entry.subject_kind, entry.subject_name, "harbor" in entry.reason) == ("tenant", "boutique", True)


def test_what_was_tried_by_who_may_not_is_kept_without_its_secrets(shop: Shop) -> None:
    with pytest.raises(Forbidden):
        shop.do("secret.set", actor=cast.actor(shop.people.vera), name="API_KEY", value="hunter2")

    entry = AuditEntry.objects.get(operation="secret.set", outcome="refused")
    assert (entry.input["name"], entry.input["value"]["changed"]) == ("API_KEY", True)
    assert "hunter2" not in str(entry.input)


def test_what_takes_more_than_somebody_has_is_kept(shop: Shop) -> None:
    data = {"name": "people-manager", "title": "People", "rights": ["tenant.members", "tenant.view"]}
    perform("role.define", actor=shop.alice, ref=BOUTIQUE, data=data)
    dora = cast.member("dora", tenant=shop.people.boutique, role="people-manager")
    with pytest.raises(Forbidden):
        perform("member.remove", actor=cast.actor(dora), ref=BOUTIQUE, data={"user": "bob"})

    assert AuditEntry.objects.get(operation="member.remove", outcome="refused").input == {"user": "bob"}


CALL = {"kind": "http-call", "name": "tell", "url": "https://bob:hunter2@ci.example.com/done"}


@pytest.mark.parametrize(
    ("operation", "data"),
    [
        ("image.set", {"process": "web", "image": "bob:hunter2@registry.example.com/shop:1"}),
        ("image.set", {"process": "web", "image": "https://bob:hunter2@registry.example.com/shop:1"}),
        ("release.hooks", {"after": [CALL]}),
    ],
)
def test_who_signs_in_with_what_is_refused_and_not_kept(shop: Shop, operation: str, data: dict[str, object]) -> None:
    with pytest.raises(UserError):
        shop.do(operation, **data)

    entry = AuditEntry.objects.get(operation=operation, outcome="refused")
    assert "hunter2" not in f"{entry.input} {entry.reason}"
    assert "example.com" in str(entry.input)


def test_of_what_does_not_parse_nothing_is_kept_from_who_may_not_do_it(shop: Shop) -> None:
    with pytest.raises(Forbidden):
        shop.do("process.scale", actor=cast.actor(shop.people.vera), hunter2="x")

    assert AuditEntry.objects.get(operation="process.scale", outcome="refused").input == {}


def test_what_a_stranger_sent_is_not_kept(shop: Shop) -> None:
    with pytest.raises(NotFound):
        shop.do("process.scale", actor=cast.actor(shop.people.charlie), process="web", replicas=3)

    assert [one.input for one in AuditEntry.objects.filter(outcome="refused")] == [{}]
