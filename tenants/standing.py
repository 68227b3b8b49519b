"""How a cluster is, for people: what its agent said last, and what keeps releases off, as checks and releases found.
Pure.

A cluster that answers and may be looked at is `ready`, also where nothing can be deployed; then this says `short`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

READY, SHORT = "ready", "short"
# Troubles of an account that a check is sure of, see `releases.clusters.accounts`.
_SURE = ("gone", "lacking")
_NAMED = 3


@dataclass(frozen=True)
class Standing:
    """`state` is that of the cluster, or `short`; `why` a sentence with the next step, blank where there is none."""

    state: str
    why: str


def short_since(report: Mapping[str, Any]) -> str:
    """When it was found that nothing can be deployed, in ISO 8601: an account that a release missed may have been found
    after the last check. Blank where nobody wrote it down.
    """
    accounts = (report.get("accounts") or {}).values()
    found = [str(one["seen_at"]) for one in accounts if one.get("trouble") in _SURE and one.get("seen_at")]
    return min(found, default=str(report.get("checked_at") or ""))


def standing_of(state: str, reason: str, report: Mapping[str, Any], *, tenant: str | None = None) -> Standing:
    """From a cluster's state, its reason and its capabilities; to a tenant only what keeps that tenant's releases."""
    if state != READY:
        return Standing(state, reason)
    accounts: Mapping[str, Any] = report.get("accounts") or {}
    hurt = sorted(name for name, one in accounts.items() if one.get("trouble") in _SURE)
    if tenant is not None:
        return Standing(SHORT, _of_tenant(tenant)) if {tenant, ""} & {*hurt} else Standing(state, reason)
    said = [*_of_sign_in(report.get("refused") or ""), *_of_access(report.get("lacks") or ()), *_of_accounts(hurt)]
    return Standing(SHORT, " ".join(said)) if said else Standing(state, reason)


def may_deploy(report: Mapping[str, Any], tenant: str) -> bool:
    """Whether the account by which a tenant's apps are deployed was well, as far as anybody has found out."""
    found = (report.get("accounts") or {}).get(tenant) or {}
    return found.get("trouble") not in _SURE


def _of_tenant(tenant: str) -> str:
    sentence = _("Slipway may not deploy here for {tenant}. Ask a platform operator to mend it.")
    return sentence.format(tenant=tenant)


def _of_sign_in(words: str) -> list[str]:
    if not words:
        return []
    sentence = _(
        "The last check could not sign in with the account of the kubeconfig: {words} No tenant can be made ready."
    )
    return [sentence.format(words=words)]


def _of_access(lacks: Sequence[str]) -> list[str]:
    if not lacks:
        return []
    sentence = _(
        "The last check found that Slipway's account there may not {rights}: no tenant can be made ready. Give it "
        "these rights, then check again."
    )
    return [sentence.format(rights=_some(lacks))]


def _of_accounts(hurt: Sequence[str]) -> list[str]:
    said = []
    if tenants := [one for one in hurt if one]:
        sentence = _(
            "Slipway found that nothing can be deployed there for {tenants}: its account for that is gone, or may no "
            "longer do its work. Make the cluster ready again for them."
        )
        said.append(sentence.format(tenants=_some(tenants)))
    if "" in hurt:
        said.append(_("Slipway found that it may not look at what runs there. Make the cluster ready again."))
    return said


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    told = ", ".join(names[:_NAMED])
    return _("{some} and {count} more").format(some=told, count=more) if more > 0 else told
