"""Tokens of an hour for the accounts that Slipway acts as on a cluster, asked for by the provisioner (TokenRequest).

They are kept in this process's memory alone, and asked for anew when four fifths of their time are over or the cluster
no longer takes them. A worker's rights on a cluster therefore end at the tenant's namespace, and an hour later in time.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from apps_mgmt.rendering.tenancy import DEPLOYER as DEPLOYER_ACCOUNT
from apps_mgmt.rendering.tenancy import OBSERVER as OBSERVER_ACCOUNT
from apps_mgmt.rendering.tenancy import SYSTEM
from releases.gateway.breaker import Breaker
from releases.gateway.client import Client, object_path
from releases.gateway.errors import NotPrepared
from releases.gateway.kinds import kind_named
from releases.gateway.refusals import Absent
from tenants.clusters import OBSERVER, PROVISIONER, Connection, connection_to
from tenants.models import Cluster

SECONDS = 3600
SHARE = 0.8
MOST = 2000

_Key = tuple[str, str, str, str]


@dataclass(frozen=True, repr=False)
class Token:
    """`renew_at` is on the monotonic clock of this process."""

    text: str
    renew_at: float


_tokens: OrderedDict[_Key, Token] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class SignedIn:
    """A connection in one role. `renew_in` seconds from now it should be asked for again; None: it does not end.

    `forget` is to be called when the cluster did not accept it. `kept`: its token is of an earlier time, and may have
    lost its account since.
    """

    connection: Connection
    renew_in: float | None = None
    key: _Key | None = None
    kept: bool = False

    def forget(self) -> None:
        if self.key is not None:
            with _lock:
                kept = _tokens.get(self.key)
                if kept is not None and kept.text == self.connection.token:
                    del _tokens[self.key]


def sign_in(cluster: Cluster, role: str, *, namespace: str, tenant: str = "") -> SignedIn:
    """The connection of a role: with the credential that was given for it, else with a token of the role's account.
    `tenant` is named where there is no such account.

    Raises NotPrepared before a provision release made the account, PlatformError, ClusterAway.
    """
    provisioner = connection_to(cluster, role, otherwise=PROVISIONER)
    if provisioner.role == role:
        return SignedIn(provisioner)
    account, place = (OBSERVER_ACCOUNT, SYSTEM) if role == OBSERVER else (DEPLOYER_ACCOUNT, namespace)
    key = (str(cluster.pk), provisioner.server, place, account)
    kept = _kept(key)
    token = kept or _keep(
        key,
        mint(provisioner, account, place, breaker=_breaker(cluster.pk, role), tenant="" if place == SYSTEM else tenant),
    )
    signed = replace(provisioner, token=token.text, client_cert="", client_key="")
    return SignedIn(signed, renew_in=max(1.0, token.renew_at - time.monotonic()), key=key, kept=kept is not None)


def _breaker(cluster_id: uuid.UUID, role: str) -> Breaker | None:
    """An agent asks for as long as a cluster is away, and is the first to know that it is back: nobody holds it up."""
    return None if role == OBSERVER else Breaker(cluster_id)


def _kept(key: _Key) -> Token | None:
    with _lock:
        token = _tokens.get(key)
        if token is None or token.renew_at <= time.monotonic():
            return None
        _tokens.move_to_end(key)
        return token


def _keep(key: _Key, token: Token) -> Token:
    with _lock:
        _tokens[key] = token
        _tokens.move_to_end(key)
        while len(_tokens) > MOST:
            _tokens.popitem(last=False)
    return token


def mint(
    provisioner: Connection,
    account: str,
    namespace: str,
    *,
    breaker: Breaker | None = None,
    seconds: float | None = None,
    tenant: str = "",
) -> Token:
    """A new token for the account, within so many seconds if they are given. Raises NotPrepared when there is no such
    account, ClusterAway, AccessRefused.
    """
    client = Client(provisioner, breaker=breaker)
    if seconds is not None:
        client.within(seconds)
    path = object_path(kind_named("ServiceAccount"), account, namespace=namespace, subresource="token")
    body = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"expirationSeconds": SECONDS},
    }
    try:
        answer = client.json("POST", path, what=f"a token for {account}", body=body)
    except Absent:
        if tenant:
            sentence = _(
                "Slipway's account {account} for {tenant} on cluster {cluster} is not made yet, or gone. It is tried "
                "again; a platform operator can make the cluster ready for {tenant} (cluster.prepare)."
            )
        else:
            sentence = _(
                "Slipway's account {account} on cluster {cluster} is not made yet, or gone. It is tried again; a "
                "platform operator can make the cluster ready (cluster.prepare)."
            )
        words = {"account": f"{namespace}/{account}", "cluster": provisioner.name, "tenant": tenant}
        raise NotPrepared(sentence.format(**words)) from None
    finally:
        client.close()
    status = answer.get("status") or {}
    return Token(str(status.get("token", "")), time.monotonic() + SHARE * _lasting(status.get("expirationTimestamp")))


def _lasting(until: object) -> float:
    """Seconds: a cluster may give less time than was asked for."""
    ends = parse_datetime(str(until or ""))
    if ends is None:
        return float(SECONDS)
    return max(0.0, min(float(SECONDS), (ends - datetime.now(tz=UTC)).total_seconds()))
