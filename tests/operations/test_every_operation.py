"""What must hold for every registered operation, whoever writes it."""

from __future__ import annotations

import copy
import socket
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps_mgmt.models import App
from portal.access import Actor
from portal.access.permissions import ALL, PLATFORM, TENANT_VIEW
from portal.access.ref import APP, RELEASE, TENANT
from portal.access.ref import PLATFORM as PLATFORM_SUBJECT
from portal.audit.models import AuditEntry
from portal.errors import Conflict, Forbidden, Invalid, NotFound
from portal.operations import inputs, registry
from portal.operations.context import Context
from portal.operations.forms import Drawing, fields_of
from portal.operations.kinds import NOW, READ, RECORD, SPEC
from portal.operations.operation import Operation
from portal.operations.performing import perform
from portal.operations.subject import adapter_of
from releases import engine
from releases.events import ClusterLost
from releases.states import ReleaseState
from tenants.models import Cluster, Tenant
from tests import cast
from tests.operations.scenes import NOWHERE, OF_PLATFORM, done, example, facts, named, ref_of, who
from tests.operations.stage import Shop

EVERY = registry.all_operations()
WRITING = [one for one in EVERY if one.kind is not READ]
IN_TENANTS = [one for one in WRITING if one.subject not in OF_PLATFORM and one.permission not in PLATFORM]
OF_TENANTS = [one for one in IN_TENANTS if one.permission != TENANT_VIEW]
OVER_TENANTS = [one for one in WRITING if one.subject not in OF_PLATFORM and one.permission in PLATFORM]
VERSIONED = [one for one in WRITING if not one.adds and one.subject != PLATFORM_SUBJECT]
ADDING = [one for one in WRITING if one.adds]
DANGEROUS = [one for one in WRITING if one.danger]
LOCKABLE = [one for one in EVERY if one.subject in (APP, RELEASE) and one.kind in (SPEC, NOW)]
ON_RELEASES = [one for one in EVERY if one.subject == RELEASE]


def test_the_first_dozen_of_the_catalogue_is_there() -> None:
    wanted = """app.create app.describe app.lock app.unlock app.delete image.set process.scale env.set env.unset
        secret.set port.add probe.path placement.targets process.restart release.start release.abort release.rollback"""
    assert set(wanted.split()) <= {one.name for one in EVERY}


@pytest.mark.parametrize("operation", EVERY, ids=named)
def test_it_asks_for_a_right_of_the_catalogue_and_says_what_it_is(operation: type[Operation]) -> None:
    assert operation.permission in ALL
    assert str(operation.title) and str(operation.sentence) and operation.__doc__
    assert adapter_of(operation.subject)


@pytest.mark.parametrize("operation", EVERY, ids=named)
def test_its_example_is_valid_input(shop: Shop, operation: type[Operation]) -> None:
    adapter, subject = facts(operation, who(shop, operation))
    given = inputs.validate(operation(), example(operation), read=lambda: adapter.value(subject, operation.kind))
    assert set(example(operation)) <= set(given)


@pytest.mark.parametrize("operation", WRITING, ids=named)
def test_a_preview_writes_nothing_and_locks_nothing(shop: Shop, operation: type[Operation]) -> None:
    with CaptureQueriesContext(connection) as queries:
        outcome = done(shop, operation, dry_run=True)
    written = [one["sql"] for one in queries if one["sql"].lstrip().startswith(("INSERT", "UPDATE", "DELETE"))]
    locked = [one["sql"] for one in queries if "FOR UPDATE" in one["sql"] or "FOR NO KEY" in one["sql"]]
    assert written == [] and locked == []
    assert outcome.changed or operation.rewinds


@pytest.mark.parametrize("operation", WRITING, ids=named)
def test_a_preview_lists_what_would_change_or_says_what_would_happen(shop: Shop, operation: type[Operation]) -> None:
    outcome = done(shop, operation, dry_run=True)
    assert outcome.preview is not None
    assert outcome.preview.spec or outcome.message != "This is what it would change. Nothing is saved yet."


@pytest.mark.parametrize("operation", WRITING, ids=named)
def test_performing_its_example_leaves_one_entry_in_the_audit_log(shop: Shop, operation: type[Operation]) -> None:
    before = AuditEntry.objects.count()
    outcome = done(shop, operation)
    assert outcome.changed
    assert AuditEntry.objects.count() == before + 1
    entry = AuditEntry.objects.latest("id")
    assert (entry.operation, entry.outcome, entry.actor_name) == (operation.name, "done", who(shop, operation).username)


@pytest.mark.parametrize("operation", WRITING, ids=named)
def test_apply_is_pure(shop: Shop, operation: type[Operation], monkeypatch: pytest.MonkeyPatch) -> None:
    adapter, subject = facts(operation, who(shop, operation))
    doing, value = operation(), adapter.value(subject, operation.kind)
    given = inputs.validate(doing, example(operation), read=lambda: value)
    asking = {"actor": who(shop, operation), "ref": ref_of(operation), "subject": subject}
    context = Context(**asking, read=lambda: value, dry_run=True)
    resolved = doing.resolve(context, given)
    kept = copy.deepcopy(resolved)

    def no_network(*_given: Any, **_named: Any) -> None:
        raise AssertionError("apply opened a connection")

    monkeypatch.setattr(socket, "socket", no_network)
    with CaptureQueriesContext(connection) as queries:
        once, twice = doing.apply(value, resolved), doing.apply(value, resolved)
    assert len(queries) == 0
    assert once == twice and resolved == kept
    assert adapter.value(subject, operation.kind) == value


@pytest.mark.parametrize("operation", WRITING, ids=named)
def test_an_unknown_field_is_refused_by_name(shop: Shop, operation: type[Operation]) -> None:
    with pytest.raises(Invalid) as caught:
        data = example(operation) | {"tenant_id": "x", "is_superuser": True}
        done(shop, operation, data=data)
    assert "is_superuser" in caught.value.fields


@pytest.mark.parametrize("data", [None, [], "text", 7, [{}]], ids=repr)
@pytest.mark.parametrize("operation", WRITING, ids=named)
def test_input_that_is_no_object_is_refused(shop: Shop, operation: type[Operation], data: Any) -> None:
    with pytest.raises(Invalid):
        done(shop, operation, data=data)


@pytest.mark.parametrize("operation", WRITING, ids=named)
def test_a_stranger_learns_nothing(shop: Shop, operation: type[Operation]) -> None:
    """Of what there is; over the platform itself they learn which right it takes and who gives it."""
    charlie = cast.actor(shop.people.charlie)
    said, over_platform = [], not ref_of(operation).tenant
    for ref in (ref_of(operation), NOWHERE[operation.subject]):
        with pytest.raises(Forbidden if over_platform else NotFound) as caught:
            perform(operation.name, actor=charlie, ref=ref, data=example(operation))
        said.append(str(caught.value))
    assert said[0] == said[1]
    assert all(word in said[0] for word in (operation.permission, "olga")) is over_platform


@pytest.mark.parametrize("operation", OF_TENANTS, ids=named)
def test_a_viewer_is_told_which_right_is_missing_and_who_gives_it(shop: Shop, operation: type[Operation]) -> None:
    with pytest.raises(Forbidden) as caught:
        perform(operation.name, actor=cast.actor(shop.people.vera), ref=ref_of(operation), data=example(operation))
    assert operation.permission in str(caught.value) and "alice" in str(caught.value)
    entry = AuditEntry.objects.latest("id")
    assert (entry.outcome, entry.actor_name, entry.operation) == ("refused", "vera", operation.name)


@pytest.mark.parametrize("operation", OVER_TENANTS, ids=named)
def test_an_admin_is_told_that_it_is_a_right_over_the_platform(shop: Shop, operation: type[Operation]) -> None:
    with pytest.raises(Forbidden) as caught:
        perform(operation.name, actor=shop.alice, ref=ref_of(operation), data=example(operation))
    assert operation.permission in str(caught.value) and "olga" in str(caught.value)


@pytest.mark.parametrize("operation", VERSIONED, ids=named)
def test_a_stale_version_is_a_conflict_and_changes_nothing(shop: Shop, operation: type[Operation]) -> None:
    if operation.subject == APP:
        shop.do("app.describe", title="Changed meanwhile")
    adapter, subject = facts(operation, who(shop, operation))
    version, value = adapter.version(subject), adapter.value(subject, operation.kind)
    data = example(operation)
    with pytest.raises(Conflict) as caught:
        done(shop, operation, data=data, version=version - 1)
    assert (caught.value.code, caught.value.current_version) == ("stale_version", version)
    _adapter, subject = facts(operation, who(shop, operation))
    assert (adapter.version(subject), adapter.value(subject, operation.kind)) == (version, value)
    assert done(shop, operation, data=data, version=version).changed


@pytest.mark.parametrize("operation", ADDING, ids=named)
def test_what_only_adds_does_not_ask_whether_something_else_changed(shop: Shop, operation: type[Operation]) -> None:
    adapter, subject = facts(operation, who(shop, operation))
    assert done(shop, operation, version=adapter.version(subject) - 1).changed


@pytest.mark.parametrize("operation", ON_RELEASES, ids=named)
def test_a_release_that_moved_meanwhile_takes_what_its_form_holds(shop: Shop, operation: type[Operation]) -> None:
    adapter, release = facts(operation, who(shop, operation))
    version, south = adapter.version(release), Cluster.objects.get(name="south")
    assert engine.dispatch(release.pk, ClusterLost(cluster=str(south.pk), why="timed out"))
    data = example(operation)
    assert done(shop, operation, data=data, version=version).changed


@pytest.mark.parametrize("typed", [{}, {"confirm": ""}, {"confirm": "Shop"}, {"confirm": "other"}], ids=repr)
@pytest.mark.parametrize("operation", DANGEROUS, ids=named)
def test_what_loses_something_for_good_wants_its_name(
    shop: Shop, operation: type[Operation], typed: dict[str, Any]
) -> None:
    adapter, subject = facts(operation, who(shop, operation))
    name, before = adapter.confirmation(subject), adapter.version(subject)
    data = {name: one for name, one in example(operation).items() if name != "confirm"} | typed
    with pytest.raises(Invalid, match=f"send its name, {name}, in the field confirm") as caught:
        done(shop, operation, data=data)
    assert caught.value.fields == {"confirm": [f"Type {name} to confirm."]}
    assert adapter.version(facts(operation, who(shop, operation))[1]) == before
    assert done(shop, operation, data=data, dry_run=True).preview is not None


@pytest.mark.parametrize("operation", LOCKABLE, ids=named)
def test_a_locked_app_says_who_locked_it_and_why(shop: Shop, operation: type[Operation]) -> None:
    shop.do("app.lock", reason="frozen for the audit")
    if operation.allowed_while_locked:
        assert done(shop, operation).changed
        return
    with pytest.raises(Conflict, match="frozen for the audit") as caught:
        done(shop, operation)
    assert "bob" in str(caught.value)


@pytest.mark.parametrize("operation", IN_TENANTS, ids=named)
def test_in_a_suspended_tenant_nothing_grows(shop: Shop, operation: type[Operation]) -> None:
    """Releases can be stopped, people taken out, and rights and tokens taken away; all else is refused with why."""
    Tenant.objects.filter(name="boutique").update(suspended=True, suspended_reason="invoice 2211")
    takes = operation.allowed_while_locked and (operation.subject == TENANT or operation.kind is RECORD)
    if takes or operation.allowed_while_suspended:
        assert done(shop, operation).changed
        return
    with pytest.raises(Conflict, match=r"boutique is suspended.*invoice 2211"):
        done(shop, operation)


@pytest.mark.parametrize("operation", ON_RELEASES, ids=named)
def test_a_release_that_is_over_stays_as_it_is(shop: Shop, operation: type[Operation]) -> None:
    perform("release.abort", actor=who(shop, operation), ref=ref_of(operation), data={"after": "hold"})
    _adapter, release = facts(operation, who(shop, operation))
    assert release.state == ReleaseState.FAILED
    with pytest.raises(Conflict, match="Release 1 is over"):
        done(shop, operation)
    release.refresh_from_db()
    assert release.state == ReleaseState.FAILED


@pytest.mark.parametrize("operation", EVERY, ids=named)
def test_its_form_draws_every_field_with_a_label(operation: type[Operation]) -> None:
    drawn = fields_of(operation(), values={}, drawing=Drawing(pickers={}, choices={}, errors={}))
    assert [one.name for one in drawn] == list(operation.Input().fields)
    assert all(str(one.label) for one in drawn)


def test_what_confirms_is_not_kept_with_what_was_done(shop: Shop) -> None:
    done(shop, registry.find("app.delete"))
    entry = AuditEntry.objects.latest("id")
    assert (entry.operation, entry.input) == ("app.delete", {})


def test_an_operation_without_a_right_cannot_be_written() -> None:
    with pytest.raises(TypeError, match="lacks"):

        class Nameless(Operation):
            name = "test.nameless"


def test_a_second_level_of_inheritance_is_refused() -> None:
    scale = registry.find("process.scale")
    with pytest.raises(TypeError, match="directly"):
        type("Twice", (scale,), {"name": "test.twice"})


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(NotFound, match=r"process\.scale"):
        registry.find("proces.scale")


def test_the_engine_may_do_everything(shop: Shop) -> None:
    perform("app.describe", actor=Actor.engine(), ref=shop.ref, data={"title": "By the engine"})
    assert App.objects.get(pk=shop.app.pk).title == "By the engine"
