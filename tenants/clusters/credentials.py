"""Credentials of a cluster, one per role, each sealed for its row and role."""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass

from portal import crypto

OBSERVER = "observer"
DEPLOYER = "deployer"
PROVISIONER = "provisioner"
ROLES = (OBSERVER, DEPLOYER, PROVISIONER)


@dataclass(frozen=True, repr=False)
class Credential:
    """A bearer token, or a client certificate with its key (PEM). Empty text: not used."""

    token: str = ""
    client_cert: str = ""
    client_key: str = ""

    def __repr__(self) -> str:
        kind = "token" if self.token else "certificate" if self.client_cert else "none"
        return f"Credential({kind})"


def seal(credential: Credential, *, cluster_id: uuid.UUID, role: str) -> str:
    return crypto.seal(json.dumps(asdict(credential)).encode(), context=_context(cluster_id, role))


def unseal(sealed: str, *, cluster_id: uuid.UUID, role: str) -> Credential:
    """Raises PlatformError when the text was sealed for another row, another role or with a lost key."""
    return Credential(**json.loads(crypto.unseal(sealed, context=_context(cluster_id, role))))


def reseal(sealed: str, *, cluster_id: uuid.UUID, role: str) -> str:
    """The same credential under the key that seals now. Raises PlatformError when no key opens it."""
    return crypto.reseal(sealed, context=_context(cluster_id, role))


def _context(cluster_id: uuid.UUID, role: str) -> str:
    return f"cluster:{cluster_id}:{role}"
