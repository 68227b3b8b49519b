"""How an agent signs in to a cluster, and stays signed in: its token lasts an hour, a watch of a cluster for months."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from portal.errors import SlipwayError
from releases.gateway import NotPrepared, SignedIn, sign_in
from tenants.clusters import OBSERVER
from tenants.clusters.connections import registered


@dataclass(frozen=True)
class NotSignedIn:
    """Why not, as a sentence. `early`: the account is only not made yet, which is no reason to call a cluster lost."""

    why: str
    early: bool = False


def observer(cluster_id: uuid.UUID) -> SignedIn | NotSignedIn:
    """The connection for watching a cluster, or why there is none. Reads the database, and asks the cluster."""
    try:
        return sign_in(registered(cluster_id), OBSERVER, namespace="")
    except NotPrepared as error:
        return NotSignedIn(str(error), early=True)
    except SlipwayError as error:
        return NotSignedIn(str(error))
