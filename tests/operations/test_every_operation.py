"""What must hold for every registered operation, whoever writes it."""

from __future__ import annotations

import copy
import socket
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps_mgmt.models import App
from portal.access import Actor, Ref
from portal.access.permissions import ALL
from portal.audit.models import AuditEntry
from portal.errors import Conflict, Forbidden, Invalid, NotFound, Refused, UserError
from portal.operations import inputs, registry
from portal.operations.forms import Drawing, fields_of
from portal.operations.kinds import NOW, READ, RECORD, SPEC
from portal.operations.operation import Operation
from portal.operations.performing import perform
from portal.operations.subject import adapter_of
from tests import cast
from tests.operations.stage import Shop

EVERY = registry.all_operations()
ON_APPS = [one for one in EVERY if one.subject == "app"]
WRITING = [one for one in EVERY if one.subject in ("app", "tenant") and one.kind is not READ]
# What has to have happened before an operation has anything to do.
BEFORE: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "app.unlock": [("app.lock", {"reason": "audit"})],
    "env.unset": [("env.set", {"env": [{"name": "LOG_LEVEL", "value": "debug"}]})],
    "draft.undo": [("process.scale", {"process": "web", "replicas": 5})],
}
# Operations whose example needs what only a release brings about; their own tests drive them.
AFTER_A_RELEASE = {"draft.discard", "release.rollback", "process.restart"}


def named(operation: type[Operation]) -> str:
    return operation.name


def ref_of(operation: type[Operation]) -> Ref:
    return Ref("tenant", "boutique") if operation.subject == "tenant" else Ref("app", "boutique", "shop")


def example(operation: type[Operation]) -> dict[str, Any]:
    """The example of an operation, on names there are."""
    data = copy.deepcopy(dict(operation.example))
    if operation.name == "app.create":
        data["name"] = "other"
    return data


def prepare(shop: Shop, operation: type[Operation]) -> None:
    for name, data in BEFORE.get(operation.name, []):
        shop.do(name, **data)


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
    subject = shop.people.boutique if operation.subject == "tenant" else shop.app
    if operation.subject in ("app", "tenant"):
        value = adapter_of(operation.subject).value(subject, operation.kind)
        given = inputs.validate(operation(), example(operation), value=value)
        assert set(example(operation)) <= set(given)
    else:
        assert operation.Input(data=example(operation)).is_valid()


@pytest.mark.parametrize("operation", WRITING, ids=named)
def test_a_preview_writes_nothing_and_locks_nothing(shop: Shop, operation: type[Operation]) -> None:
    prepare(shop, operation)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        try:
            perform(operation.name, actor=shop.alice, ref=ref_of(operation), data=example(operation), dry_run=True)
        except UserError:
            assert operation.name in AFTER_A_RELEASE
    written = [one["sql"] for one in queries if one["sql"].lstrip().startswith(("INSERT", "UPDATE", "DELETE"))]
    locked = [one["sql"] for one in queries if "FOR UPDATE" in one["sql"] or "FOR NO KEY" in one["sql"]]
    assert written == [] and locked == []


@pytest.mark.parametrize("operation", WRITING, ids=named)
def test_performing_its_example_leaves_one_entry_in_the_audit_log(shop: Shop, operation: type[Operation]) -> None:
    prepare(shop, operation)
    before = AuditEntry.objects.count()
    try:
        outcome = perform(operation.name, actor=shop.alice, ref=ref_of(operation), data=example(operation))
    except (Conflict, Refused):
        assert operation.name in AFTER_A_RELEASE
    else:
        assert outcome.changed
    assert AuditEntry.objects.count() == before + 1
    assert AuditEntry.objects.latest("id").operation == operation.name


@pytest.mark.parametrize("operation", [one for one in WRITING if one.kind in (SPEC, RECORD)], ids=named)
def test_apply_is_pure(shop: Shop, operation: type[Operation], monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(shop, operation)
    adapter, ref, doing = adapter_of(operation.subject), ref_of(operation), operation()
    subject = shop.again() if operation.subject == "app" else shop.people.boutique
    value = adapter.value(subject, operation.kind)
    try:
        given = inputs.validate(doing, example(operation), value=value)
        from portal.operations.context import Context

        context = Context(actor=shop.alice, ref=ref, subject=subject, value=value, dry_run=True)
        resolved = doing.resolve(context, given)
    except UserError:
        assert operation.name in AFTER_A_RELEASE
        return
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
        perform(operation.name, actor=shop.alice, ref=ref_of(operation), data=data)
    assert "is_superuser" in caught.value.fields


@pytest.mark.parametrize("data", [None, [], "text", 7, [{}]], ids=repr)
@pytest.mark.parametrize("operation", WRITING, ids=named)
def test_input_that_is_no_object_is_refused(shop: Shop, operation: type[Operation], data: Any) -> None:
    with pytest.raises(Invalid):
        perform(operation.name, actor=shop.alice, ref=ref_of(operation), data=data)


@pytest.mark.parametrize("operation", WRITING, ids=named)
def test_a_stranger_learns_nothing(shop: Shop, operation: type[Operation]) -> None:
    charlie = cast.actor(shop.people.charlie)
    there, nowhere = ref_of(operation), Ref(operation.subject, "boutique", "nothing")
    said = []
    for ref in (there, nowhere if operation.subject == "app" else Ref("tenant", "nobody")):
        with pytest.raises(NotFound) as caught:
            perform(operation.name, actor=charlie, ref=ref, data=example(operation))
        said.append(str(caught.value))
    assert said[0] == said[1]


@pytest.mark.parametrize("operation", WRITING, ids=named)
def test_a_viewer_is_told_which_right_is_missing_and_who_gives_it(shop: Shop, operation: type[Operation]) -> None:
    with pytest.raises(Forbidden) as caught:
        perform(operation.name, actor=cast.actor(shop.people.vera), ref=ref_of(operation), data=example(operation))
    assert operation.permission in str(caught.value) and "alice" in str(caught.value)
    entry = AuditEntry.objects.latest("id")
    assert (entry.outcome, entry.actor_name, entry.operation) == ("refused", "vera", operation.name)


@pytest.mark.parametrize("operation", [one for one in ON_APPS if one.kind is not READ], ids=named)
def test_a_stale_version_is_a_conflict_and_changes_nothing(shop: Shop, operation: type[Operation]) -> None:
    prepare(shop, operation)
    shop.do("app.describe", title="Changed meanwhile")
    version = shop.again().version
    try:
        perform(operation.name, actor=shop.alice, ref=ref_of(operation), data=example(operation), version=version - 1)
    except Conflict as error:
        assert error.current_version == version
    except Refused:
        assert operation.name in AFTER_A_RELEASE
    else:
        pytest.fail("the stale version was accepted")
    assert shop.again().version == version


@pytest.mark.parametrize("operation", [one for one in ON_APPS if one.kind in (SPEC, NOW)], ids=named)
def test_a_locked_app_says_who_locked_it_and_why(shop: Shop, operation: type[Operation]) -> None:
    prepare(shop, operation)
    shop.do("app.lock", reason="frozen for the audit")
    try:
        perform(operation.name, actor=shop.alice, ref=ref_of(operation), data=example(operation))
    except Conflict as error:
        assert "frozen for the audit" in str(error) and "bob" in str(error)
    except Refused:
        assert operation.name in AFTER_A_RELEASE
    else:
        assert operation.allowed_while_locked


@pytest.mark.parametrize("operation", EVERY, ids=named)
def test_its_form_draws_every_field_with_a_label(operation: type[Operation]) -> None:
    drawn = fields_of(operation(), values={}, drawing=Drawing(pickers={}, choices={}, errors={}))
    assert [one.name for one in drawn] == list(operation.Input().fields)
    assert all(str(one.label) for one in drawn)


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
