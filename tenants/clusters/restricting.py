"""Restricted clusters: deploying there takes a second right, beside the one of the operation."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.utils.translation import gettext as _

from portal import access
from portal.access import Actor
from portal.access.permissions import RELEASE_APPROVE, SENTENCES
from portal.errors import Forbidden, NeedsRight
from tenants.models import Cluster


def restricted(names: Iterable[str]) -> dict[str, str]:
    """Those of these clusters that are restricted, each with the reason, by name."""
    rows = Cluster.objects.filter(name__in=set(names)).exclude(restricted="").order_by("name")
    return dict(rows.values_list("name", "restricted"))


def require(actor: Actor, names: Iterable[str], *, tenant_id: uuid.UUID, app_id: uuid.UUID) -> None:
    """Pass where none of these clusters is restricted, or the actor may approve releases of the app; else NeedsRight,
    with the reason of each and who can give the right.
    """
    found = restricted(names)
    if not found:
        return
    try:
        access.require(actor, RELEASE_APPROVE, tenant_id=tenant_id, app_id=app_id)
    except Forbidden as error:
        raise NeedsRight(" ".join([*(_is_restricted(*one) for one in found.items()), str(error)])) from None


def warnings(names: Iterable[str]) -> list[str]:
    """A sentence for each of these clusters that is restricted: for previews."""
    sentence = _("Deploying there takes the right {right} ({words}), too.")
    takes = sentence.format(right=RELEASE_APPROVE, words=SENTENCES[RELEASE_APPROVE])
    return [f"{_is_restricted(*one)} {takes}" for one in restricted(names).items()]


def named(cluster: Cluster) -> str:
    """What a cluster is called where one is chosen."""
    title = cluster.title or cluster.name
    return _("{cluster} (restricted)").format(cluster=title) if cluster.restricted else title


def _is_restricted(name: str, reason: str) -> str:
    return _("The cluster {name} is restricted: {reason}.").format(name=name, reason=reason.rstrip("."))
