"""What people say to each other hides nothing and turns nothing around: refused in form, API and command line."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class
from rest_framework import serializers

from apps_mgmt.models import App
from portal.access import Ref
from portal.audit.models import AuditEntry
from portal.errors import Invalid
from portal.operations import registry
from portal.operations.fields import MISLEADING, PickerField, SecretField, readable
from portal.operations.operation import Operation
from portal.operations.performing import perform
from portal.operations.printing import PlainCommand
from releases.log.exporting import as_csv
from tenants.models import ApiToken
from tests import cast
from tests.api.caller import Caller
from tests.operations import scenes
from tests.operations.stage import Shop, open_shop
from tests.operations.test_every_operation import WRITING
from tests.operations.test_line_breaks import broken_inputs

STEERING = "\x1b[2J\x1b]0;pwn\x07"
HIDDEN, TURNED = "The sa\N{ZERO WIDTH SPACE}le", "\N{RIGHT-TO-LEFT OVERRIDE}elas"
OURS = ("portal", "tenants", "apps_mgmt", "releases")
SAID = {"reason", "comment", "note"}
SAYING = [one for one in registry.all_operations() if SAID & set(one.Input().fields)]


def meant(operation: type[Operation], name: str) -> Any:
    """The field that a form calls so: `env[0]value`."""
    first, row, cell = name.partition("[0]")
    field: Any = operation.Input().fields[first]
    return field.child.fields[cell] if row else field


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop()


@pytest.mark.parametrize("operation", SAYING, ids=scenes.named)
def test_every_operation_that_asks_why_wants_it_readable(operation: type[Operation]) -> None:
    fields = operation.Input().fields
    for name in SAID & set(fields):
        assert readable in fields[name].validators, name
        with pytest.raises(serializers.ValidationError, match="nobody sees"):
            fields[name].run_validation(TURNED)


@pytest.mark.parametrize("text", [HIDDEN, TURNED, STEERING, "\x9b2J"])
def test_it_is_refused_at_its_field_with_one_sentence(shop: Shop, text: str) -> None:
    data = {"dimension": "instances", "value": "150", "reason": text}
    with pytest.raises(Invalid) as refusal:
        perform("quota.request", actor=shop.alice, ref=Ref("tenant", "boutique"), data=data)
    assert refusal.value.fields == {"reason": [MISLEADING]}

    answer = Caller(shop.people.bob, shop.people.boutique).do("app.lock", {"reason": text})
    assert (answer.status_code, answer.json()["fields"]) == (400, {"reason": [str(MISLEADING)]})

    form = cast.signed_in(shop.people.bob).post("/t/boutique/apps/shop/do/app.lock/", {"reason": text})
    assert form.status_code == 422 and str(MISLEADING) in form.text

    with pytest.raises(CommandError, match="changes the direction of text"):
        call_command("operate", "app.lock", f"reason={text}", tenant="boutique", app="shop", user="bob")


@pytest.mark.parametrize("text", [HIDDEN, TURNED, STEERING, "\x9b2J"])
def test_the_note_beside_an_operation_is_held_to_it_too(shop: Shop, text: str) -> None:
    given: dict[str, Any] = {"process": "web", "replicas": 3}
    with pytest.raises(Invalid) as refusal:
        perform("process.scale", actor=shop.bob, ref=shop.ref, data=given, note=text)

    assert refusal.value.fields == {"note": [str(MISLEADING)]}


@pytest.mark.parametrize("operation", WRITING, ids=scenes.named)
@pytest.mark.parametrize("text", [STEERING, TURNED], ids=["steering", "turned"])
def test_no_text_of_any_operation_steers_a_terminal_or_turns_around(
    request: pytest.FixtureRequest, db: None, operation: type[Operation], text: str
) -> None:
    shop = scenes.open_scene(operation)
    for name, data in broken_inputs(operation, text):
        field = meant(operation, name)
        if isinstance(field, SecretField | PickerField) or getattr(field, "verbatim", False):
            continue
        with pytest.raises(Invalid) as refusal:
            scenes.done(shop, operation, data=data, dry_run=True)
        assert name.replace("]", "].") in refusal.value.fields, name


def test_the_value_of_a_variable_may_have_any_character_and_is_spelled_out_where_a_command_shows_it(shop: Shop) -> None:
    said = io.StringIO()
    row = json.dumps([{"name": "PROMPT", "value": "\x1b[1m\x9b\N{RIGHT-TO-LEFT OVERRIDE}"}])
    where: dict[str, Any] = {"tenant": "boutique", "app": "shop", "user": "bob", "stdout": said}
    call_command("operate", "env.set", f"env:={row}", dry_run=True, **where)
    call_command("operate", "env.set", f"env:={row}", dry_run=True, json=True, **where)

    assert "\\u001b[1m\\u009b\\u202e" in said.getvalue()
    assert not set(said.getvalue()) & set("\x1b\x9b\N{RIGHT-TO-LEFT OVERRIDE}")
    shop.do("env.set", env=json.loads(row), process="")
    draft = shop.again().draft
    assert draft is not None and draft.spec["env"][-1]["value"] == json.loads(row)[0]["value"]


def test_what_a_command_prints_as_json_is_what_was_there(shop: Shop) -> None:
    App.objects.update(title="A \x1b\x7f\x9b\N{ZERO WIDTH SPACE} title")
    said = io.StringIO()
    call_command(
        "operate", "app.describe", "title=B", tenant="boutique", app="shop", dry_run=True, json=True, stdout=said
    )

    rows = json.loads(said.getvalue())["spec"]
    assert rows[0]["before"] == "A \x1b\x7f\x9b\N{ZERO WIDTH SPACE} title" and "\x7f" not in said.getvalue()


def test_old_words_that_steer_a_terminal_are_spelled_out_in_an_error(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.do("app.lock", reason="held")
    App.objects.update(locked_reason=STEERING)
    argv = [
        "manage.py",
        "operate",
        "process.scale",
        "--tenant",
        "boutique",
        "--app",
        "shop",
        "process=web",
        "replicas=3",
    ]
    with pytest.raises(SystemExit):
        load_command_class("portal.operations", "operate").run_from_argv(argv)

    said = capsys.readouterr().err
    assert "\\u001b[2J\\u001b]0;pwn\\u0007" in said and "\x1b" not in said


def test_old_words_that_steer_a_terminal_are_spelled_out_in_csv(shop: Shop) -> None:
    shop.do("app.lock", reason="held")
    entry = AuditEntry.objects.latest("pk")
    entry.input, entry.note = {"reason": STEERING}, STEERING

    assert "\\u001b[2J" in as_csv(entry) and "\x1b" not in as_csv(entry) and "\x07" not in as_csv(entry)


@pytest.mark.parametrize("name", sorted(one for one, app in get_commands().items() if str(app).startswith(OURS)))
def test_every_command_of_ours_prints_plainly(name: str) -> None:
    assert isinstance(load_command_class(get_commands()[name], name), PlainCommand)


@pytest.mark.parametrize("text", [HIDDEN, STEERING, "two\nlines"])
def test_a_token_is_named_plainly_on_its_page_and_on_the_command_line(shop: Shop, text: str) -> None:
    with pytest.raises(CommandError, match="nobody sees"):
        call_command("token", user="bob", tenant="boutique", name=text)

    form = {"name": text, "tenant": "boutique", "days": "30"}
    page = cast.confirmed(shop.people.bob).post("/account/tokens/", form)
    assert str(MISLEADING) in page.text and not ApiToken.objects.exists()
