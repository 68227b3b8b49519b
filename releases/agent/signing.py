"""How an agent signs in to a cluster, and stays signed in: its token lasts an hour, a watch of a cluster for months."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from portal.errors import ClusterAway, SlipwayError
from releases.gateway import NotPrepared, SignedIn, sign_in
from releases.models import Provision
from tenants.clusters import OBSERVER
from tenants.clusters.connections import registered


@dataclass(frozen=True)
class NotSignedIn:
    """Why not, as a sentence. `early`: the account is only not made yet, which is no reason to call a cluster lost.
    `blind`: the cluster is there, and Slipway has no way in.
    """

    why: str
    early: bool = False
    blind: bool = False


def observer(cluster_id: uuid.UUID) -> SignedIn | NotSignedIn:
    """The connection for watching a cluster, or why there is none. Reads the database, and asks the cluster."""
    try:
        return sign_in(registered(cluster_id), OBSERVER, namespace="")
    except NotPrepared as error:
        made = Provision.objects.filter(cluster_id=cluster_id, tenant=None, state=Provision.State.SUCCEEDED)
        return NotSignedIn(str(error), early=not made.exists(), blind=True)
    except ClusterAway as error:
        return NotSignedIn(str(error))
    except SlipwayError as error:
        return NotSignedIn(str(error), blind=True)
