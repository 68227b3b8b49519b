"""What Ctrl-K finds to do to a tenant, a cluster or the platform: the forms, filled in by further words.

A tenant or cluster that the words name is the one that is meant; else the one on whose page they were typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from apps_mgmt.models import App
from portal import access
from portal.access import Actor
from portal.access.permissions import PLATFORM as OVER_ALL
from portal.access.permissions import PLATFORM_CLUSTERS, PLATFORM_QUOTA, PLATFORM_TENANTS
from portal.access.ref import CLUSTER, PLATFORM, TENANT
from portal.operations.operation import Operation
from portal.operations.subject import adapter_of
from portal.ui.palette import Hit
from releases.pages.going_filled import Lists, filled, unused
from releases.pages.going_place import front_of
from releases.pages.going_words import meant, spans, without
from tenants.models import Cluster, Tenant
from tenants.pages.navigation import places_of

MOST_HITS = 8
_OVER = {TENANT: frozenset({PLATFORM_TENANTS, PLATFORM_QUOTA}), CLUSTER: frozenset({PLATFORM_CLUSTERS})}
Meant = list[tuple[type[Operation], list[str]]]
Thing = TypeVar("Thing", App, Tenant, Cluster)


def find_forms(request: HttpRequest, words: Sequence[str]) -> list[Hit]:
    """What a person may do to tenants, clusters and the platform: `member.add bob developer`, `quota.set boutique`."""
    if not request.user.is_authenticated or not words:
        return []
    actor = Actor.of_request(request)
    hits = [*_own(request, actor, words), *_over(request, actor, words, Tenant, TENANT)]
    hits += _over(request, actor, words, Cluster, CLUSTER)
    for operation, behind in meant(words, subject=PLATFORM):
        if operation.permission in access.platform_rights(actor):
            hits.append(form_hit(operation, reverse("platform-operation", args=[operation.name]), behind))
    return hits[:MOST_HITS]


def form_hit(
    operation: type[Operation],
    url: str,
    words: Sequence[str],
    *,
    pickers: Lists | None = None,
    app: str = "",
    detail: str = "",
) -> Hit:
    """The form of an operation as it is offered, filled in with words; those that it cannot take are told."""
    values = filled(operation, words, pickers=pickers or {}) if words else {}
    address = f"{url}?{urlencode(values, doseq=True)}" if values else url
    over = unused(operation, words, values) if words else []
    missed = _("not understood: {words}").format(words=" ".join(over)) if over else ""
    detail = " · ".join(filter(None, (detail, missed)))
    return Hit(title=said(app, operation, values), url=address, detail=detail, icon=operation.icon, form=True)


def said(app: str, operation: type[Operation], values: Mapping[str, Any]) -> str:
    """The operation with what its form is filled with."""
    words = [word for one in values.values() for word in (one if isinstance(one, list) else [one])]
    return " ".join([*([app] if app else []), str(operation.title), *words])


def called(rows: QuerySet[Thing], words: Sequence[str]) -> list[Thing]:
    """Those of which one word is the name; else those of which words one behind the other are the title."""
    lower = [word.lower() for word in words]
    either: Q = Q(name__in=lower) | Q(called__in=spans(words))
    found: list[Thing] = [*rows.alias(called=Lower("title")).filter(either).order_by("name")[: 2 * MOST_HITS]]
    return ([one for one in found if one.name in lower] or found)[:MOST_HITS]


def _own(request: HttpRequest, actor: Actor, words: Sequence[str]) -> list[Hit]:
    """What members may do to their tenants; to the one whose page it is first."""
    lower, own, front = [word.lower() for word in words], places_of(actor), front_of(request, TENANT)
    named = [one for one in own if one.name in lower] or [one for one in own if one.title.lower() in spans(words)]
    hits = []
    for tenant in named or sorted(own, key=lambda one: one.name != front):
        given = [one for one in _meant(words, tenant, TENANT, named) if one[0].permission not in OVER_ALL]
        held = access.rights(actor, tenant_id=tenant.pk) if given else frozenset()
        hits += _forms(tenant, TENANT, [one for one in given if one[0].permission in held], alone=True)
    return hits


def _over(request: HttpRequest, actor: Actor, words: Sequence[str], model: type[Thing], kind: str) -> list[Hit]:
    """What a right over the platform allows to do to tenants, or to clusters."""
    rights = access.platform_rights(actor) & _OVER[kind]
    if not rights:
        return []
    rows = access.visible(actor, model, min(rights))
    named = called(rows, words)
    things = named or (_near(rows, front_of(request, kind)) if any(meant(words, subject=kind)) else [])
    hits = []
    for one in things:
        given = [each for each in _meant(words, one, kind, named) if each[0].permission in rights]
        hits += _forms(one, kind, given, alone=len(things) == 1)
    return hits


def _near(rows: QuerySet[Thing], front: str) -> list[Thing]:
    """The one whose page it is; on any other page the first by name."""
    return list(rows.filter(name=front)) if front else list(rows.order_by("name")[:MOST_HITS])


def _meant(words: Sequence[str], thing: Thing, kind: str, named: Sequence[Thing]) -> Meant:
    rest = without(words, name=thing.name, title=thing.title) if named else list(words)
    return list(meant(rest, subject=kind))


def _forms(thing: Thing, kind: str, given: Meant, *, alone: bool) -> list[Hit]:
    """These forms of it; `alone`: with what can be chosen in them, which is read for it."""
    hits = []
    for operation, behind in given:
        pickers = adapter_of(kind).pickers(thing) if alone and behind else {}
        url = reverse(f"{kind}-operation", args=[thing.name, operation.name])
        hits.append(form_hit(operation, url, behind, pickers=pickers, detail=thing.title or thing.name))
    return hits
