"""Which operations say a word in the sentence that a page words of them, in the reader's language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rest_framework import serializers

from portal.audit.wording import sentence_of, titles, words_of
from portal.operations import registry

_TOLD: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("result__has_key", "over_quota"): {"over_quota": ["…"]},
    ("result__has_key", "broken_rules"): {"broken_rules": ["…"]},
    ("result__state", "waiting"): {"state": "waiting", "release": "…"},
}
"""What came of an operation that its sentence can say: how entries are looked up by it, and the values that tell."""


@dataclass(frozen=True)
class Choice:
    """An operation with one of the values that a field of it can have, such as a decision that is to grant, or with
    something that came of it; `lookup` and `value` find its entries.
    """

    operation: str
    lookup: str
    value: str | bool


@dataclass(frozen=True)
class Spoken:
    """Of a word: the operations that say it whatever their values are, those that say it of one value, those whose
    title has it (which is said of what was refused), and whether it is said of whatever was refused.
    """

    always: frozenset[str]
    of_value: frozenset[Choice]
    in_title: frozenset[str]
    of_refused: bool


def words_in(text: str) -> list[str]:
    """The words of a text, as the database parts them: whatever is neither letter nor digit is between two. A mark that
    combines with a letter is part of it.
    """
    return "".join(one if one.isalnum() or unicodedata.category(one)[0] == "M" else " " for one in text.lower()).split()


def spoken(word: str) -> Spoken:
    """What says this word, or one that begins with it."""

    def begins(words: frozenset[str]) -> bool:
        return any(one.startswith(word) for one in words)

    known = _vocabulary(get_language() or "")
    return Spoken(
        frozenset(name for name, words in known.always.items() if begins(words)),
        frozenset(one for one, words in known.of_value.items() if begins(words)),
        frozenset(name for name, words in known.in_title.items() if begins(words)),
        begins(known.of_refused),
    )


@dataclass(frozen=True)
class _Vocabulary:
    always: dict[str, frozenset[str]]
    of_value: dict[Choice, frozenset[str]]
    in_title: dict[str, frozenset[str]]
    of_refused: frozenset[str]


@lru_cache(maxsize=16)
def _vocabulary(_language: str) -> _Vocabulary:
    registry.discover()
    always = {name: _plain(name) | frozenset(words_in(words_of(name, {}))) for name in titles()}
    of_value = {one: new for one, words in _chosen() if (new := words - always[one.operation])}
    in_title = {name: frozenset(words_in(str(title))) for name, title in titles().items()}
    return _Vocabulary(always, of_value, in_title, frozenset(words_in(_("was refused: {title}").format(title=""))))


def _plain(name: str) -> frozenset[str]:
    """The words of a sentence that stand there whatever its values are."""
    return frozenset(words_in(re.sub(r"\{[^}]*\}", " ", str(sentence_of(name)))))


def _chosen() -> Iterator[tuple[Choice, frozenset[str]]]:
    """What is said of each value that can be chosen, and of what came of it, but for the value itself: entries have
    that as it is.
    """
    for operation in registry.all_operations():
        for field, kind in operation.Input().fields.items():
            for value in kind.choices if isinstance(kind, serializers.ChoiceField) else ():
                words = frozenset(words_in(words_of(operation.name, {field: value})))
                yield Choice(operation.name, f"input__{field}", str(value)), words - frozenset(words_in(str(value)))
            if isinstance(kind, serializers.BooleanField):
                words = frozenset(words_in(words_of(operation.name, {field: True})))
                yield Choice(operation.name, f"input__{field}", True), words - frozenset(words_in(str(True)))
        for (lookup, value), told in _TOLD.items():
            words = frozenset(words_in(words_of(operation.name, told)))
            yield Choice(operation.name, lookup, value), words - frozenset(words_in(value))
