"""What instances may do: from security contexts to the profile of a process."""

from __future__ import annotations

from typing import Any, get_args

from apps_mgmt.adopting.parts import Part
from apps_mgmt.spec.containers import Capability

# What a container has that says nothing of capabilities, of those that the baseline profile lets be named.
BASELINE = get_args(Capability)
RESTRICTED = ("NET_BIND_SERVICE",)


def read_security(pod: Part, container: Part) -> dict[str, Any]:
    """Fields of `Security`. What goes beyond the baseline profile is named in `beyond` of the parts."""
    whole, own = pod.part("securityContext"), container.part("securityContext")
    user, group = _either(own, whole, "runAsUser"), _either(own, whole, "runAsGroup")
    no_root = bool(_either(own, whole, "runAsNonRoot"))
    for part in (whole, own):
        _seccomp(part)
    own.usual(privileged=False, procMount="Default")
    may_gain = own.take("allowPrivilegeEscalation") is not False
    dropped, added = _capabilities(own)
    allowed = set() if "ALL" in dropped else set(BASELINE) - dropped
    capabilities = tuple(sorted(allowed | added))
    restricted = no_root and not may_gain and set(capabilities) <= set(RESTRICTED) and user != 0
    return {
        "profile": "restricted" if restricted else "baseline",
        "user": user,
        "group": group,
        "file_group": whole.take("fsGroup"),
        "read_only_root": bool(own.take("readOnlyRootFilesystem", False)),
        "capabilities": capabilities,
        "escalation": may_gain,
    }


def _either(own: Part, whole: Part, name: str) -> Any:
    """What the container says of itself counts for it, else what is said for all of them."""
    mine, ours = own.take(name), whole.take(name)
    return ours if mine is None else mine


def _seccomp(part: Part) -> None:
    profile = part.part("seccompProfile")
    profile.usual(type="RuntimeDefault")


def _capabilities(own: Part) -> tuple[set[str], set[str]]:
    part = own.part("capabilities")
    dropped, added = set(part.take("drop", [])), set(part.take("add", []))
    if added - set(BASELINE):
        part.refuse("add")
    return dropped, added & set(BASELINE)
