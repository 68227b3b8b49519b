"""From a form or JSON to validated input, by one path: a form is turned into the JSON it stands for first.

Two traps of HTML forms are handled here: an unticked box is absent, and an empty list cannot be sent, so a list
carries a hidden marker (`<name>__list`). Optional keys that JSON leaves out are filled from `initial`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import QueryDict
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rest_framework import serializers

from portal.crypto import keyed_digest
from portal.errors import Invalid
from portal.operations import sentences
from portal.operations.drawable import NUMBERS
from portal.operations.fields import MISLEADING, PickerField, SecretField, TextField, has_entries, may_be_blank, with_lf
from portal.operations.numbers import is_plain
from portal.operations.operation import Operation
from portal.operations.rows import Sent, entries_of, row_of, rows_of
from portal.spelling import misleads

LIST_MARKER = "__list"
_PATH = re.compile(r"(?P<name>\w+)(\[(?P<row>\d+)\])?(\.(?P<cell>.+))?")
MAX_SENTENCE = 300  # some say the whole value back
Serializer = serializers.Serializer[Any]


def from_form(
    fields: Mapping[str, serializers.Field[Any, Any, Any, Any]], data: Sent, *, besides: Collection[str] = ()
) -> dict[str, Any]:
    """The JSON a submitted form stands for. Fields that were left blank and may be are left out.

    What is neither a field nor named in `besides` stays in it, for `validate` to refuse as it would in JSON.
    """
    given: dict[str, Any] = {name: data[name] for name in data if name not in besides and not _of_a_field(name, fields)}
    for name, field in fields.items():
        if isinstance(field, serializers.BooleanField):
            given[name] = data.get(name, "") not in ("", "false", "off")
        elif isinstance(field, serializers.ListSerializer) or has_entries(field):
            sent = name + LIST_MARKER in data or any(row_of(one)[0] == name for one in data)
            if sent and name not in given:
                given[name] = _rows(field, data, name)
        elif isinstance(field, serializers.ListField):
            if name + LIST_MARKER in data or name in data:
                given[name] = [one for one in data.getlist(name) if one]
        elif name in data and (data[name] != "" or field.required or isinstance(field, serializers.CharField)):
            given[name] = with_lf(str(data[name]))
    return given


def from_address(fields: Mapping[str, serializers.Field[Any, Any, Any, Any]], query: QueryDict) -> dict[str, Any]:
    """What the address of a form fills in: the last of each name, and all of a field that takes several."""
    several = {name for name, field in fields.items() if isinstance(field, serializers.ListField)}
    return {name: query.getlist(name) if name in several else query[name] for name in query}


def rows_as_typed(field: Any, data: Sent, name: str) -> list[Any]:
    """The rows of a list as a form sent them, with those that were left blank."""
    if has_entries(field):
        return [with_lf(one) for one in entries_of(data, name)]
    child: Any = field.child
    return [from_form(child.fields, row) for row in rows_of(data, name)]


def validate(operation: Operation, data: Any, *, read: Callable[[], Any]) -> dict[str, Any]:
    """Plain validated input, as JSON values (secrets still in it). Raises Invalid with a sentence per field.

    `read` gives the present value, and is asked only by an operation that fills its input from it.
    """
    serializer = operation.Input()
    if not isinstance(data, Mapping):
        raise Invalid(_("The input has to be a JSON object with the operation's fields."))
    unknown = _unknown_keys(serializer, data, operation.name)
    if unknown:
        where, known = unknown[min(unknown)]
        raise Invalid(
            _("Unknown fields: {names}. {where} takes {known}.").format(
                names=", ".join(sorted(name[:64] for name in unknown)[:10]),
                where=where,
                known=", ".join(known) or _("no fields"),
            ),
            fields={name[:64]: [_("There is no such field. Take it out.")] for name in sorted(unknown)[:10]},
        )
    optional = {name for name, field in serializer.fields.items() if not field.required}
    present = operation.initial(read(), data) if operation.fills else {}
    initial = {name: one for name, one in present.items() if name in optional}
    bound = operation.Input(data={**initial, **_misread_refused(serializer, data)})
    fields = _unfit(bound, bound.validated_data) if bound.is_valid() else _flatten(bound.errors, bound)
    if fields:
        first = next(iter(fields.items()))
        raise Invalid(_sentence(*first, more=len(fields) - 1), fields=fields)
    return json.loads(json.dumps(bound.validated_data, cls=DjangoJSONEncoder))


def redacted(operation: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
    """The input as audit and messages may hold it: of a secret only that it changed, and a keyed digest."""
    return _redact(operation.Input().fields, given)


def concealed(secret: Any) -> dict[str, Any]:
    """What may be told of a secret."""
    return {"changed": True, "digest": keyed_digest(str(secret).encode())[:16]}


def without_secrets(operation: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
    """The input with its secret fields left out."""
    fields = operation.Input().fields
    return {name: one for name, one in given.items() if not isinstance(fields.get(name), SecretField)}


def differences(operation: Operation, given: Mapping[str, Any], *, value: Any) -> list[dict[str, Any]]:
    """Rows {field, label, theirs, mine} of validated input that is not what the value holds now; no secrets."""
    fields = operation.Input().fields
    theirs = json.loads(json.dumps(dict(operation.initial(value, given)), cls=DjangoJSONEncoder))
    mine = redacted(operation, without_secrets(operation, given))
    return [
        {"field": name, "label": str(fields[name].label or name), "theirs": theirs.get(name), "mine": one}
        for name, one in mine.items()
        if name in fields and theirs.get(name) != one and (one or theirs.get(name))
    ]


def path_in(operation: Operation, given: Mapping[str, Any], path: str) -> str:
    """The path in the input of what a refusal calls `path`: `placement.targets.north` becomes `targets[0].cluster`.

    A row is found by its place, or by its key, its first field; of two with one key the last is meant. Of what there
    are many, one may be given: `processes.web.ports` becomes `port`. What leads nowhere stays.
    """
    fields, parts = operation.Input().fields, path.split(".")
    at = next((index for index, part in enumerate(parts) if part.partition("[")[0] in fields), None)
    if at is None:
        return one if (one := parts[-1].removesuffix("s")) in fields else path
    name, key = parts[at], ".".join(parts[at + 1 :])
    field: Any = fields.get(name)
    if key and isinstance(field, serializers.ListSerializer) and not parts[at + 1].isdecimal():
        child: Any = field.child
        named = next(iter(child.fields))
        found = [index for index, row in enumerate(given.get(name) or ()) if row.get(named) == key]
        return f"{name}[{found[-1]}].{named}" if found else name
    return name + "".join(f"[{part}]" if part.isdecimal() else f".{part}" for part in parts[at + 1 :])


def with_path(sentence: object, path: str) -> object:
    """A sentence that names a path, which counts rows with dots, as the input has it: `env.0.name` is `env[0].name`."""
    dotted = path.replace("[", ".").replace("]", "")
    return str(sentence).replace(dotted, path) if dotted != path and dotted in str(sentence) else sentence


def _redact(fields: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, one in given.items():
        field = fields.get(name)
        if isinstance(field, SecretField):
            shown[name] = concealed(one)
        elif isinstance(field, serializers.ListSerializer) and isinstance(one, list):
            child: Any = field.child
            shown[name] = [_redact(child.fields, row) for row in one]
        else:
            shown[name] = one
    return shown


def _rows(field: Any, data: Sent, name: str) -> list[Any]:
    rows = rows_as_typed(field, data, name)
    if has_entries(field):
        return [one for one in rows if one or may_be_blank(field)]
    return [row for row in rows if any(one not in ("", None, False, []) for one in row.values())]


def _of_a_field(key: str, fields: Mapping[str, Any]) -> bool:
    """Whether a form with these fields has an input of this name. What stands inside a row is told with the row."""
    rows, inner = row_of(key)
    if rows:
        field = fields.get(rows)
        return isinstance(field, serializers.ListSerializer) if inner else has_entries(field)
    listed = key.removesuffix(LIST_MARKER)
    if listed != key:
        return isinstance(fields.get(listed), serializers.ListSerializer | serializers.ListField)
    one = fields.get(key)
    return one is not None and not isinstance(one, serializers.ListSerializer) and not has_entries(one)


def _unknown_keys(
    serializer: Any, data: Mapping[str, Any], where: str, prefix: str = ""
) -> dict[str, tuple[str, list[str]]]:
    """Where each name that is no field stands, and which are fields there."""
    known = list(serializer.fields)
    unknown = {f"{prefix}{name}": (where, known) for name in data if name not in serializer.fields}
    for name, field in serializer.fields.items():
        rows = data.get(name)
        if isinstance(field, serializers.ListSerializer) and isinstance(rows, list):
            for index, row in enumerate(rows):
                if isinstance(row, Mapping):
                    at = f"{prefix}{name}[{index}]"
                    unknown |= _unknown_keys(field.child, row, at, f"{at}.")
    return unknown


def _misread_refused(field: Any, given: Any) -> Any:
    """The input, with what would be read as something else made what no such field takes: a number where text is wanted
    (1.10 is 1.1, and 0755 in YAML is 493), and text that Python takes for a number and people do not (1_000).
    """
    if isinstance(field, serializers.CharField) and isinstance(given, int | float):
        return [given]
    if isinstance(field, NUMBERS) and isinstance(given, str) and len(given) <= field.MAX_STRING_LENGTH:
        return given if is_plain(field, given) else [given]
    child: Any = getattr(field, "child", None)
    if child is not None and isinstance(given, list):
        return [_misread_refused(child, one) for one in given]
    if isinstance(field, serializers.DictField) and isinstance(given, Mapping):
        return {name: _misread_refused(child, one) for name, one in given.items()}
    if isinstance(field, serializers.Serializer) and isinstance(given, Mapping):
        return {name: _misread_refused(field.fields.get(name), one) for name, one in given.items()}
    return given


def _unfit(field: Any, given: Any, path: str = "") -> dict[str, list[str]]:
    """A sentence for each text that is not plain: hidden characters, and line breaks where its form would lose them."""
    if isinstance(field, serializers.CharField):
        said = _unfit_text(field, given) if isinstance(given, str) else ""
        return {path: [said]} if said else {}
    found: dict[str, list[str]] = {}
    if isinstance(field, serializers.Serializer) and isinstance(given, Mapping):
        for name, one in given.items():
            found |= _unfit(field.fields.get(name), one, f"{path}.{name}" if path else name)
    elif isinstance(given, list):
        for index, one in enumerate(given):
            found |= _unfit(getattr(field, "child", None), one, f"{path}[{index}]")
    return found


def _unfit_text(field: serializers.CharField, text: str) -> str:
    if isinstance(field, SecretField):
        return ""
    if not isinstance(field, TextField) and ("\n" in text or "\r" in text):
        return _("This takes one line of text. Take the line breaks out.")
    # What is chosen is there already, and has to be named to be changed or taken away.
    chosen = isinstance(field, PickerField)
    return "" if chosen or getattr(field, "verbatim", False) or not misleads(text) else str(MISLEADING)


def _flatten(errors: Any, field: Any, prefix: str = "") -> dict[str, list[str]]:
    """DRF's nested errors as `{"env[0].name": [sentence]}`, in our sentences; `field` is whose errors they are."""
    flat: dict[str, list[str]] = {}
    if isinstance(errors, Mapping):
        for name, inner in errors.items():
            if name == "non_field_errors":
                flat.update(_flatten(inner, field, prefix))
            elif isinstance(name, int):
                flat.update(_flatten(inner, getattr(field, "child", None), f"{prefix}[{name}]"))
            else:
                inside = getattr(field, "fields", {}).get(name)
                flat.update(_flatten(inner, inside, f"{prefix}.{name}" if prefix else str(name)))
    elif isinstance(errors, list) and any(isinstance(one, Mapping) for one in errors):
        for index, inner in enumerate(errors):
            if inner:
                flat.update(_flatten(inner, getattr(field, "child", None), f"{prefix}[{index}]"))
    elif errors:
        found = errors if isinstance(errors, list) else [errors]
        flat[prefix] = [Truncator(sentences.of_field(field, one)).chars(MAX_SENTENCE) for one in found]
    return flat


def _sentence(name: str, said: list[str], *, more: int) -> str:
    first = f"{name}: {said[0]}" if name else said[0]
    if not more:
        return first
    sentence = ngettext("{first} ({more} more field has an error.)", "{first} ({more} more fields have errors.)", more)
    return sentence.format(first=first, more=more)


def in_words(operation: Operation, error: Invalid) -> str:
    """The sentence of an error as somebody reads it who sees the labels of a form, not the names of its fields."""
    if not error.fields:
        return str(error)
    (name, said), more = next(iter(error.fields.items())), len(error.fields) - 1
    if str(error) != _sentence(name, said, more=more):  # it has a sentence of its own, as of fields that are not there
        return str(error)
    return _sentence(_labelled(operation, name), said, more=more)


def _labelled(operation: Operation, path: str) -> str:
    """`env[0].name` as `Variables, row 1, Name`; what is no field stays as it is."""
    row = _PATH.fullmatch(path)
    field: Any = operation.Input().fields.get(row["name"]) if row else None
    if row is None or field is None:
        return path
    inside = getattr(getattr(field, "child", None), "fields", {}).get(row["cell"])
    cell = str(inside.label or row["cell"]) if inside is not None else row["cell"]
    place = _("row {number}").format(number=int(row["row"]) + 1) if row["row"] else ""
    return ", ".join(part for part in (str(field.label or row["name"]), place, cell) if part)
