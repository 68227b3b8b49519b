"""Restricted clusters: deploying there takes a second right, beside the one of the operation."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from portal import access
from portal.access import Actor
from portal.access.permissions import RELEASE_APPROVE, SENTENCES
from portal.errors import Forbidden, NeedsRight
from tenants.models import Cluster, TenantCluster

Found = Mapping[str, str]
"""Restricted clusters, each with the reason, by name."""


def of_tenant(tenant_id: uuid.UUID) -> Found:
    """The restricted ones of a tenant's clusters."""
    rows = Cluster.objects.filter(grants__tenant_id=tenant_id).exclude(restricted="").order_by("name")
    return dict(rows.values_list("name", "restricted"))


def of_grants(grants: Iterable[TenantCluster]) -> Found:
    """The same, where the tenant's grants were read already."""
    return {one.cluster.name: one.cluster.restricted for one in grants if one.cluster.restricted}


def among(found: Found, names: Iterable[str]) -> Found:
    """Those of them that have these names."""
    wanted = set(names)
    return {name: reason for name, reason in found.items() if name in wanted}


def require(actor: Actor, found: Found, *, tenant_id: uuid.UUID, app_id: uuid.UUID) -> None:
    """Pass where none is restricted, or the actor may approve releases of the app; else NeedsRight, with the reason of
    each cluster and who can give the right.
    """
    if not found:
        return
    try:
        access.require(actor, RELEASE_APPROVE, tenant_id=tenant_id, app_id=app_id)
    except Forbidden as error:
        raise NeedsRight(" ".join([*sentences(found), str(error)])) from None


def sentences(found: Found) -> list[str]:
    """That each of them is restricted, and why."""
    return [_is_restricted(*one) for one in found.items()]


def warnings(found: Found) -> list[str]:
    """A sentence for each of them: for previews."""
    sentence = _("Deploying there takes the right {right} ({words}), too.")
    takes = sentence.format(right=RELEASE_APPROVE, words=SENTENCES[RELEASE_APPROVE])
    return [f"{one} {takes}" for one in sentences(found)]


def named(cluster: Cluster) -> str:
    """What a cluster is called where one is chosen."""
    title = cluster.title or cluster.name
    return _("{cluster} (restricted)").format(cluster=title) if cluster.restricted else title


def _is_restricted(name: str, reason: str) -> str:
    return _("The cluster {name} is restricted: {reason}.").format(name=name, reason=reason.rstrip("."))
