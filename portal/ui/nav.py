"""The side navigation: rooms above register providers, the layout draws what they return for this request.

A provider is called once per rendered page, so it should cost at most a query, and one more for what it follows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise

Text = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A link of the navigation. `icon` is a lucide name; `count` is shown where it is not None.

    With a `count_url`, which answers with `components/nav_count.html`, it is fetched again when `count_topic` moves.
    `also` are addresses that belong to it without lying under its own.
    """

    title: Text
    url: str
    icon: str
    count: int | None = None
    count_url: str = ""
    count_topic: str = ""
    exact: bool = False
    also: Sequence[str] = ()
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled group; the first one carries no visible title. Sections are drawn by rising `order`."""

    items: Sequence[Item]
    title: Text = ""
    label: Text = ""
    order: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A tenant (or the platform) that the person can switch to."""

    name: str
    title: str
    url: str
    current: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one provider adds. `notice` is what holds for all that the page is part of; blank for nothing.

    `live` are the topics, and their versions, that the navigation itself follows.
    """

    sections: Sequence[Section] = ()
    places: Sequence[Place] = ()
    notice: str = ""
    live: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Nav:
    """What the console layout draws."""

    sections: list[Section] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    notice: str = ""
    live: list[dict[str, Any]] = field(default_factory=list)

    @property
    def place(self) -> Place | None:
        return next((place for place in self.places if place.current), None)


Provider = Callable[[HttpRequest], Contribution]
_providers: list[Provider] = []


def provider(function: Provider) -> Provider:
    """Register a provider; call it from `AppConfig.ready` or a module imported there."""
    if function not in _providers:
        _providers.append(function)
    return function


def build(request: HttpRequest) -> Nav:
    """The navigation of this request, with the item of the present page marked as current."""
    nav = Nav()
    for function in _providers:
        contribution = function(request)
        nav.sections.extend(contribution.sections)
        nav.places.extend(contribution.places)
        nav.live += [{"topic": topic, "version": version} for topic, version in contribution.live.items()]
        nav.notice = nav.notice or contribution.notice
    nav.sections.sort(key=lambda section: section.order)
    current = _current(request.path, nav.sections)
    nav.sections = [
        replace(section, items=[replace(item, current=item.url == current) for item in section.items])
        for section in nav.sections
    ]
    return nav


def _current(path: str, sections: Sequence[Section]) -> str:
    """The longest url that the path lies under; an `exact` item matches its own page only."""
    urls = [
        item.url
        for section in sections
        for item in section.items
        if path == item.url or (not item.exact and path.startswith(item.url)) or path.startswith(tuple(item.also))
    ]
    return max(urls, key=len, default="")
