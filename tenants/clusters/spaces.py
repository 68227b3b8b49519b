"""Namespaces of tenants: what their own are called, and which ones nobody can be given. Pure."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from portal.errors import Refused

OWN = "slipway-"
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def own_namespace(tenant: str) -> str:
    """The namespace that a tenant gets where an operator names no other."""
    return f"{OWN}{tenant}"


def check_namespace(name: str, *, tenant: str, field: str = "namespace") -> None:
    """Raise Refused unless a tenant may be given the namespace of that name.

    Never one of the cluster itself: whoever writes there can become anybody. Never another tenant's own, which that
    tenant would get as soon as it is let in.
    """
    if not _LABEL.fullmatch(name):
        sentence = _("{name} cannot be a namespace: lower-case letters, digits and hyphens, at most 63.")
        raise Refused(sentence.format(name=name[:80]), field=field)
    if name == "kube" or name.startswith("kube-"):
        sentence = _("The namespace {name} belongs to the cluster itself. Choose one in which only the tenant works.")
        raise Refused(sentence.format(name=name), field=field)
    if name == OWN.rstrip("-"):
        sentence = _("In the namespace {name} Slipway has its own account. Choose another one.")
        raise Refused(sentence.format(name=name), field=field)
    if name.startswith(OWN) and name != own_namespace(tenant):
        sentence = _("Namespaces that begin with {start} are kept for the tenant named after it. Choose another one.")
        raise Refused(sentence.format(start=OWN), field=field)
