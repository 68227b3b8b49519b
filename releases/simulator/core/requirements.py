"""The text of a label selector, read as a real API server reads it: ``labels.Parse`` of apimachinery, and its words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from . import errors
from .label_rules import key_faults, value_faults

_WORD = re.compile(r"[^\s=!(),<>]+")
_SIGNS = ("==", "!=", "=", "!", "(", ")", ",", ">", "<")
_OPERATORS = {"in": "in", "=": "in", "==": "in", "notin": "notin", "!=": "notin", ">": "above", "<": "below"}
_NUMBER = re.compile(r"^[-+]?[0-9]+$")


@dataclass(frozen=True, slots=True)
class Requirement:
    """``operator`` is one of in, notin, exists, missing, above, below."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def holds(self, labels: dict[str, str]) -> bool:
        value = labels.get(self.key)
        match self.operator:
            case "in":
                return value in self.values
            case "notin":
                return value is None or value not in self.values
            case "above" | "below":
                return value is not None and bool(_NUMBER.match(value)) and self._compares(int(value))
        return (value is not None) == (self.operator == "exists")

    def _compares(self, value: int) -> bool:
        limit = int(next(iter(self.values)))
        return value > limit if self.operator == "above" else value < limit


@lru_cache(maxsize=512)
def parse(text: str) -> tuple[Requirement, ...]:
    """The requirements of a selector, all of which have to hold; 400 for what is none."""
    return tuple(_Parser(_tokens(text)).selector())


def _tokens(text: str) -> list[str]:
    """Words and signs, the longest sign first; the end is an empty text."""
    found: list[str] = []
    place = 0
    while place < len(text):
        if text[place] in " \t\r\n":
            place += 1
            continue
        word = _WORD.match(text, place)
        token = word.group() if word else next(sign for sign in _SIGNS if text.startswith(sign, place))
        found.append(token)
        place += len(token)
    return [*found, ""]


def _is_word(token: str) -> bool:
    return bool(token) and token not in _SIGNS


def _shown(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _refuse(words: str) -> errors.ApiError:
    return errors.bad_request(f"unable to parse requirement: {words}")


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens

    def selector(self) -> Iterable[Requirement]:
        while next_ := self.tokens[0]:
            if not _is_word(next_) and next_ != "!":
                raise errors.bad_request(f"found '{next_}', expected: !, identifier, or 'end of string'")
            yield self._requirement()
            if (separator := self._take()) not in ("", ","):
                raise errors.bad_request(f"found '{separator}', expected: ',' or 'end of string'")
            if not separator:
                return
            if not _is_word(self.tokens[0]) and self.tokens[0] != "!":
                raise errors.bad_request(f"found '{self.tokens[0]}', expected: identifier after ','")

    def _take(self) -> str:
        return self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]

    def _requirement(self) -> Requirement:
        key = self._take()
        if negated := key == "!":
            key = self._take()
        if not _is_word(key):
            raise _refuse(f"found '{key}', expected: identifier")
        if faults := key_faults(key):
            raise _refuse(f"<nil>: Invalid value: {_shown(key)}: " + "; ".join(faults))
        if negated or self.tokens[0] in ("", ","):
            return Requirement(key, "missing" if negated else "exists")
        sign = self._take()
        if sign not in _OPERATORS:
            raise _refuse(f"found '{sign}', expected: in, notin, =, ==, !=, gt, lt")
        values = self._set() if sign in ("in", "notin") else {self._value()}
        _check(key, sign, values)
        return Requirement(key, _OPERATORS[sign], frozenset(values))

    def _value(self) -> str:
        if self.tokens[0] in ("", ","):
            return ""
        if not _is_word(value := self._take()):
            raise _refuse(f"found '{value}', expected: identifier")
        return value

    def _set(self) -> set[str]:
        """What stands in parentheses; nothing between commas is the empty value."""
        if (opening := self._take()) != "(":
            raise _refuse(f"found '{opening}' expected: '('")
        if not _is_word(self.tokens[0]) and self.tokens[0] not in (",", ")"):
            raise _refuse(f"found '{self.tokens[0]}', expected: ',', ')' or identifier")
        values: set[str] = set()
        while True:
            word = self._take() if _is_word(self.tokens[0]) else ""
            values.add(word)
            following = self._take()
            if following == ")":
                return values
            if following != ",":
                wanted = "',' or ')'" if word else "',', or identifier"
                raise _refuse(f"found '{following}', expected: {wanted}")


def _check(key: str, sign: str, values: set[str]) -> None:
    faults: list[str] = []
    for place, value in enumerate(sorted(values)):
        if sign in ("<", ">") and not _NUMBER.match(value):
            words = "for 'Gt', 'Lt' operators, the value must be an integer"
            faults.append(f"values[{place}]: Invalid value: {_shown(value)}: {words}")
        if wrong := value_faults(value):
            faults.append(f"values[{place}][{key}]: Invalid value: {_shown(value)}: " + "; ".join(wrong))
    if faults:
        raise _refuse(faults[0] if len(faults) == 1 else "[" + ", ".join(faults) + "]")
