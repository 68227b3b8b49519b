"""The one error of the spec: a sentence that says what is not right and what to do about it."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from portal.errors import Refused

MAX_QUOTED = 80


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
    return SpecError(say(_("{path}: {reason}."), path=path or "spec", reason=first["msg"]), field=path)


def _cut(value: object) -> object:
    return f"{value[:MAX_QUOTED]}…" if isinstance(value, str) and len(value) > MAX_QUOTED else value
