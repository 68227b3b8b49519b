"""Whether the accounts that provision releases made on a cluster are still there, and may do what they are made for.

What counts is what the cluster lets them do, whoever took it from them and however. Asked as the accounts themselves,
with a token each (SelfSubjectRulesReview); the objects that give the rights are not looked at.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps_mgmt.rendering import tenancy
from portal.errors import SlipwayError
from releases.clusters.rules import lacking, short
from releases.gateway import AccessRefused, NotPrepared
from releases.gateway.client import Client
from releases.gateway.minting import mint
from releases.models import Provision
from tenants.clusters import DEPLOYER, OBSERVER, PROVISIONER, Connection, connection_to, mark
from tenants.models import Cluster

GONE, LACKING, UNKNOWN = "gone", "lacking", "unknown"
STATES = (GONE, LACKING, UNKNOWN)
LOOK_SECONDS = 10.0
_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"

Trouble = Mapping[str, Any]


@dataclass(frozen=True)
class Account:
    """An account of Slipway's on a cluster; `tenant` is blank for the one that watches."""

    name: str
    namespace: str
    tenant: str
    rules: Sequence[Mapping[str, Any]]

    @property
    def title(self) -> str:
        return f"{self.namespace}/{self.name}"


def troubles(cluster_id: uuid.UUID, *, seconds: float) -> dict[str, Trouble]:
    """By tenant, blank for Slipway's own part: `{account, trouble, lacks: ["list pods", …], why}` of each account with
    which something is wrong. `trouble` is `gone`, `lacking`, or `unknown`: it could not be asked, and `why` tells it.

    Accounts that no provision release has made yet are none of it. Reads the database, and asks the cluster.
    """
    until = time.monotonic() + seconds
    cluster = Cluster.objects.get(pk=cluster_id)
    found: dict[str, Trouble] = {}
    made = [(connection_to(cluster, role, otherwise=PROVISIONER), role, one) for role, one in _made(cluster)]
    asked = [(provisioner, one) for provisioner, role, one in made if provisioner.role != role]
    for place, (provisioner, account) in enumerate(asked):
        left = until - time.monotonic()
        trouble = _look(provisioner, account, seconds=left) if left > 0 else _unasked(len(asked) - place)
        if trouble:
            found[account.tenant] = {"account": account.title, "lacks": [], "why": "", **trouble}
        if left <= 0:
            break
    return found


def look_again(cluster_id: uuid.UUID, tenant: str, *, seconds: float = LOOK_SECONDS) -> bool:
    """Note what is wrong with a tenant's account that a release could not use, as a check would: who looks at the
    cluster would read that it is ready. True when that was not known. Reads and writes the database, and asks the
    cluster.
    """
    cluster = Cluster.objects.get(pk=cluster_id)
    account = next((one for _role, one in _made(cluster) if one.tenant == tenant), None)
    if account is None:
        return False
    provisioner = connection_to(cluster, DEPLOYER, otherwise=PROVISIONER)
    trouble = _look(provisioner, account, seconds=seconds) if provisioner.role != DEPLOYER else {}
    if not trouble or trouble["trouble"] == UNKNOWN:
        return False
    with transaction.atomic():
        cluster = Cluster.objects.select_for_update(of=("self",), no_key=True).get(pk=cluster_id)
        known = cluster.capabilities.get("accounts") or {}
        if known.get(tenant, {}).get("trouble") == trouble["trouble"]:
            return False
        # The rest of the last check stays as it was found then.
        at = timezone.now().isoformat(timespec="seconds")
        told = {**known, tenant: {"account": account.title, "lacks": [], "why": "", "seen_at": at, **trouble}}
        Cluster.objects.filter(pk=cluster_id).update(capabilities=cluster.capabilities | {"accounts": told})
    return True


def sentence(tenant: str, trouble: Trouble) -> str:
    """What is wrong with an account, and what to do."""
    account = trouble["account"]
    if trouble["trouble"] == UNKNOWN:
        told = _("Whether the account {account} may do what it is for cannot be asked ({why}).")
        return told.format(account=account, why=trouble["why"].rstrip("."))
    if trouble["trouble"] == GONE:
        told = _("The account {account}, which Slipway made there, is gone.")
    else:
        told = _("The account {account}, which Slipway made there, may no longer {rights}.")
    hurt = _("Nothing is deployed there for {tenant} until it is made ready again.") if tenant else _(
        "Slipway does not see what runs there until the cluster is made ready again."
    )  # fmt: skip
    rights = short(trouble["lacks"])
    return f"{told.format(account=account, rights=rights)} {hurt.format(tenant=tenant)}"


def sentences(report: Mapping[str, Any]) -> list[str]:
    """What a check found, a sentence for each account with which something is wrong."""
    return [sentence(tenant, trouble) for tenant, trouble in sorted((report.get("accounts") or {}).items())]


def summary(report: Mapping[str, Any]) -> str:
    """Whether the accounts are as they should be, in a few words."""
    if (found := report.get("accounts")) is None:
        return _("not known")
    bad = sorted(one["account"] for one in found.values())
    return _("not as they should be: {names}").format(names=", ".join(bad)) if bad else _("as they should be")


def forget(cluster_id: uuid.UUID, tenant: str) -> None:
    """Within the caller's transaction: what was wrong with the account of a tenant, or of Slipway, was mended."""
    cluster = Cluster.objects.select_for_update(of=("self",), no_key=True).get(pk=cluster_id)
    accounts = cluster.capabilities.get("accounts") or {}
    if tenant not in accounts:
        return
    rest = {name: one for name, one in accounts.items() if name != tenant}
    Cluster.objects.filter(pk=cluster_id).update(capabilities=cluster.capabilities | {"accounts": rest})
    if not tenant and cluster.state == Cluster.State.BLIND:
        # A check said so. An agent that kept its watches meanwhile never noticed, and has nothing to take back.
        mark(cluster_id, state=Cluster.State.READY)


def _made(cluster: Cluster) -> Iterator[tuple[str, Account]]:
    """What provision releases have made and tenants may still use, with the role that it is for."""
    done = Provision.objects.filter(cluster=cluster, state=Provision.State.SUCCEEDED)
    places = set(done.values_list("tenant_id", "namespace").distinct())
    if (None, tenancy.SYSTEM) in places:
        yield OBSERVER, Account(tenancy.OBSERVER, tenancy.SYSTEM, "", tenancy.observer_rules())
    for grant in cluster.grants.select_related("tenant").order_by("tenant__name"):
        if (grant.tenant_id, grant.namespace) in places:
            rules = tenancy.deployer_rules()
            yield DEPLOYER, Account(tenancy.DEPLOYER, grant.namespace, grant.tenant.name, rules)


def _look(provisioner: Connection, account: Account, *, seconds: float) -> dict[str, Any]:
    """What is wrong; empty when all is well."""
    try:
        token = mint(provisioner, account.name, account.namespace, seconds=seconds)
        signed = replace(provisioner, token=token.text, client_cert="", client_key="")
        with closing(Client(signed)) as client:
            client.within(seconds)
            short = _short_of(client, account)
    except NotPrepared:
        return {"trouble": GONE}
    except SlipwayError as error:
        return {"trouble": UNKNOWN, "why": str(error)}
    return {"trouble": LACKING, "lacks": short} if short else {}


def _unasked(count: int) -> dict[str, Any]:
    words = ngettext("there was no time for it", "there was no time for it, nor for the others", count)
    return {"trouble": UNKNOWN, "why": words}


def _short_of(client: Client, account: Account) -> list[str]:
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": account.namespace},
    }
    answer = client.json("POST", _REVIEWS, what="SelfSubjectRulesReview", body=body).get("status") or {}
    short = lacking(answer.get("resourceRules") or [], wanted=account.rules)
    if short and answer.get("incomplete"):
        # An authorizer that cannot list what it allows may allow it all the same.
        raise AccessRefused(_("the cluster cannot list what accounts may do there"))
    return short
