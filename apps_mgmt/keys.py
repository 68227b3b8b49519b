"""Which keys the stored secrets are sealed with, and sealing all of them with the newest one.

The order that loses nothing: put a new key first in `SLIPWAY_KEYS`, start everything again, rotate, and take the old
key out when it is in use no longer.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps_mgmt import secrets
from apps_mgmt.models import SecretVersion
from portal.audit.wording import register_sentence
from portal.crypto import key_id_of
from tenants.accounts import factors
from tenants.clusters import credentials
from tenants.models import Cluster

BATCH = 500
ROTATE = "keys.rotate"


def register() -> None:
    register_sentence(ROTATE, _("sealed {count} secrets with the key {key}"), title=_("Change the key"))


def in_use() -> Counter[str]:
    """How many secrets, cluster credentials and second factors there are per key id."""
    return Counter(key_id_of(sealed) for sealed in _sealed())


def rotate() -> int:
    """Seal everything with the first key; how many were sealed anew. Goes on where an earlier one was cut off.

    Raises PlatformError, with what came before kept, when something was sealed with a key that is not there.
    """
    versions = sum(map(_secrets_from, list(_starts())))
    held = sum(map(_cluster, list(Cluster.objects.values_list("pk", flat=True))))
    return versions + held + factors.reseal_all()


def _starts() -> Iterator[int]:
    """The ids of the first secret version of every batch."""
    ids = SecretVersion.objects.order_by("pk").values_list("pk", flat=True)
    return (pk for place, pk in enumerate(ids.iterator()) if place % BATCH == 0)


@transaction.atomic
def _secrets_from(first: int) -> int:
    changed = []
    for row in SecretVersion.objects.select_for_update().filter(pk__gte=first).order_by("pk")[:BATCH]:
        sealed = secrets.reseal(row)
        if sealed != row.sealed:
            row.sealed = sealed
            changed.append(row)
    SecretVersion.objects.bulk_update(changed, ["sealed"])
    return len(changed)


@transaction.atomic
def _cluster(pk: uuid.UUID) -> int:
    cluster = Cluster.objects.select_for_update().get(pk=pk)
    before = cluster.credentials
    after = {role: credentials.reseal(text, cluster_id=cluster.pk, role=role) for role, text in before.items()}
    changed = sum(before[role] != text for role, text in after.items())
    if changed:
        cluster.credentials = after
        cluster.save(update_fields=["credentials"])
    return changed


def _sealed() -> Iterator[str]:
    yield from SecretVersion.objects.values_list("sealed", flat=True).iterator()
    for held in Cluster.objects.values_list("credentials", flat=True):
        yield from held.values()
    yield from factors.sealed()
