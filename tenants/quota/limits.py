"""Changing how much a tenant may use; `ledger.limits_of` reads it."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils.translation import gettext as _

from portal.errors import Refused
from tenants.quota import ledger, records
from tenants.quota.arithmetic import Usage, check_usage
from tenants.quota.dimensions import DIMENSIONS, human
from tenants.quota.values import Limit


@transaction.atomic
def set_limits(tenant_id: uuid.UUID, *, limits: Usage) -> dict[str, int]:
    """Change limits; those not named stay; the stops in the tenant's namespaces follow.

    Refused, all of it, when one would fall below what is in use.
    """
    check_usage(limits)
    used = ledger.lock(tenant_id)
    below = [name for name, amount in limits.items() if amount < used[name]]
    if below:
        raise Refused(
            _("In use is more than that: {lines}. Free some of it first.").format(
                lines="; ".join(f"{DIMENSIONS[name].label} {human(name, used[name])}" for name in sorted(below))
            ),
            code="limit_below_use",
        )
    records.set_limits(tenant_id, {name: Limit(amount) for name, amount in limits.items()})
    return ledger.limits_of(tenant_id)
