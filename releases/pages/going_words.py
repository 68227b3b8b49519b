"""Which operations what was typed means, and what of it is left to fill their forms with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from portal.operations import registry
from portal.operations.kinds import READ
from portal.operations.operation import Operation


def meant(words: Sequence[str], *, subject: str) -> Iterator[tuple[type[Operation], list[str]]]:
    """Operations of this kind of subject that say the first words, each with the words behind: what to fill in.

    Of all operations those that say most of them are meant: with `add member bob` none that adds anything else, called
    “member”. This is so whoever asks: what a person may not do is not another thing instead.
    """
    said = {one: _said(one, words) for one in registry.all_operations() if one.kind is not READ}
    most = max(said.values())
    called = " ".join(words[:most]).lower()
    for operation in sorted(said, key=lambda one: _distance(one, called)):
        if operation.subject == subject and said[operation] == most > 0:
            yield operation, list(words[most:])


def _distance(operation: type[Operation], called: str) -> int:
    """What is called just that comes first: `deploy` before “Deploy again”, and `rollback` before `auto_rollback`."""
    if called in (str(operation.title).lower(), operation.name):
        return 0
    return 1 if called == operation.name.rpartition(".")[2] else 2


def spans(words: Sequence[str]) -> set[str]:
    """What was typed as one text, and each part of it that stands together: a title can be several words."""
    lower = [word.lower() for word in words]
    return {" ".join(lower[at:end]) for at in range(len(lower)) for end in range(at + 1, len(lower) + 1)}


def without(words: Sequence[str], *, name: str, title: str) -> list[str]:
    """What was typed besides a name, or a title."""
    lower, parts = [word.lower() for word in words], title.lower().split()
    if name in lower and not (name in parts and title.lower() in spans(words)):
        return [word for word in words if word.lower() != name]
    for at in range(len(lower) if parts else 0):
        if lower[at : at + len(parts)] == parts:
            return [*words[:at], *words[at + len(parts) :]]
    return list(words)


def _said(operation: type[Operation], words: Sequence[str]) -> int:
    """How many of the first words begin a word of its name or title."""
    text = f"{operation.name} {operation.title}".lower()
    for at, word in enumerate(words):
        if not re.search(rf"(?<![^\W_]){re.escape(word.lower())}", text):
            return at
    return len(words)
