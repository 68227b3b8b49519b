"""`manage.py operate NAME --tenant T --app A key=value …`: an operation from the command line.

Values are taken as text; `key:=value` takes JSON, as for lists and numbers. `--file` reads the input from a JSON or
YAML file (`-`: standard input), which keeps secrets out of the shell's history.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils.translation import gettext as _
from rest_framework import serializers

from portal.access import Ref
from portal.errors import Conflict, Invalid, SlipwayError
from portal.operations import registry
from portal.operations.commanding import acting, add_user
from portal.operations.kinds import READ
from portal.operations.operation import Operation
from portal.operations.outcome import Outcome
from portal.operations.parsing import load_json, load_yaml
from portal.operations.performing import perform
from portal.operations.printing import PlainCommand
from portal.operations.reading import read
from portal.ui.figures import sized


class Command(PlainCommand):
    help = "Perform an operation. `manage.py operations` lists them."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # Django's own `--version` would answer with Django's, and do nothing.
        parser = super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)
        # The plain way takes values only right behind NAME; here they may also stand behind the options.
        parser.parse_args = parser.parse_intermixed_args  # type: ignore[method-assign]  # of this one parser only
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("values", nargs="*", metavar="key=value", help="input; key:=value takes JSON")
        parser.add_argument("--tenant", default="")
        parser.add_argument("--app", default="")
        parser.add_argument("--release", type=int, default=0, help="number of a release")
        parser.add_argument("--cluster", default="")
        add_user(parser)
        parser.add_argument("--file", help="input as a JSON or YAML file; - is standard input")
        parser.add_argument("--note", default="")
        parser.add_argument(
            "--version",
            "--if-version",
            dest="if_version",
            type=int,
            help="refuse when it has moved on from this version",
        )
        parser.add_argument("--dry-run", action="store_true", help="only show what would change")
        parser.add_argument("--json", action="store_true", help="answer as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answer = self._run(options)
        except SlipwayError as error:
            raise CommandError(_with_fields(error)) from None
        if options["json"] or not isinstance(answer, Outcome):
            body = answer.as_json() if isinstance(answer, Outcome) else answer
            self.stdout.write(json.dumps(body, indent=2, ensure_ascii=False))
            return
        for line in _lines(answer):
            self.stdout.write(line)

    def _run(self, options: dict[str, Any]) -> Any:
        operation = registry.find(options["name"])
        _named(operation.subject, options)
        ref = Ref(
            kind=operation.subject,
            tenant=options["tenant"],
            app=options["app"],
            number=options["release"],
            cluster=options["cluster"],
        )
        actor, data = acting(options["user"]), _data(options["values"], options["file"])
        _no_text_for_lists(operation, data)
        if operation.kind is READ:
            return read(operation.name, actor=actor, ref=ref, data=data)
        return perform(
            operation.name,
            actor=actor,
            ref=ref,
            data=data,
            version=options["if_version"],
            dry_run=options["dry_run"],
            note=options["note"],
        )


NEEDED = {
    "app": ("tenant", "app"),
    "tenant": ("tenant",),
    "release": ("tenant", "app", "release"),
    "cluster": ("cluster",),
}


NAMING = ("tenant", "app", "release", "cluster")


def _named(kind: str, options: dict[str, Any]) -> None:
    """Refuse a command line that does not say what the operation is done on, or names what that is not."""
    missing = [f"--{name}" for name in NEEDED.get(kind, ()) if not options[name]]
    if missing:
        raise Invalid(f"Say which {kind} is meant, with {' and '.join(missing)}.")
    more = [f"--{name}" for name in NAMING if options[name] and name not in NEEDED.get(kind, ())]
    if more:
        whose = " and ".join(f"--{name}" for name in NEEDED.get(kind, ())) or "none of these"
        raise Invalid(f"{' and '.join(more)} means nothing here: this is done on the {kind}, named with {whose}.")


def _data(values: list[str], file: str | None) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if file is not None:
        loaded = _read(file)
        if not isinstance(loaded, dict):
            raise Invalid("The file has to hold one object with the operation's fields.")
        data.update(loaded)
    given: set[str] = set()
    for text in values:
        key, equals, value = text.partition("=")
        if not equals or not key.strip(":"):
            raise Invalid(f"{text[:64]} is not of the form key=value (or key:=JSON).")
        name = key.removesuffix(":")
        if name in given:
            raise Invalid(f"{name[:64]} is given twice. Give it once.")
        given.add(name)
        data[name] = _json(name, value) if key.endswith(":") else value
    return data


def _json(name: str, text: str) -> Any:
    """What stands behind `name:=`. Raises Invalid with a sentence that says so."""
    key = name[:64].replace("{", "{{").replace("}", "}}")
    sentence = f"{key}:= is not valid JSON{{where}}. Text that is meant as it stands goes with {key}=…"
    if not text.strip():
        raise Invalid(sentence.format(where=" (there is nothing behind it)"))
    try:
        return load_json(text, malformed=sentence)
    except Invalid as error:
        said = str(error)
        raise Invalid(said if said.startswith(f"{name[:64]}:=") else f"{name[:64]}: {said}") from None


def _no_text_for_lists(operation: type[Operation], data: Mapping[str, Any]) -> None:
    """Say of a list that was given as text how it is given here."""
    for name, field in operation.Input().fields.items():
        if isinstance(field, serializers.ListSerializer | serializers.ListField) and isinstance(data.get(name), str):
            shown = json.dumps(operation.example.get(name) or _as_list(data[name]), ensure_ascii=False)
            sentence = _("{name} is a list, even of one. Give it as JSON: {name}:='{shown}'")
            raise Invalid(sentence.format(name=name, shown=shown))


def _as_list(text: str) -> list[Any]:
    """A text as the list that it stands for, or as one of its entries."""
    try:
        typed = load_json(text, malformed="{where}")
    except Invalid:
        return [text]
    return typed if isinstance(typed, list) else [text]


def _read(file: str) -> Any:
    try:
        raw = sys.stdin.buffer.read(1 << 21) if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise Invalid(f"{file} cannot be read: {error.strerror}.") from None
    malformed = "The file is not valid JSON{where}. It has to hold one object with the operation's fields."
    return load_json(raw, malformed=malformed) if file.endswith(".json") else load_yaml(raw)


def _with_fields(error: SlipwayError) -> str:
    if isinstance(error, Conflict) and error.differences:
        rows = [f"  {row['field']}: {row['theirs']} now, {row['mine']} asked for" for row in error.differences]
        return "\n".join([str(error), *rows])
    fields = error.fields if isinstance(error, Invalid | Conflict) else {}
    if len(fields) < 2:
        return str(error)
    return "\n".join([str(error), *(f"  {name}: {' '.join(said)}" for name, said in fields.items())])


def _amounts(row: Mapping[str, Any], rolling: Mapping[str, Any] | None) -> str:
    words = {key: sized(row, key, always=True) for key in ("used", "after", "limit", "limit_before")}
    if row.get("limit_before") not in (None, row["limit"]):
        return _("you use {used} of {limit_before}, of {limit} after this").format_map(words)
    if row.get("limit_before") is not None:
        return _("you use {used} of {limit}").format_map(words)
    if rolling is None:
        return _("you use {used}, {after} after this, of {limit}").format_map(words)
    sentence = _("you use {used}, {after} after this, {rolling} while a release of it rolls, of {limit}")
    return sentence.format_map(words | {"rolling": sized(rolling, "after", always=True)})


def _lines(outcome: Outcome) -> list[str]:
    lines = [outcome.message]
    preview = outcome.preview
    if preview is not None:
        nothing = _("nothing")
        for row in preview.spec:
            before, after = (nothing if one is None else one for one in (row["before"], row["after"]))
            lines.append(f"  {row['label']}: {before} → {after}")
        rolling = {row["label"]: row for row in preview.rolling}
        for row in preview.quota:
            note = f"; {row['note']}" if row.get("note") else ""
            lines.append(f"  {row['label']}: {_amounts(row, rolling.get(row['label']))}{note}")
        lines += [f"  ! {sentence}" for sentence in (*preview.warnings, *preview.recreates)]
        lines += [f"  ! {preview.deploying['sentence']}"] if preview.deploying else []
    lines += [f"  ! {sentence}" for sentence in outcome.result.get("warnings", ())]
    if outcome.revision is not None:
        lines.append(f"Revision {outcome.revision}, version {outcome.version}.")
    if "request" in outcome.result:
        lines.append(f"Request {outcome.result['request']}: {outcome.result['state']}.")
    if "release" in outcome.result:
        lines.append(f"Release {outcome.result['release']}.")
    return lines
