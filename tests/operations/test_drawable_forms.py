"""What an operation takes, its form draws and reads back; an operation whose form could not is refused at import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from django.http import QueryDict
from rest_framework import serializers

from portal.access import permissions
from portal.operations import inputs, registry
from portal.operations.fields import SecretField, rows
from portal.operations.forms import Drawing, fields_of
from portal.operations.kinds import READ, SPEC
from portal.operations.operation import REGISTRY, Operation
from portal.ui.fields import Field
from portal.ui.figures import offers_blank
from tests.operations.listing import command_line
from tests.operations.scenes import named

WRITING = [one for one in registry.all_operations() if one.kind is not READ]


def text() -> serializers.CharField:
    return serializers.CharField(max_length=9)


class Whatever(dict[str, Sequence[tuple[str, str]]]):
    """Pickers that offer all that an example picks."""

    def __init__(self, example: Any) -> None:
        super().__init__()
        self.offered = [(one, one) for one in sorted(set(_texts(example)))]

    def get(self, _name: str, _default: Any = None) -> Any:
        return self.offered


def _texts(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return _texts(list(value.values()))
    return [one for inner in value for one in _texts(inner)] if isinstance(value, list | tuple) else [str(value)]


def sent(fields: Sequence[Field]) -> QueryDict:
    """What a browser sends of a form that nobody typed into."""
    data = QueryDict(mutable=True)
    for field in fields:
        if field.marker:
            data[field.marker] = "1"
        for row in field.rows:
            data.update(sent(row.cells))
        chosen = [one.value for one in field.choices if one.selected]
        if field.kind == "select":
            data[field.name] = next(iter(chosen), "" if offers_blank(field) else field.choices[0].value)
        elif chosen:
            data.setlist(field.name, chosen)
        elif field.kind == "checkbox" and field.value:
            data[field.name] = "true"
        elif field.kind not in ("rows", "multi", "checkbox"):
            data[field.name] = str(field.value)
    return data


def read(operation: type[Operation], data: Mapping[str, Any]) -> Any:
    bound = operation.Input(data=data)
    assert bound.is_valid(), bound.errors
    return inputs.without_secrets(operation(), bound.validated_data)


def goes_through_its_form(operation: type[Operation]) -> None:
    fields, example = operation.Input().fields, operation.example
    drawing = Drawing(pickers=Whatever(example), choices={}, errors={})
    form = sent(fields_of(operation(), values=example, drawing=drawing))
    secret = {name for name, field in fields.items() if isinstance(field, SecretField)}
    typed = {name: example[name] for name in secret & example.keys()}
    given, back = read(operation, example), read(operation, inputs.from_form(fields, form) | typed)
    assert {name: back[name] for name in given} == given


@pytest.mark.parametrize("operation", WRITING, ids=named)
def test_a_form_filled_with_the_example_sends_the_example(operation: type[Operation]) -> None:
    goes_through_its_form(operation)


def test_so_does_one_with_lists_of_texts_and_numbers() -> None:
    with command_line() as operation:
        goes_through_its_form(operation)


class Named(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=9)


class Listing(serializers.Serializer[Any]):
    names = serializers.ListField(child=text(), max_length=3)


class Nested(serializers.Serializer[Any]):
    names = rows(Named, label="Names", most=3)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (serializers.DictField(), "one, a DictField, which no form draws"),
        (serializers.JSONField(), "one, a JSONField, which no form draws"),
        (serializers.FileField(), "one, a FileField, which no form draws"),
        (Named(), "one, a Named, which no form draws"),
        (serializers.MultipleChoiceField(choices=["a"]), "one, a MultipleChoiceField, which no form draws"),
        (serializers.BooleanField(allow_null=True), "a box that may be null, one"),
        (serializers.ListField(), "one, a _UnvalidatedField, which no form draws"),
        (serializers.ListField(child=serializers.DictField()), "one, a DictField, which no form draws"),
        (serializers.ListField(child=serializers.ListField(child=text())), "a list of ListField, one"),
        (serializers.ListField(child=serializers.BooleanField()), "a list of BooleanField, one"),
        (serializers.ListField(child=SecretField()), "a list of secrets, one"),
        (serializers.ListSerializer(child=text()), "a list without named fields, one"),
        (rows(Listing, label="One", most=3), "a list in the rows of another, one.names"),
        (rows(Nested, label="One", most=3), "a list in the rows of another, one.names"),
    ],
)
def test_what_no_form_draws_is_refused_at_import(field: Any, words: str) -> None:
    made = type("Input", (serializers.Serializer,), {"one": field})
    body = {
        "__doc__": "Made to be refused.",
        "name": "test.undrawable",
        "kind": SPEC,
        "title": "No",
        "permission": permissions.APP_CONFIGURE,
        "sentence": "did nothing",
        "example": {"one": []},
        "Input": made,
        "apply": lambda _self, value, _resolved: value,
    }
    with pytest.raises(TypeError) as caught:
        type("Undrawable", (Operation,), body)
    assert words in str(caught.value) and "test.undrawable" not in REGISTRY
