"""The filters of the audit log, and paging by key, both along indexes: a page costs the same however long it is."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import DataError, transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from apps_mgmt.models import App
from portal.audit.models import THING, AuditEntry
from portal.errors import Invalid
from releases.log.words import (
    MOST_WORDS,
    NEWEST,
    longer_than_searched,
    more_than_searched,
    older_than_searched,
    with_words,
)
from tenants.models import Tenant, User

NAMES = ("q", "person", "operation", "outcome", "app", "tenant", "object", "last", "since", "until")
LONGEST = 100
MOST_DAYS = 36_500
_NOBODY = "anonymous"  # as the log calls whoever did not say who they are
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_COLUMNS = {"operation": "operation", "outcome": "outcome", "object": "subject_id"}


def filters_in(query: Mapping[str, str]) -> dict[str, str]:
    """All filters as they were given, those that were not as ""; so much of each that `left_out` knows it is longer."""
    return {name: query.get(name, "").replace("\0", "").strip()[: LONGEST + (name == "q")] for name in NAMES}


def wrong(filters: Mapping[str, str], *, before: str = "", after: str = "") -> dict[str, str]:
    """A sentence for each filter, and for each place to go on from, that is none: by its name."""
    found = {}
    if filters["last"] and _days(filters["last"]) is None:
        found["last"] = _("last has to be a number of days, such as 7.")
    for name in ("since", "until"):
        if filters[name] and _moment(filters[name], end=name == "until") is None:
            found[name] = _("{name} has to be a day or a moment, such as 2026-03-02.").format(name=name)
    for name, place in (("before", before), ("after", after)):
        if place and _place(place) is None:
            found[name] = _("{name} has to be what the page before named. Begin again without it.").format(name=name)
    return found


def refuse_wrong(filters: Mapping[str, str], *, before: str = "") -> None:
    """Raise Invalid for what `wrong` finds."""
    if found := wrong(filters, before=before):
        fields = {name: [sentence] for name, sentence in found.items()}
        raise Invalid(next(iter(found.values())), fields=fields)


def refuse_untakable(rows: QuerySet[AuditEntry]) -> None:
    """Raise Invalid where the database cannot take a filter of these rows: it is asked for one of them."""
    try:
        with transaction.atomic():
            rows.exists()
    except DataError:
        raise Invalid(_("The log cannot be searched with these filters. Change or leave out one of them.")) from None


def filtered(rows: QuerySet[AuditEntry], filters: Mapping[str, str], *, tenant: Tenant | None) -> QuerySet[AuditEntry]:
    """The entries that all filters let through; what is no time lets all through (see `wrong`).

    People are found by user name or full name, apps by name or title, whatever the case; of `tenant`, whose log it is,
    its own apps alone, so that no title of another one's is told.

    `last` is a number of days, back from now. `since` and `until` are days (both included) or moments in ISO 8601, in
    UTC where they name no zone.
    """
    for name, column in _COLUMNS.items():
        if filters[name]:
            rows = rows.filter(**{column: filters[name]})
    if filters["person"]:
        rows = rows.filter(actor_name__in=_people(filters["person"]))
    if filters["app"]:
        rows = rows.alias(thing=THING).filter(thing__in=_apps(filters["app"], tenant))
    if filters["tenant"]:
        rows = rows.filter(_of_tenant(filters["tenant"]))
    days = _days(filters["last"])
    if days is not None:
        rows = rows.filter(at__gte=timezone.now() - days)
    since, until = (_moment(filters[name], end=name == "until") for name in ("since", "until"))
    if since:
        rows = rows.filter(at__gte=since)
    rows = rows.filter(at__lt=until) if until else rows
    # Last: an address is searched among the newest that the others let through.
    return with_words(rows, filters["q"][:LONGEST]) if filters["q"] else rows


def left_out(rows: QuerySet[AuditEntry], filters: Mapping[str, str], *, tenant: Tenant | None) -> str:
    """A sentence where a search for words can miss some: entries longer than what the database searches of each, and
    older ones where it is for an address; and where only some of the words are searched.
    """
    if not filters["q"]:
        return ""
    found, sentences = filtered(rows, {**filters, "q": ""}, tenant=tenant), []
    if len(filters["q"]) > LONGEST or more_than_searched(filters["q"]):
        sentence = _("Of the text the first {words} words are searched, and no more than {letters} characters.")
        sentences.append(sentence.format(words=MOST_WORDS, letters=LONGEST))
    if found.filter(longer_than_searched()).exists():
        sentence = _(
            "Of very long entries the first 200,000 characters are searched: what stands behind them is not found."
        )
        sentences.append(sentence)
    if older_than_searched(found, filters["q"]):
        sentence = _("An address is searched in the newest {number} entries: to find it in older ones, say until when.")
        sentences.append(sentence.format(number=f"{NEWEST:,}"))
    return " ".join(sentences)


@dataclass(frozen=True)
class Page:
    """Some entries, the newest first; `newer` and `older` are the places to go on from, "" at an end."""

    rows: list[AuditEntry]
    newer: str
    older: str


def page_of(rows: QuerySet[AuditEntry], *, before: str = "", after: str = "", size: int) -> Page:
    """The entries older than `before`, or the nearest that are newer than `after`; the newest without either.

    What is no place of an entry is left out (see `wrong`).
    """
    older, newer = _place(before), _place(after)
    if newer:
        at, pk = newer
        rows = rows.filter(at__gte=at).exclude(at=at, pk__lte=pk)
        found = list(rows.order_by("at", "pk")[: size + 1])
        shown = found[:size][::-1]
        return _as_page(shown, newer=len(found) > size, older=True)
    if older:
        at, pk = older
        rows = rows.filter(at__lte=at).exclude(at=at, pk__gte=pk)
    found = list(rows.order_by("-at", "-pk")[: size + 1])
    return _as_page(found[:size], newer=bool(older), older=len(found) > size)


def place_of(entry: AuditEntry) -> str:
    """Where an entry stands, as text for addresses: microseconds and id."""
    return f"{(entry.at - _EPOCH) // datetime.timedelta(microseconds=1)}-{entry.pk}"


def _as_page(rows: list[AuditEntry], *, newer: bool, older: bool) -> Page:
    if not rows:
        return Page([], "", "")
    return Page(rows, place_of(rows[0]) if newer else "", place_of(rows[-1]) if older else "")


def _place(text: str) -> tuple[datetime.datetime, int] | None:
    found = re.fullmatch(r"([0-9]{1,17})-([0-9]{1,18})", text)
    return (_EPOCH + datetime.timedelta(microseconds=int(found[1])), int(found[2])) if found else None


def _of_tenant(name: str) -> Q:
    """By the id, which has the index; by name for a tenant that is gone."""
    ids = list(Tenant.objects.filter(name=name).values_list("pk", flat=True))
    return Q(tenant_id=ids[0]) if ids else Q(tenant_name=name)


def _people(text: str) -> list[str]:
    """The user names, as the log has them, that are meant."""
    full = Concat("first_name", Value(" "), "last_name")
    found = User.objects.alias(full=full).filter(Q(username__iexact=text) | Q(full__iexact=" ".join(text.split())))
    names = {text, *found.values_list("username", flat=True)}
    return sorted(names | ({""} if text.lower() == _NOBODY else set()))


def _apps(text: str, tenant: Tenant | None) -> list[str]:
    """The names of the apps that are meant."""
    found = App.objects.filter(title__iexact=" ".join(text.split()))
    if tenant is not None:
        found = found.filter(tenant=tenant)
    return sorted({text, text.lower(), *found.values_list("name", flat=True)})


def _days(text: str) -> datetime.timedelta | None:
    """So many days; None for what is no such number."""
    number = int(text) if re.fullmatch(r"[0-9]{1,5}", text) else 0
    return datetime.timedelta(days=number) if 1 <= number <= MOST_DAYS else None


def _moment(text: str, *, end: bool) -> datetime.datetime | None:
    """The moment that a day begins with, or (`end`) ends with; a moment as it is; all in UTC, as the database takes no
    offset of 16 hours or more. None for anything else, and for what has no year in UTC.
    """
    try:
        day, moment = parse_date(text), parse_datetime(text)
    except ValueError:
        return None
    if day is not None:
        # The last year there is has no day after it.
        usable = day.year < datetime.MAXYEAR
        moment = datetime.datetime.combine(day, datetime.time()) + datetime.timedelta(days=int(end)) if usable else None
    if moment is None or moment.tzinfo is None:
        return moment and moment.replace(tzinfo=datetime.UTC)
    try:
        return moment.astimezone(datetime.UTC)
    except OverflowError:
        return None
