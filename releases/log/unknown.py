"""Filters of the log with a value that nothing in it can have: a list without entries would not say so."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from portal.audit.models import AuditEntry
from portal.audit.wording import titles
from portal.errors import Invalid
from portal.operations import registry
from tenants.models import Tenant

OUTCOMES = (AuditEntry.DONE, AuditEntry.REFUSED, AuditEntry.FAILED)
MOST_NAMED = 20


def refuse_unknown(rows: QuerySet[AuditEntry], filters: Mapping[str, str], *, tenant: Tenant | None) -> None:
    """Raise Invalid, with the values there are, for an outcome, an operation or a tenant that there is not, and that
    none of `rows` has; of `tenant`, whose log it is, that alone is one, so that no other one is told of.
    """
    ways = {
        "outcome": _of_outcome(filters["outcome"]),
        "operation": _of_operation(rows, filters["operation"]),
        "tenant": _of_tenant(rows, filters["tenant"], tenant),
    }
    if found := {name: [sentence] for name, sentence in ways.items() if sentence}:
        raise Invalid(next(iter(found.values()))[0], fields=found)


def _of_outcome(outcome: str) -> str:
    if not outcome or outcome in OUTCOMES:
        return ""
    return _("outcome has to be one of {known}.").format(known=", ".join(OUTCOMES))


def _of_operation(rows: QuerySet[AuditEntry], operation: str) -> str:
    registry.discover()
    known = titles()
    # Entries of an earlier time can have one that there is no more.
    if not operation or operation in known or rows.filter(operation=operation).exists():
        return ""
    meant = operation.lower()
    near = difflib.get_close_matches(meant, known, n=3)
    near += [name for name, title in sorted(known.items()) if meant in f"{name} {title}".lower() and name not in near]
    if near:
        sentence = _("There is no operation {name}. Did you mean {near}?")
        return sentence.format(name=operation, near=", ".join(near[:MOST_NAMED]))
    return _("There is no operation {name}. `manage.py operations` lists them all.").format(name=operation)


def _of_tenant(rows: QuerySet[AuditEntry], name: str, own: Tenant | None) -> str:
    if not name or (own is not None and name == own.name):
        return ""
    if own is not None:
        return _("tenant has to be {name}: this is its log.").format(name=own.name)
    if Tenant.objects.filter(name=name).exists() or rows.filter(tenant_name=name).exists():
        return ""
    known = list(Tenant.objects.order_by("name").values_list("name", flat=True))
    more = [_("{number} more").format(number=len(known) - MOST_NAMED)] if len(known) > MOST_NAMED else []
    return _("tenant has to be one of {known}.").format(known=", ".join([*known[:MOST_NAMED], *more]))
