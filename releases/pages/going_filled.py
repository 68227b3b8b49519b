"""Which fields of a form the words fill that were typed for it: each the first free one that can take it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rest_framework import serializers

from portal.operations.confirming import CONFIRM
from portal.operations.fields import MultiPickerField, PickerField, SecretField
from portal.operations.numbers import is_plain
from portal.operations.operation import Operation

Lists = Mapping[str, Sequence[tuple[str, str]]]
YES, NO = ("true", "yes", "on"), ("false", "no", "off")


def filled(operation: type[Operation], words: Iterable[str], *, pickers: Lists) -> dict[str, Any]:
    """What the words fill, by field. A choice takes one of its choices alone, a number a number, and a secret nothing:
    it would stand in the address. Text that may be left blank takes what nothing else can, but a title that may be left
    blank is no place for what is left over: a word that no field can take is left out.
    """
    fields = {name: one for name, one in operation.Input().fields.items() if name != CONFIRM}
    fields = {name: one for name, one in fields.items() if one.required or name != "title"}
    fields = dict(sorted(fields.items(), key=lambda one: _is_text(one[1]) and not one[1].required))
    given: dict[str, Any] = {}
    for word in words:
        for name, field in fields.items():
            several = isinstance(field, MultiPickerField)
            if name in given and not several:
                continue
            taken = _taken(field, word, pickers)
            if taken is None or taken in given.get(name, ()):
                continue
            given[name] = [*given.get(name, ()), taken] if several else taken
            break
    return given


def unused(operation: type[Operation], words: Iterable[str], values: Mapping[str, Any]) -> list[str]:
    """The words that fill nothing, in a form that is filled with these values. None where one may be a secret."""
    if any(isinstance(one, SecretField) for one in operation.Input().fields.values()):
        return []
    taken = {str(word).lower() for one in values.values() for word in (one if isinstance(one, list) else [one])}
    return [word for word in words if word.lower() not in taken]


def _taken(field: Any, word: str, pickers: Lists) -> str | None:
    """The word as the field takes it; None when it cannot."""
    match field:
        case PickerField() | MultiPickerField():
            return _among(word, (value for value, _title in pickers.get(field.picker, ())))
        case serializers.ChoiceField():
            return _among(word, field.choices)
        case serializers.BooleanField():
            return "true" if word.lower() in YES else "false" if word.lower() in NO else None
        case serializers.IntegerField() | serializers.FloatField() | serializers.DecimalField():
            return word if is_plain(field, word) else None
        case serializers.CharField() if not isinstance(field, SecretField):
            return word
    return None


def _is_text(field: Any) -> bool:
    return isinstance(field, serializers.CharField) and not isinstance(field, PickerField)


def _among(word: str, choices: Iterable[Any]) -> str | None:
    """The choice as it is written, however the word was."""
    known = [str(one) for one in choices if str(one)]
    return word if word in known else next((one for one in known if one.lower() == word.lower()), None)
