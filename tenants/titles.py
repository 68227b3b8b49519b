"""Titles of tenants: people choose by them, so no two look the same."""

from __future__ import annotations

from django.db import connection
from django.utils.translation import gettext as _

from portal.errors import Refused
from portal.spelling import as_seen
from tenants.models import Tenant
from tenants.values import check_title

# Whoever gives a tenant its title takes turns by this number: each checks what the other wrote.
_TURN = 0x51_1F_0A_0E


def check_title_of_tenant(title: str, *, own: str = "") -> None:
    """Refused for a title that cannot be read, and one that looks like another tenant's; `own` is whose it shall be.

    For platform operators, who see every tenant.
    """
    for name, other in Tenant.objects.exclude(name=own).order_by("name").values_list("name", "title"):
        if as_seen(other) == as_seen(title):
            sentence = _("The tenant {name} has a title that looks like this one. Choose another title.")
            raise Refused(sentence.format(name=name), field="title")
    check_title(title)


def check_anew(title: str, *, own: str = "") -> None:
    """The same in the transaction that writes the title, once whoever gives another tenant its title is through."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])
    check_title_of_tenant(title, own=own)
