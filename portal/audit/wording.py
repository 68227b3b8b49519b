"""The sentence of an entry, worded when it is read, so that it can be in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from portal.audit.models import AuditEntry
from portal.spelling import spelled_out

Told = Callable[[Mapping[str, Any]], Mapping[str, Any]]

_sentences: dict[str, Any] = {}
_titles: dict[str, Any] = {}
_told: dict[str, Told] = {}


def register_sentence(operation: str, sentence: Any, *, title: Any = "", told: Told | None = None) -> None:
    """Give an operation its wording, in keys of input and result; also for what is no `Operation`, like a sign-in.

    `told` makes words of values that do not read well as they are.
    """
    _sentences[operation] = sentence
    _titles[operation] = title or operation
    if told is not None:
        _told[operation] = told


def titles() -> dict[str, Any]:
    """What can stand in the log, each with what it is called: operations, and what is none of them."""
    return dict(_titles)


def sentence_of(operation: str) -> Any:
    """The sentence registered for an operation, or its name when it has none any more."""
    return _sentences.get(operation, operation)


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "…"


def words_of(operation: str, values: Mapping[str, Any]) -> str:
    """What an operation with these values does, as a sentence without its subject: `scaled web to 3`."""
    if told := _told.get(operation):
        values = told(values)
    plain = _Blank({key: _plain(value) for key, value in values.items()})
    # A value that is blank leaves no gap.
    return re.sub(" +", " ", str(sentence_of(operation)).format_map(plain)).strip()


def words(entry: AuditEntry) -> str:
    """What an entry says was done; of a refused one what was tried."""
    if entry.outcome == AuditEntry.REFUSED:
        return _("was refused: {title}").format(title=_titles.get(entry.operation, entry.operation))
    return words_of(entry.operation, {**entry.input, **entry.resolved, **entry.result})


def note_of(entry: AuditEntry) -> str:
    """Why it was done, as whoever did it said: beside the operation, or in a field of its own."""
    return entry.note or str(entry.input.get("note") or "")


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        if "digest" in value and value.get("changed"):
            return _("a new value")
        return ", ".join(_plain(value[key]) for key in value if value[key] not in ("", None))
    if isinstance(value, list):
        return ", ".join(_row(one) for one in value)
    return "" if value is None else spelled_out(str(value))


def _row(value: Any) -> str:
    return spelled_out(str(value["name"])) if isinstance(value, dict) and "name" in value else _plain(value)
