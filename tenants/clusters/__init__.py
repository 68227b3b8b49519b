"""Clusters as records: where they are, how to sign in to them, which tenant may use which. No connection is made here.

`records` (register, grant, list), `connections` (what a caller needs to connect, secrets opened), `credentials`
(sealing), `preparing` (asking for namespaces and accounts there), `restricting` (who
may deploy there), `dedicated` (clusters of one tenant alone), `state` (how a cluster is, as the agent last said),
`unseen` (those of which nothing is heard, in words), `kubeconfig` (reading one safely).
"""

from tenants.clusters.connections import Connection, connection, connection_to, registered
from tenants.clusters.credentials import DEPLOYER, OBSERVER, PROVISIONER, Credential
from tenants.clusters.records import clusters_of, grant, grants_of, namespace_of, register
from tenants.clusters.state import mark

__all__ = [
    "DEPLOYER",
    "OBSERVER",
    "PROVISIONER",
    "Connection",
    "Credential",
    "clusters_of",
    "connection",
    "connection_to",
    "grant",
    "grants_of",
    "mark",
    "namespace_of",
    "register",
    "registered",
]
