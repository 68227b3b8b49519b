"""Clusters of which nothing is heard, in words for whoever is about to do something there."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tenants.models import Cluster


def of_tenant(tenant_id: uuid.UUID) -> list[Cluster]:
    """Those of a tenant's clusters that do not answer, or do not let Slipway look, by name."""
    return list(Cluster.objects.filter(grants__tenant_id=tenant_id, state__in=Cluster.UNSEEN).order_by("name"))


def warnings(clusters: Iterable[Cluster], *, names: Collection[str]) -> list[str]:
    """A sentence for each of them that has one of these names and is not heard of: since when, why, and what that means
    for a release.
    """
    found = [one for one in clusters if one.name in names and one.state in Cluster.UNSEEN]
    return [_sentence(one) for one in found]


def _sentence(cluster: Cluster) -> str:
    if cluster.state == Cluster.State.BLIND:
        sentence = _("Slipway may not look at what runs on {cluster} ({since}).")
        waits = _("What is to be done there waits until it may; a step whose time runs out before that fails.")
    else:
        sentence = _("{cluster} does not answer ({since}).")
        waits = _("What is to be done there waits until it does; a step whose time runs out before that fails.")
    time = date_format(timezone.localtime(cluster.state_since), "DATETIME_FORMAT")
    since = _("since {time}: {why}") if cluster.state_reason else _("since {time}")
    said = since.format(time=time, why=cluster.state_reason.rstrip("."))
    return " ".join([sentence.format(cluster=cluster.name, since=said), waits])
