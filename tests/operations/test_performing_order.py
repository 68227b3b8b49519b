"""`perform` goes its way in one order, and whatever stops it on the way has left nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from apps_mgmt.app_subject import AppAdapter
from apps_mgmt.models import App, AppStatus, Revision, SecretVersion
from apps_mgmt.operations.processes.scale import ScaleProcess
from portal import access
from portal.access import Ref
from portal.audit.models import AuditEntry
from portal.errors import Conflict, Forbidden, Invalid, NotFound, QuotaExceeded, Refused
from portal.operations import inputs, performing
from portal.operations.performing import perform
from portal.outbox.models import OutboxRow
from tenants.models import Reservation, UsageRow
from tenants.quota.limits import set_limits
from tests import cast
from tests.operations.stage import Shop

SCALE: dict[str, Any] = {"process": "web", "replicas": 3}
STEPS = ["doorway", "validate", "resolve", "lock", "blocked", "apply", "check", "usage", "save", "effects", "audit"]


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The steps taken, in order; each still does what it always does."""
    seen: list[str] = []

    def listen(owner: Any, name: str, step: str) -> None:
        real: Callable[..., Any] = getattr(owner, name)

        def heard(*given: Any, **named: Any) -> Any:
            seen.append(step)
            return real(*given, **named)

        monkeypatch.setattr(owner, name, heard)

    listen(access, "get", "doorway")
    listen(inputs, "validate", "validate")
    listen(ScaleProcess, "resolve", "resolve")
    for name in ("lock", "blocked", "check", "usage", "save", "effects"):
        listen(AppAdapter, name, name)
    listen(ScaleProcess, "apply", "apply")
    listen(performing, "record", "audit")
    return seen


def counted() -> dict[str, int]:
    """How many rows there are of everything an operation could have written."""
    tables = (App, AppStatus, AuditEntry, OutboxRow, Reservation, Revision, SecretVersion)
    return {one.__name__: one._default_manager.count() for one in tables}


def usage() -> dict[tuple[Any, str], int]:
    return {(row.tenant_id, row.dimension): row.amount for row in UsageRow.objects.all()}


def test_the_steps_come_in_the_documented_order(shop: Shop, steps: list[str]) -> None:
    shop.do("process.scale", **SCALE)

    assert steps == STEPS


def test_a_dry_run_ends_before_the_lock_and_still_checks(shop: Shop, steps: list[str]) -> None:
    shop.preview("process.scale", **SCALE)

    assert steps == ["doorway", "validate", "resolve", "blocked", "apply", "check"]


def test_a_stale_version_is_found_before_anything_is_applied(shop: Shop, steps: list[str]) -> None:
    with pytest.raises(Conflict):
        perform("process.scale", actor=shop.bob, ref=shop.ref, data=SCALE, version=99)

    assert steps[:4] == ["doorway", "validate", "resolve", "lock"]
    assert "apply" not in steps


def test_without_the_right_nobody_learns_whether_the_input_is_valid(shop: Shop, steps: list[str]) -> None:
    for person, error, looked in (
        (shop.people.vera, Forbidden, ["doorway", "doorway", "validate"]),
        (shop.people.charlie, NotFound, ["doorway"]),
    ):
        said = set()
        for data in ({"nonsense": 1}, SCALE):
            steps.clear()
            with pytest.raises(error) as caught:
                perform("process.scale", actor=cast.actor(person), ref=shop.ref, data=data)
            said.add(str(caught.value))
            assert steps == looked, "after the refusal, the log alone reads what a member sent"
        assert len(said) == 1


def test_invalid_input_never_reaches_resolve(shop: Shop, steps: list[str]) -> None:
    with pytest.raises(Invalid):
        shop.do("process.scale", process="web", replicas="many")

    assert steps == ["doorway", "validate", "doorway"], "the last is the log's, which tells members from strangers"
    with pytest.raises(Invalid):
        shop.do("secret.set", name="KEY", value="x", colour="red")
    assert SecretVersion.objects.count() == 0


def test_a_dry_run_leaves_no_trace(shop: Shop) -> None:
    before = counted()
    for operation, data in (
        ("process.scale", SCALE),
        ("secret.set", {"name": "KEY", "value": "x"}),
        ("app.describe", {"title": "Other"}),
        ("release.start", {}),
        ("app.delete", {}),
    ):
        outcome = perform(operation, actor=shop.alice, ref=shop.ref, data=data, dry_run=True)
        assert outcome.preview is not None and outcome.as_json()["dry_run"] is True

    assert counted() == before and shop.again().version == 1


@pytest.mark.parametrize("actor", ["vera", "charlie"])
def test_a_refused_dry_run_is_no_attempt(shop: Shop, actor: str) -> None:
    with pytest.raises((Forbidden, NotFound)):
        perform("process.scale", actor=cast.actor(getattr(shop.people, actor)), ref=shop.ref, data={}, dry_run=True)

    assert AuditEntry.objects.filter(outcome="refused").count() == 0


def test_what_changes_nothing_writes_nothing(shop: Shop) -> None:
    before = counted()

    same = shop.do("image.set", process="web", image="registry.example.com/shop:1.0")
    described = shop.do("app.describe", title="shop")

    assert (same.changed, same.revision, same.version) == (False, None, 1)
    assert "Nothing changes" in same.message and not described.changed
    assert counted() == before


def test_the_operation_of_another_kind_of_thing_is_named(shop: Shop) -> None:
    with pytest.raises(Invalid, match="the address of its app, not of its tenant"):
        perform("process.scale", actor=shop.bob, ref=Ref("tenant", "boutique"), data=SCALE)


def test_a_member_refused_is_in_the_tenants_chain_and_a_stranger_in_the_platforms(shop: Shop) -> None:
    for person in (shop.people.vera, shop.people.charlie):
        with pytest.raises((Forbidden, NotFound)):
            perform("process.scale", actor=cast.actor(person), ref=shop.ref, data=SCALE)

    member = AuditEntry.objects.get(actor_name="vera", outcome="refused")
    assert member.chain == str(shop.people.boutique.pk) and member.subject_id == str(shop.app.pk)
    assert "app.scale" in member.reason and member.input == SCALE
    assert not AuditEntry.objects.filter(chain=member.chain, actor_name="charlie").exists()


def test_a_stranger_fills_no_log(shop: Shop) -> None:
    stranger = cast.actor(cast.person("mallory"))
    for number in range(20):
        with pytest.raises(NotFound):
            perform("process.scale", actor=stranger, ref=Ref("app", "boutique", f"guess-{number}"), data=SCALE)

    entries = AuditEntry.objects.filter(actor_name="mallory")
    assert [one.chain for one in entries] == ["platform"]


@pytest.mark.parametrize(
    ("operation", "data", "error"),
    [
        ("process.scale", {"process": "nobody", "replicas": 1}, Refused),
        ("placement.targets", {"targets": [{"cluster": "mars"}]}, Refused),
        ("app.unlock", {}, Conflict),
    ],
)
def test_a_refusal_is_audited_with_its_reason_and_input(
    shop: Shop, operation: str, data: dict[str, Any], error: type[Exception]
) -> None:
    before = counted()
    with pytest.raises(error) as caught:
        shop.do(operation, **data)

    entry = AuditEntry.objects.latest("id")
    assert (entry.operation, entry.outcome, entry.actor_name) == (operation, "refused", "bob")
    assert entry.reason == str(caught.value) and entry.input == data
    assert counted() == before | {"AuditEntry": before["AuditEntry"] + 1}


def test_a_stale_version_says_both_versions_and_is_audited(shop: Shop) -> None:
    shop.do("app.describe", title="Meanwhile")
    with pytest.raises(Conflict) as caught:
        perform("process.scale", actor=shop.bob, ref=shop.ref, data=SCALE, version=1)

    assert caught.value.current_version == 2 and caught.value.code == "stale_version"
    assert "version 1" in str(caught.value) and "version 2" in str(caught.value)
    assert caught.value.differences == [
        {"field": "replicas", "label": "Instances", "theirs": 2, "mine": SCALE["replicas"]}
    ]
    assert AuditEntry.objects.latest("id").outcome == "refused"


def test_a_refused_secret_is_forgotten_again(shop: Shop) -> None:
    shop.do("app.lock", reason="audit")
    with pytest.raises(Conflict):
        shop.do("secret.set", name="API_KEY", value="not to be kept")
    assert SecretVersion.objects.count() == 0

    shop.do("app.unlock")
    with pytest.raises(Conflict):
        perform("secret.set", actor=shop.bob, ref=shop.ref, data={"name": "A", "value": "x"}, version=1)
    assert SecretVersion.objects.count() == 0


def test_what_does_not_fit_the_quota_says_what_is_short_and_who_can_raise_it(shop: Shop) -> None:
    set_limits(shop.people.boutique.pk, limits={"instances": 4})
    before, used = counted(), usage()

    with pytest.raises(QuotaExceeded) as caught:
        shop.do("process.scale", process="web", replicas=9)

    sentence = str(caught.value)
    assert "Instances: 5 short" in sentence and "alice" in sentence and "platform operator" in sentence
    assert counted() == before | {"AuditEntry": before["AuditEntry"] + 1}
    assert usage() == used and shop.again().version == 1


def test_an_app_that_does_not_fit_is_not_half_created(shop: Shop) -> None:
    set_limits(shop.people.boutique.pk, limits={"instances": 4})
    before, used = counted(), usage()

    with pytest.raises(QuotaExceeded):
        shop.create("large", image="registry.example.com/large:1", replicas=50)

    assert counted() == before | {"AuditEntry": before["AuditEntry"] + 1}
    assert usage() == used


def test_a_preview_says_beforehand_what_does_not_fit(shop: Shop) -> None:
    set_limits(shop.people.boutique.pk, limits={"instances": 4})

    preview = shop.preview("process.scale", process="web", replicas=9).preview

    assert preview is not None
    row = next(one for one in preview.quota if one["label"] == "Instances")
    assert (row["used"], row["after"], row["limit"], row["fits"]) == (2, 9, 4, False)


def test_when_saving_fails_nothing_is_left(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: Any, **_named: Any) -> None:
        raise RuntimeError("the disk is full")

    before, used = counted(), usage()
    monkeypatch.setattr(performing, "record", broken)
    for operation, data in (
        ("process.scale", SCALE),
        ("secret.set", {"name": "A", "value": "x"}),
        ("app.delete", {"confirm": "shop"}),
    ):
        with pytest.raises(RuntimeError):
            perform(operation, actor=shop.alice, ref=shop.ref, data=data)

    assert counted() == before and usage() == used
    app = shop.again()
    assert (app.version, app.deleted_at) == (1, None)


def test_a_note_with_a_nul_in_it_is_kept_without_and_one_that_is_too_long_refused(shop: Shop) -> None:
    with pytest.raises(Invalid, match="longer than 2000 characters") as caught:
        perform("process.scale", actor=shop.bob, ref=shop.ref, data=SCALE, note="!" * 2001)
    assert set(caught.value.fields) == {"note"} and shop.again().version == shop.app.version
    perform("process.scale", actor=shop.bob, ref=shop.ref, data=SCALE, note="why\0" + "!" * 1997)

    assert AuditEntry.objects.latest("id").note == "why" + "!" * 1997


def test_an_outcome_is_worded_from_what_was_done(shop: Shop) -> None:
    outcome = shop.do("process.scale", **SCALE)

    assert outcome.message == "Scaled web to 3."
    assert outcome.as_json()["url"] == "/t/boutique/apps/shop/"
