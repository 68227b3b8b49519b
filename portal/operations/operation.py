"""`Operation`: one class in one file is a form, a REST call, a command line, a right, an audit line and a preview.

Defining the class registers it; an incomplete or duplicate one is refused at import. There is no second level of
inheritance: what operations share lives in the value they edit, or in plain functions.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.urls import reverse
from django.utils.functional import Promise
from rest_framework import serializers

from portal.access import Ref, permissions
from portal.access.ref import APP
from portal.audit.wording import register_sentence
from portal.operations import confirming
from portal.operations.context import Context
from portal.operations.drawable import undrawable
from portal.operations.kinds import READ, Kind

Words = str | Promise
# What the form sends beside the fields of the operation; a field `note` takes the place of the form's own.
RESERVED = frozenset({"version", "then", confirming.CONFIRM, "csrfmiddlewaretoken", "_add", "_remove", "_preview"})
REGISTRY: dict[str, type[Operation]] = {}


@dataclass(frozen=True)
class Page:
    """A page beside a subject's own: the name of its route, its title, and the parts of a `Ref` its address takes.

    Without a title it is called as the last of these parts. `top`: the way to it does not lead over the subject's own
    page, but over the one `above` where there is one.
    """

    route: str
    title: Words
    of: tuple[str, ...] = ()
    top: bool = False
    above: Page | None = None

    def url(self, ref: Ref) -> str:
        """Its address for the subject that `ref` names."""
        return reverse(self.route, kwargs={name: getattr(ref, name) for name in self.of})

    def way(self, ref: Ref) -> list[tuple[Words, str]]:
        """Title and address of the page above, and of its own."""
        own = (self.title or getattr(ref, self.of[-1]), self.url(ref))
        return [*(self.above.way(ref) if self.above else ()), own]


class Operation:
    """What one operation is. Instances hold no state; a fresh one serves each call.

    `name` is stable: it is in URLs, the API, the command line and the audit log. `sentence` is worded when it is read,
    from the names of the input (`scaled {process} to {replicas}`). `example` is shown in the API docs and run by the
    contract tests. `danger` names what will be gone; then the input has one field more, `confirm`, for the name of the
    subject. `adds`: it adds a thing to its subject and changes nothing of it, so the subject's version does not matter.
    `reserves`: it takes quota though it is not SPEC, so that its form shows what is in use. `foresees`: it is about how
    releases go, so that its preview shows what one would do step by step. `allowed_while_suspended`: it holds or ends
    what is under way, which may be said even while the tenant is suspended.
    `effect`: a sentence on when it takes effect, where that is not what its kind says.
    `page` is where it is done, when that is another page than the subject's own.
    """

    name: ClassVar[str]
    kind: ClassVar[Kind]
    subject: ClassVar[str] = APP
    title: ClassVar[Words]
    permission: ClassVar[str]
    sentence: ClassVar[Words]
    example: ClassVar[Mapping[str, Any]]
    danger: ClassVar[Words] = ""
    effect: ClassVar[Words] = ""
    allowed_while_locked: ClassVar[bool] = False
    allowed_while_suspended: ClassVar[bool] = False
    rewinds: ClassVar[bool] = False
    adds: ClassVar[bool] = False
    reserves: ClassVar[bool] = False
    foresees: ClassVar[bool] = False
    page: ClassVar[Page | None] = None
    icon: ClassVar[str] = "pencil"
    fills: ClassVar[bool]
    """Whether its input is filled from the present value, by an `initial` of its own; found out, not written."""
    Input: ClassVar[type[serializers.Serializer[Any]]]

    def initial(self, value: Any, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the form is filled with. `chosen` holds what is picked already, such as the process."""
        return {}

    def choices(self, value: Any) -> Mapping[str, list[tuple[str, str]]]:
        """Choices of fields that only this operation knows; those of pickers come from the subject."""
        return {}

    def hidden(self, value: Any) -> Collection[str]:
        """Optional fields that the form leaves out because nothing they say would matter now."""
        return ()

    def blocked(self, value: Any) -> Words | None:
        """A sentence when no input at all could make the operation possible now."""
        return None

    def told(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the sentence is worded with: the values as they are, or words for those that do not read well.

        They may be of an entry from an earlier time, which had other fields.
        """
        return values

    def shielded(self, value: Any, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Input that was refused as the log may hold it, where more is secret than its secret fields. Not validated."""
        return given

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        """The only hook with effects: runs after validation and outside any lock. Returns JSON without secrets."""
        return given

    def second_rights(self, value: Any, resolved: Mapping[str, Any]) -> Mapping[str, Words]:
        """The rights it takes besides its own with this input on this value, each with a sentence why. Pure; asked
        before `apply`, under the same lock.
        """
        return {}

    def apply(self, value: Any, resolved: Mapping[str, Any]) -> Any:
        """Pure. SPEC and RECORD: the new value. NOW: an action. READ: what is shown, as JSON."""
        raise AssertionError("checked by __init_subclass__")

    def __init_subclass__(cls) -> None:
        problem = _problem(cls)
        if problem:
            raise TypeError(f"{cls.__module__}.{cls.__qualname__} {problem}")
        if cls.danger:
            cls.Input = confirming.asking(cls.Input)
        cls.fills = "initial" in cls.__dict__
        REGISTRY[cls.name] = cls
        register_sentence(cls.name, cls.sentence, title=cls.title, told=lambda values: cls().told(values))


def _problem(cls: type[Operation]) -> str:
    """Why a class cannot be an operation; "" when it can."""
    if cls.__bases__ != (Operation,):
        return "has to derive from Operation directly."
    for attribute in ("name", "kind", "title", "permission", "sentence", "example", "Input"):
        if attribute not in cls.__dict__:
            return f"lacks `{attribute}`."
    if "apply" not in cls.__dict__:
        return "lacks `apply`."
    if not cls.__doc__:
        return "lacks a docstring, which the API docs show."
    known = REGISTRY.get(cls.name)
    if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
        return f"has the name of {known.__module__}.{known.__qualname__}."
    if cls.permission not in permissions.ALL:
        return f"asks for the right {cls.permission!r}, which is not in the catalogue."
    fields = cls.Input().fields
    if taken := RESERVED & set(fields):
        return f"has fields with names that the form needs itself: {', '.join(sorted(taken))}."
    if cls.kind is not READ and (why := undrawable(fields)):
        return why
    if cls.danger and confirming.CONFIRM not in cls.example:
        return "is dangerous, and has an example that does not confirm it."
    own = {confirming.CONFIRM} if cls.danger else set()
    if unknown := set(cls.example) - set(fields) - own:
        return f"has an example with unknown fields: {', '.join(sorted(unknown))}."
    missing = {name for name, field in fields.items() if field.required and not field.read_only} - set(cls.example)
    if missing:
        return f"has an example without the required {', '.join(sorted(missing))}."
    if cls.rewinds and cls.kind is READ:
        return "cannot rewind and only read."
    return ""
