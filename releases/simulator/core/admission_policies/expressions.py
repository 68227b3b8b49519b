"""CEL by Google's own library, its errors in the words of the one that Kubernetes uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

VARIABLES = ("object", "oldObject", "request", "namespaceObject", "variables")
_KEPT = 512
_CODE = re.compile(r"^[A-Z_]+: ")
_WORDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r'Key not found in map : "(.*)"'), r"no such key: \1"),
    (re.compile(r"No matching overloads found.*"), "no such overload"),
    (re.compile(r"cannot convert (\w+) to (\w+)"), r"type conversion error from '\1' to '\2'"),
    (re.compile(r"Index error: index=(-?\d+) size=\d+"), r"index out of bounds: \1"),
    (re.compile(r"divide by zero"), "division by zero"),
)


class Unusable(ValueError):
    """An expression that does not compile; the text says where and why."""


class Failed(ValueError):
    """An expression that came to no result."""


@lru_cache(maxsize=1)
def _environment() -> Any:
    # Not at the top: ten megabytes that only a cluster with policies needs.
    from cel_expr_python import cel
    from cel_expr_python.ext import ext_optional, ext_strings

    known = dict.fromkeys(VARIABLES, cel.Type.DYN)
    return cel.NewEnv(variables=known, extensions=[ext_optional.ExtOptional(), ext_strings.ExtStrings()])


@lru_cache(maxsize=_KEPT)
def _compiled(text: str) -> Any:
    try:
        return _environment().compile(text)
    except RuntimeError as error:
        raise Unusable(_CODE.sub("", str(error)).removesuffix(" [INVALID_ARGUMENT]")) from error


def type_of(text: str) -> str:
    """What kind of result an expression has: ``bool``, ``string``, ``dyn`` … Raises Unusable."""
    name: str = _compiled(text).return_type().name()
    return name.lower()


def value_of(text: str, values: Mapping[str, Any]) -> Any:
    """The result, given a value for each of ``VARIABLES``. Raises Failed, and Unusable as ``type_of`` does."""
    result = _compiled(text).eval(data=values)
    if result.type().name() == "ERROR":
        raise Failed(_worded(str(result.value())))
    return result.plain_value()


def _worded(error: str) -> str:
    error = _CODE.sub("", error)
    for pattern, words in _WORDS:
        if found := pattern.fullmatch(error):
            return found.expand(words)
    return error
