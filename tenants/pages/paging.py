"""Paging of lists that are sorted by name: a page starts after a name, so its cost does not grow with its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest

PAGE = 50
LONGEST_QUERY = 100


@dataclass(frozen=True)
class Page:
    """`next` is the query string of the following page, empty on the last; `query` is what was searched for."""

    rows: Sequence[Any]
    query: str
    next: str


def page_by_name(rows: QuerySet[Any], request: HttpRequest, *, size: int = PAGE) -> Page:
    """One page of rows with a `name` and a `title`, searched by `?q=`, starting after `?after=`."""
    query = _parameter(request, "q")
    if query:
        rows = rows.filter(Q(name__icontains=query) | Q(title__icontains=query))
    found = list(rows.filter(name__gt=_parameter(request, "after")).order_by("name")[: size + 1])
    more = {"q": query, "after": found[size - 1].name} if len(found) > size else {}
    return Page(rows=found[:size], query=query, next=urlencode({key: text for key, text in more.items() if text}))


def page_by_user_name(rows: QuerySet[Any], request: HttpRequest, *, size: int = PAGE) -> Page:
    """The same of people, searched by user name, name and mail address."""
    query = _parameter(request, "q")
    if query:
        named = Q(username__icontains=query) | Q(email__icontains=query)
        rows = rows.filter(named | Q(first_name__icontains=query) | Q(last_name__icontains=query))
    found = list(rows.filter(username__gt=_parameter(request, "after")).order_by("username")[: size + 1])
    more = {"q": query, "after": found[size - 1].username} if len(found) > size else {}
    return Page(rows=found[:size], query=query, next=urlencode({key: text for key, text in more.items() if text}))


def _parameter(request: HttpRequest, name: str) -> str:
    # PostgreSQL takes no NUL in a text.
    return request.GET.get(name, "")[:LONGEST_QUERY].replace("\x00", "").strip()
