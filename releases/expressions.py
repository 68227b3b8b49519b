"""What people write about the outputs of earlier steps, in CEL: no loops, no functions with effects, no clock. Pure.

Only `steps` is known: `steps.migrate.output.version == "7"`. Macros are off but for `has`, so that an expression takes
no longer than its text and the outputs are long.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

MOST_TEXT = 4_096
"""Characters that a value may have which goes into a variable or the body of a call."""

_CONFIG = "name: steps\nstdlib:\n  include_macros:\n    - has\n"
_CODE = re.compile(r"^[A-Z_]+: (ERROR: <input>:\d+:\d+: )?")


_PLACE = re.compile(r"<input>:1:(\d+):")
_UNKNOWN = re.compile(r"undeclared reference to '([^']*)'")
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\(?:u0000|U00000000|[xX]00|000)")
_SYNTAX, _RESERVED = "Syntax error", "reserved identifier"
_EXAMPLE = 'steps.migrate.output.version == "7"'
MOST_QUOTED = 60


class BadExpression(ValueError):
    """It does not compile, or comes to no result; the text says why."""


@lru_cache(maxsize=1)
def _environment() -> Any:
    # Not at the top: ten megabytes that only releases with expressions need.
    from cel_expr_python import cel

    return cel.NewEnv(config=cel.NewEnvConfigFromYaml(_CONFIG), variables={"steps": cel.Type.DYN})


@lru_cache(maxsize=512)
def _compiled(text: str) -> Any:
    try:
        return _environment().compile(text)
    except RuntimeError as error:
        raise BadExpression(_told(error)) from None


def why_unreadable(text: str) -> str:
    """What keeps an expression from being read, and what to write, in a sentence; blank where it can be read."""
    try:
        _environment().compile(text)
    except RuntimeError as error:
        told, place = _told(error), _PLACE.search(str(error))
        words = {"text": _cut(text), "example": _EXAMPLE, "told": told}
        if "'<EOF>'" in told:
            return _("{text} ends too early. Write it to its end, as {example}.").format(**words)
        if unknown := _UNKNOWN.search(told):
            sentence = _("{text} names {name}, which is not known. Begin with an earlier step, as {example}.")
            return sentence.format(**words, name=_cut(unknown[1]))
        if place and (told.startswith(_SYNTAX) or _RESERVED in told):
            sentence = _("{text} cannot be read from “{rest}” on. Write it as {example}.")
            return sentence.format(**words, rest=_cut(text[int(place[1]) - 1 :]))
        return _("{text} cannot come to anything: {told}. Write it as {example}.").format(**words)
    if _NUL.search(text):
        sentence = _("{text} has the character number 0, which can be kept nowhere. Take it out.")
        return sentence.format(text=_cut(text))
    return ""


def reads(text: str, step: str) -> bool:
    """Whether an expression reads the output of this step."""
    return re.search(rf"\bsteps\s*\.\s*{re.escape(step)}\b", text) is not None


def value_of(text: str, outputs: Mapping[str, Any]) -> Any:
    """What an expression comes to, as JSON. `outputs`: step → what it gave. Raises BadExpression."""
    steps = {name: {"output": output} for name, output in outputs.items()}
    try:
        result = _compiled(text).eval(data={"steps": steps})
        if result.type().name() == "ERROR":
            raise BadExpression(_told(result.value()))
        value = result.plain_value()
    except RuntimeError as error:
        raise BadExpression(_told(error)) from None
    if not _is_json(value):
        raise BadExpression(f"it comes to a {result.type().name().lower()}, which is no JSON value")
    return value


def holds(text: str, outputs: Mapping[str, Any]) -> bool:
    """Whether a condition holds. Raises BadExpression for one that comes to neither true nor false."""
    value = value_of(text, outputs)
    if not isinstance(value, bool):
        raise BadExpression("it comes to neither true nor false")
    return value


def text_of(text: str, outputs: Mapping[str, Any]) -> str:
    """What an expression comes to as text: strings as they are, all else as JSON. Raises BadExpression."""
    value = value_of(text, outputs)
    found = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    # What is kept of answers has neither (see `outside.answers`); what an expression makes of them may not, either.
    found = found.encode("utf-8", "replace").decode().replace("\x00", "")
    if len(found) > MOST_TEXT:
        raise BadExpression(f"it comes to {len(found)} characters, of which at most {MOST_TEXT} are passed on")
    return found


def _told(error: object) -> str:
    """The first line: the others point at a place in the text."""
    return _CODE.sub("", str(error).partition("\n")[0]).removesuffix(" (in container '')").strip()


def _cut(text: str) -> str:
    return text if len(text) <= MOST_QUOTED else f"{text[:MOST_QUOTED]}…"


def _is_json(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(one) for key, one in value.items())
    if isinstance(value, list):
        return all(_is_json(one) for one in value)
    return value is None or isinstance(value, str | bool | int)
