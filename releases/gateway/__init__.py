"""The only way to write to a cluster, and to ask it for something outside the agent's watches.

`opening` gives a `Gateway` for one use, with the credentials of one role; `gateway` has what can be done with it;
`transport` holds the official client and is loaded with the first request, so that processes which never talk to a
cluster (the web) do not pay for it. `adopting` takes over what somebody else made. `ownership`, `refusals`, `kinds`,
`pruning`, `fields`, `foreign`, `stated`, `lost`, `prevailing` and `trimming` are pure. May import `portal`,
`tenants.clusters` and the names in `apps_mgmt.rendering`; knows no release: fence, release label and manifests are
handed to it.
"""

from releases.gateway.adopting import Rehearsed, TemplateChanges
from releases.gateway.errors import (
    AccessRefused,
    Busy,
    CredentialsRefused,
    FenceLost,
    FieldConflict,
    ManifestRefused,
    NotPrepared,
    QuotaRefused,
    Redirected,
    RightMissing,
    StillThere,
    Unsigned,
    Vanished,
)
from releases.gateway.gateway import Applied, Gateway
from releases.gateway.minting import SignedIn, sign_in
from releases.gateway.opening import open_gateway, open_provisioner, warm_up
from releases.gateway.pruning import Pruned

__all__ = [
    "AccessRefused",
    "Applied",
    "Busy",
    "CredentialsRefused",
    "FenceLost",
    "FieldConflict",
    "Gateway",
    "ManifestRefused",
    "NotPrepared",
    "Pruned",
    "QuotaRefused",
    "Redirected",
    "Rehearsed",
    "RightMissing",
    "SignedIn",
    "StillThere",
    "TemplateChanges",
    "Unsigned",
    "Vanished",
    "open_gateway",
    "open_provisioner",
    "sign_in",
    "warm_up",
]
