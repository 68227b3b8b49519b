"""Go to or do anything: what Ctrl-K finds. Rooms above register providers that turn words into links."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from django.http import HttpRequest
from django.utils.functional import Promise

from portal.ui import nav

LIMIT = 12
CONTENT = "#content"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A page, an app or an operation. `url` may carry a query that fills the form in.

    `form`: the page says itself where the keyboard stands. On every other it is sent to the content, past the
    navigation.
    """

    title: str | Promise
    url: str
    detail: str | Promise = ""
    icon: str = "arrow-right"
    form: bool = False


Provider = Callable[[HttpRequest, Sequence[str]], Iterable[Hit]]
_providers: list[Provider] = []


def provider(function: Provider) -> Provider:
    """Register a provider: `fn(request, words)` with the words as they were typed, which a form may be filled with."""
    if function not in _providers:
        _providers.append(function)
    return function


def search(request: HttpRequest, query: str) -> list[Hit]:
    """The best hits for what was typed, pages of the navigation first."""
    words = query.split()[:12]
    hits = list(_pages(request, words))
    for function in _providers:
        if len(hits) >= LIMIT:
            break
        hits.extend(function(request, words))
    return [one if one.form else replace(one, url=f"{one.url}{CONTENT}") for one in hits[:LIMIT]]


def matches(words: Sequence[str], *texts: object) -> bool:
    """Whether every typed word occurs in one of the texts."""
    text = " ".join(str(part) for part in texts).lower()
    return all(word.lower() in text for word in words)


def _pages(request: HttpRequest, words: Sequence[str]) -> Iterable[Hit]:
    for section in nav.build(request).sections:
        for item in section.items:
            if matches(words, item.title, section.title):
                yield Hit(title=item.title, url=item.url, detail=section.title, icon=item.icon)
