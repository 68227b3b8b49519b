"""Founding a tenant: its row and the groups of its roles."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from portal.errors import Conflict, Invalid
from tenants.models import Tenant
from tenants.models.tenant import check_name
from tenants.roles import prepare_groups


@transaction.atomic
def found(name: str, *, title: str) -> Tenant:
    """Make a tenant. Raises Invalid for a name that cannot be one, Conflict for one that is taken."""
    try:
        check_name(name)
    except ValidationError as error:
        raise Invalid(error.messages[0], fields={"name": list(error.messages)}) from error
    if Tenant.objects.filter(name=name).exists():
        raise Conflict(_("There is a tenant {name} already. Choose another name.").format(name=name))
    tenant = Tenant.objects.create(name=name, title=title)
    prepare_groups(tenant)
    return tenant
