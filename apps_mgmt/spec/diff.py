"""Two specs compared, as people read it: what was it, what is it now.

No secret can appear: a spec holds names and versions only, and of a file's text only its size and digest are shown.
"""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from pydantic import BaseModel

from apps_mgmt.spec.adopted import Adopted
from apps_mgmt.spec.app import AppSpec
from apps_mgmt.spec.base import SpecModel
from apps_mgmt.spec.config import EnvVar, File, Reference, SecretRef
from apps_mgmt.spec.labels import FIELDS, OWN, PERCENT, ROWS, SECONDS
from apps_mgmt.spec.steps import Branch

Words = str | Promise
ChangeKind = Literal["added", "removed", "changed", "moved"]
LONGEST = 300
_WHOLE = (EnvVar, SecretRef, Reference, Adopted)


@dataclass(frozen=True)
class Change:
    """One difference. `path` is dotted (`processes.web.replicas`), `label` is for people, `""` stands for nothing."""

    path: str
    label: Words
    before: Words
    after: Words
    kind: ChangeKind


def diff(old: AppSpec, new: AppSpec) -> tuple[Change, ...]:
    """What differs, in the order of the spec's fields. Empty exactly when the two are equal."""
    return tuple(_models(old, new, _Place()))


@dataclass(frozen=True)
class _Place:
    path: tuple[str, ...] = ()
    words: tuple[Words, ...] = ()

    def field(self, name: str, owner: type[BaseModel]) -> _Place:
        words = _called(name, owner)
        return _Place((*self.path, name), self.words if _silent(words) else (*self.words, words))

    def row(self, field: str, key: str) -> _Place:
        noun = ROWS.get(field, "")
        words = key if _silent(noun) else format_lazy("{} {}", noun, key)
        return _Place((*self.path, field, key), (*self.words, words))

    def change(self, kind: ChangeKind, before: Words, after: Words) -> Change:
        label: Words = (
            self.words[0] if len(self.words) == 1 else format_lazy(" · ".join(["{}"] * len(self.words)), *self.words)
        )
        return Change(".".join(self.path), label, before, after, kind)


def _models(old: BaseModel, new: BaseModel, place: _Place) -> Iterator[Change]:
    for name in type(old).model_fields:
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        if _keyed(before) or _keyed(after):
            yield from _rows(name, before, after, place, owner=type(old))
        elif isinstance(before, SpecModel) and type(before) is type(after) and not isinstance(before, _WHOLE):
            yield from _models(before, after, place.field(name, type(old)))
        else:
            yield place.field(name, type(old)).change(
                _kind(before, after), word(before, field=name), word(after, field=name)
            )


def _rows(
    field: str, old: Sequence[SpecModel], new: Sequence[SpecModel], place: _Place, *, owner: type[BaseModel]
) -> Iterator[Change]:
    before, after = {row.row_key: row for row in old}, {row.row_key: row for row in new}
    for key, row in before.items():
        if key not in after:
            yield place.row(field, key).change("removed", word(row), "")
    for key, row in after.items():
        here = place.row(field, key)
        if key not in before:
            yield here.change("added", "", word(row))
        elif before[key] != row:
            if isinstance(row, _WHOLE) or type(before[key]) is not type(row):
                yield here.change("changed", word(before[key]), word(row))
            else:
                yield from _models(before[key], row, here)
    kept = [key for key in before if key in after]
    if kept != [key for key in after if key in before]:
        yield place.field(field, owner).change(
            "moved", ", ".join(kept), ", ".join(key for key in after if key in before)
        )


def word(value: object, *, field: str = "") -> Words:
    """A value of a spec in a few words, safe to show."""
    if value is None or value == "" or value == ():
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return _number(value, field)
    if isinstance(value, SecretRef):
        return format_lazy(_("secret {name}, version {version}"), name=value.name, version=value.version)
    if isinstance(value, EnvVar):
        return _variable(value)
    if isinstance(value, Adopted):
        return format_lazy("Deployment {name}", name=value.workload)
    if isinstance(value, Reference):
        return value.field or format_lazy(_("{part} of {app}"), part=value.part, app=value.dependency)
    if isinstance(value, SpecModel):
        return _summary(value)
    if isinstance(value, tuple):
        if all(isinstance(item, str) for item in value):
            return _cut(shlex.join(value) if field in ("command", "args") else ", ".join(value))
        return format_lazy("; ".join(["{}"] * len(value)), *(word(item) for item in value))
    return content_word(str(value)) if field == "content" else _cut(str(value))


def content_word(text: str) -> Words:
    """A file's text by size and digest only: it may be long, and nobody reads it in a line."""
    short = hashlib.sha256(text.encode()).hexdigest()[:8]
    return format_lazy(_("{size} bytes, {digest}"), size=len(text.encode()), digest=short)


def _variable(variable: EnvVar) -> Words:
    if variable.value is not None:
        return _cut(variable.value) if variable.value else _("(empty)")
    return word(variable.secret or variable.reference)


def _summary(row: SpecModel) -> Words:
    """What a row holds beyond its key and the defaults: `number 8080, protocol grpc`."""
    parts: list[Words] = []
    for name, info in type(row).model_fields.items():
        value = getattr(row, name)
        # Blank, there is nothing to say of it: what was taken over has no size, whatever new ones have.
        if name in row.KEY or value == "" or (value == info.default and name not in row.TOLD):
            continue
        if isinstance(row, File) and name == "content":
            parts.append(content_word(value or ""))
        elif isinstance(value, SpecModel) and _silent(FIELDS.get(name, name)):
            parts.append(_summary(value))
        else:
            parts.append(format_lazy("{} {}", _called(name, type(row)), _listed(value, name)))
    return format_lazy(", ".join(["{}"] * len(parts)), *parts) if parts else _("with the defaults")


def _listed(value: object, name: str) -> Words:
    if _keyed(value):
        assert isinstance(value, tuple)
        if isinstance(value[0], Branch):
            return format_lazy("; ".join(["{}: {}"] * len(value)), *(part for row in value for part in _branch(row)))
        return ", ".join(row.row_key for row in value)
    return word(value, field=name)


def _branch(branch: Branch) -> tuple[Words, Words]:
    """Its name, and its steps with all that a step by itself is shown with: an approval is seen there, too."""
    steps = (part for step in branch.steps for part in (step.name, _summary(step)))
    return branch.name, format_lazy(", ".join(["{} ({})"] * len(branch.steps)), *steps)


def _number(value: int, field: str) -> Words:
    if field in SECONDS:
        return _("until told") if value < 0 else f"{value} s"
    if field == "mode":
        return f"{value:04o}"
    return f"{value} %" if field in PERCENT else str(value)


def _keyed(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], SpecModel) and bool(value[0].row_key)


def _kind(before: object, after: object) -> ChangeKind:
    if before is None or before in ("", ()):
        return "added"
    return "removed" if after is None or after in ("", ()) else "changed"


def _called(name: str, owner: type[BaseModel]) -> Words:
    return OWN.get((owner.__name__, name), FIELDS.get(name, name))


def _silent(words: Words) -> bool:
    """No words at all; a lazy text is never looked into, so that nothing is translated before it is read."""
    return isinstance(words, str) and not words


def _cut(text: str) -> str:
    return f"{text[:LONGEST]}…" if len(text) > LONGEST else text
