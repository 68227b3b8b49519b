"""The one error of the spec: a sentence that says what is not right and what to do about it."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from portal.errors import Refused

MAX_QUOTED = 80

_NUMBER = _("{path} takes a whole number. Write one, as 3.")
_SENTENCES = {
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_parsing_size": _NUMBER,
    "int_from_float": _NUMBER,
    "float_type": _("{path} takes a number. Write one, as 0.5."),
    "float_parsing": _("{path} takes a number. Write one, as 0.5."),
    "finite_number": _("{path} takes a finite number. Write one, as 0.5."),
    "bool_type": _("{path} is either true or false. Write one of them."),
    "bool_parsing": _("{path} is either true or false. Write one of them."),
    "string_type": _("{path} takes text. Put it in quotation marks."),
    "string_too_long": _("{path} takes {max_length} characters at most. Shorten it."),
    "string_too_short": _("{path} is blank. Write something there."),
    "tuple_type": _("{path} takes a list. Write it as one, even of a single entry."),
    "too_short": _("{path} needs at least {min_length} item. Add one."),
    "too_long": _("{path} takes {max_length} entries at most. Take some out."),
    "literal_error": _("{path} can only be {expected}. Choose one of these."),
    "greater_than_equal": _("{path} is {ge} at least. Write a greater number."),
    "greater_than": _("{path} is more than {gt}. Write a greater number."),
    "less_than_equal": _("{path} is {le} at most. Write a smaller number."),
    "less_than": _("{path} is less than {lt}. Write a smaller number."),
    "model_type": _("{path} is an object with fields. Write it as one."),
    "model_attributes_type": _("{path} is an object with fields. Write it as one."),
}
"""What pydantic finds wrong, by its own name for it, as a sentence that says what to write."""


class SpecError(Refused):
    """The spec cannot be so. `field` is the dotted path of what it is about, `""` when it is about the whole."""

    default_code = "spec"

    def __init__(self, sentence: object, *, field: str = "") -> None:
        super().__init__(sentence, field=field)

    def at(self, path: str) -> SpecError:
        """The same error, seen from further out: `path` is put before its field."""
        return SpecError(self.message, field=".".join(part for part in (path, self.field) if part))


def say(sentence: str | Promise, **values: object) -> str | Promise:
    """A sentence with its values, translated only when it is read. Long text in it is cut, so that no input floods."""
    cut = {name: _cut(value) for name, value in values.items()}
    return format_lazy(sentence, **cut)  # type: ignore[arg-type]  # the stubs ask for a lazy class of their own


def from_pydantic(error: ValidationError) -> SpecError:
    """The first thing pydantic found wrong, as ours."""
    first = error.errors(include_url=False, include_input=False)[0]
    path = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return SpecError(say(_("There is no field {path} in a spec. Take it out."), path=path), field=path)
    if first["type"] == "missing":
        return SpecError(say(_("{path} is missing. Give it a value."), path=path), field=path)
    if first["type"] == "union_tag_not_found":
        return SpecError(say(_("{path} does not say of which kind it is. Give its kind."), path=path), field=path)
    if first["type"] == "union_tag_invalid":
        sentence = _("{path} cannot be of the kind {kind}. There is: {kinds}.")
        kinds = format_lazy("{}", first["ctx"]["expected_tags"])
        return SpecError(say(sentence, path=path, kind=first["ctx"]["tag"], kinds=kinds), field=path)
    values: dict[str, Any] = {**first.get("ctx", {}), "path": path or "spec"}
    if known := _SENTENCES.get(first["type"]):
        return SpecError(say(known, **values), field=path)
    # Those of our own validators come with pydantic's name for them before the words.
    reason = first["msg"].removeprefix("Value error, ").removesuffix(".")
    return SpecError(say(_("{path}: {reason}."), path=values["path"], reason=reason), field=path)


def _cut(value: object) -> object:
    return f"{value[:MAX_QUOTED]}…" if isinstance(value, str) and len(value) > MAX_QUOTED else value
