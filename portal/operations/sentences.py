"""What REST framework says of a field, in our sentences: each with a next step. One table for form, API and command.

A sentence that an operation or a field words itself stays as it is: only what the framework would say is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, serializers

MOST_CHOICES = 20
Words = Any

# By the code of the error; what is in braces is an attribute of the field.
_ANY: Mapping[str, Words] = {
    "required": gettext_lazy("This is missing. Give it a value."),
    "null": gettext_lazy("This cannot be null. Give it a value."),
    "blank": gettext_lazy("This cannot be blank. Fill it in."),
    "max_value": gettext_lazy("This is more than {max_value}. Give that or less."),
    "min_value": gettext_lazy("This is less than {min_value}. Give that or more."),
    "max_length": gettext_lazy("This is longer than {max_length} characters. Shorten it."),
    "min_length": gettext_lazy("This is shorter than {min_length} characters. Add some."),
    "max_string_length": gettext_lazy("This number has too many digits. Give a shorter one."),
    "overflow": gettext_lazy("This number is too large. Give a smaller one."),
    "invalid_choice": gettext_lazy("This is not one of the choices. Choose from {names}."),
    "not_a_list": gettext_lazy("This is not a list. Give a list, even of one."),
    "empty": gettext_lazy("This list is empty. Give at least one entry."),
    "null_characters_not_allowed": gettext_lazy("A NUL character cannot be stored. Take it out."),
    "surrogate_characters_not_allowed": gettext_lazy(
        "This holds half a character, which cannot be stored. Take it out."
    ),
}
_LISTS: Mapping[str, Words] = {
    "max_length": gettext_lazy("There are more than {max_length} entries. Take some out."),
    "min_length": gettext_lazy("There are fewer than {min_length} entries. Add some."),
}
# What is no value of the field's kind at all.
_INVALID: Sequence[tuple[type[Any], Words]] = (
    (serializers.IntegerField, gettext_lazy("This is not a whole number. Write one in digits, like 3.")),
    (serializers.FloatField, gettext_lazy("This is not a number. Write one in digits, like 2.5.")),
    (serializers.DecimalField, gettext_lazy("This is not a number. Write one in digits, like 2.5.")),
    (serializers.BooleanField, gettext_lazy("This is neither true nor false. Give one of the two.")),
    (serializers.Serializer, gettext_lazy("This is not an object. Give one with the fields {names}.")),
    (serializers.CharField, gettext_lazy("This is not text. Give it as text, in quotes.")),
)
_VALIDATORS = ("null_characters_not_allowed", "surrogate_characters_not_allowed")


def of_field(field: Any, said: Any) -> str:
    """The sentence for an error of a serializer field (`said`: REST framework's ErrorDetail)."""
    code = getattr(said, "code", "")
    if field is None or not (code in _VALIDATORS or _is_default(field, code, str(said))):
        return str(said)
    words = _words(field, code)
    return str(words).format_map(_Attributes(field)) if words else str(said)


def of_request(error: exceptions.APIException, *, method: str, allowed: Sequence[str]) -> str:
    """The sentence for an error REST framework finds in the request itself; `allowed` are the methods there are."""
    said = str(error.detail)
    if isinstance(error, exceptions.PermissionDenied) and said.startswith("CSRF Failed"):
        return _("The request lacks the token of its form (X-CSRFToken). Reload the page and send it again.")
    for kind, words in _REQUESTS.items():
        if type(error) is kind and re.match(_pattern(kind.default_detail), said, re.DOTALL):
            facts = {"method": method, "allowed": ", ".join(allowed), "seconds": getattr(error, "wait", None) or 60}
            return str(words).format_map(facts)
    return said


def _is_default(field: Any, code: str, said: str) -> bool:
    """Whether the framework words it: the field has the message of its class, and the error is made from it."""
    template = field.error_messages.get(code)
    own = (vars(one).get("default_error_messages", {}).get(code) for one in type(field).__mro__)
    if template is None or template != next((one for one in own if one is not None), None):
        return False
    return re.fullmatch(_pattern(template), said, re.DOTALL) is not None


def _pattern(template: Words) -> str:
    """What matches a sentence made from the template."""
    return re.sub(r"\\\{\w+\\\}", lambda _match: ".*", re.escape(str(template)))


def _words(field: Any, code: str) -> Words:
    if code == "invalid":
        return next((words for kind, words in _INVALID if isinstance(field, kind)), "")
    is_list = isinstance(field, (serializers.ListField, serializers.ListSerializer))
    return _LISTS.get(code) if is_list and code in _LISTS else _ANY.get(code, "")


class _Attributes(dict[str, Any]):
    """What a sentence may name: attributes of the field, its choices or fields."""

    def __init__(self, field: Any) -> None:
        super().__init__()
        self._field = field

    def __missing__(self, name: str) -> Any:
        if name == "names":
            known: Any = getattr(self._field, "choices", None) or getattr(self._field, "fields", ())
            names = [str(one) or "“”" for one in known]
            return ", ".join(names[:MOST_CHOICES]) + (" …" if len(names) > MOST_CHOICES else "")
        return getattr(self._field, name)


_REQUESTS: Mapping[type[exceptions.APIException], Words] = {
    exceptions.NotAuthenticated: gettext_lazy(
        "Nobody is signed in. Send a token in the header “Authorization: Token slw_…”; your account page makes one."
    ),
    exceptions.AuthenticationFailed: gettext_lazy("This sign-in was not accepted. Send a token that is valid."),
    exceptions.PermissionDenied: gettext_lazy("You may not do that here. Ask a tenant admin for the right."),
    exceptions.NotFound: gettext_lazy("There is nothing at this address. Check it."),
    exceptions.MethodNotAllowed: gettext_lazy("{method} is not possible at this address. Use {allowed}."),
    exceptions.UnsupportedMediaType: gettext_lazy(
        "The body is not JSON. Send JSON, with the header “Content-Type: application/json”."
    ),
    exceptions.NotAcceptable: gettext_lazy(
        "Answers are JSON. Ask with the header “Accept: application/json”, or leave that header out."
    ),
    exceptions.Throttled: gettext_lazy("These are too many requests. Try again in {seconds} s."),
}
