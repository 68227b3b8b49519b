"""What can go wrong when a cluster is written to, each as a sentence. A cluster that does not answer is
`portal.errors.ClusterAway`; the errors below are answers of a cluster that does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portal.errors import ClusterAway, Conflict, PlatformError, QuotaExceeded, Refused


class FenceLost(Conflict):
    """The object carries a higher fence: a newer release of the app has taken over, and this writer has to stop."""

    default_code = "fence_lost"


class Vanished(Conflict):
    """The object was deleted, or deleted and made anew, since it was read. It is not created again unasked."""

    default_code = "vanished"


class FieldConflict(Refused):
    """Another tool owns fields that Slipway wants to set. `managers` and `fields` say which, `owners` which is whose.

    `object` is the key (`Kind/name`) of what they belong to; without owners the object as a whole is not ours.
    """

    default_code = "field_conflict"

    def __init__(
        self, message: object, *, managers: Sequence[str] = (), owners: Mapping[str, str] | None = None, what: str = ""
    ) -> None:
        super().__init__(message)
        self.owners = dict(owners or {})
        self.managers = tuple(managers or sorted(set(self.owners.values())))
        self.fields = tuple(sorted(self.owners))
        self.object = what.replace(" ", "/", 1)


class QuotaRefused(QuotaExceeded):
    """The namespace's ResourceQuota has no room for the object."""

    default_code = "cluster_quota"


class ManifestRefused(Refused):
    """The cluster finds the manifest invalid, or one of its admission rules forbids it."""

    default_code = "manifest_refused"


class StillThere(PlatformError):
    """An object of that name is being removed. It is tried again when it is gone."""

    default_code = "still_there"


class Busy(PlatformError):
    """The cluster answers, but asks to come again later (429). `after`: in how many seconds, as it says."""

    default_code = "cluster_busy"

    def __init__(self, message: object, *, after: float) -> None:
        super().__init__(message)
        self.after = after


class NotPrepared(PlatformError):
    """The account as which Slipway acts there is not made yet. It is tried again when it is."""

    default_code = "not_prepared"


class AccessRefused(PlatformError):
    """The cluster does not accept Slipway's credentials, or they lack a right there."""

    default_code = "access_refused"


class CredentialsRefused(AccessRefused):
    """The cluster does not know who is asking: it accepts neither this token nor this certificate."""


class AnotherCluster(AccessRefused):
    """Another cluster stands at the address of the one that is meant. Nothing is asked or made there."""

    default_code = "another_cluster"


class Unsigned(ClusterAway):
    """The CA that is known for the cluster, or the system's where none is, did not sign the server's certificate."""


class Redirected(ClusterAway):
    """The server sends its callers elsewhere, where Slipway does not follow. `host`: "" for the server's own."""

    def __init__(self, message: object, *, why: str, host: str) -> None:
        super().__init__(message, why=why)
        self.host = host


class RightMissing(AccessRefused):
    """The cluster knows Slipway's account, which lacks a right there. The sentence says which."""

    default_code = "right_missing"
