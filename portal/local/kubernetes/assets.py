"""Where the programs of the control plane are on this machine."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from portal.local.problem import LocalProblem

MODULES = Path(__file__).resolve().parents[3] / "tests" / "kubernetes"
CONTROL_PLANE = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")
FAULTS = "toxiproxy-server"
PROGRAMS = (*CONTROL_PLANE, FAULTS)
GATEWAY_CRDS = "gateway-api"
"""A folder with the definitions of the Gateway API, beside the programs."""


@dataclass(frozen=True)
class Assets:
    """A complete folder of programs."""

    folder: Path

    def program(self, name: str) -> str:
        return str(self.folder / name)

    @property
    def gateway_crds(self) -> list[Path]:
        return sorted((self.folder / GATEWAY_CRDS).glob("*.yaml"))


def folder() -> Path:
    """`KUBERNETES_ASSETS`, else a folder of the user's cache that is named after the versions in it."""
    if named := os.environ.get("KUBERNETES_ASSETS"):
        return Path(named).absolute()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "slipway" / "kubernetes" / versions()


def versions() -> str:
    """A short digest of what the Go modules pin, so that another version is built anew."""
    digest = hashlib.sha256()
    for file in sorted(MODULES.glob("*/go.*")):
        digest.update(f"{file.relative_to(MODULES)}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def missing(place: Path) -> list[str]:
    """What a folder lacks; empty when it is complete."""
    lacks = [name for name in PROGRAMS if not os.access(place / name, os.X_OK)]
    return lacks if any((place / GATEWAY_CRDS).glob("*.yaml")) else [*lacks, GATEWAY_CRDS]


def find() -> Assets:
    """The programs. Raises LocalProblem with how to get them when one is missing."""
    place = folder()
    if lacks := missing(place):
        raise LocalProblem(
            f"There is no Kubernetes control plane in {place}: {', '.join(lacks)} missing. Build it once with "
            "`make kubernetes`, which needs Go 1.24 or newer (Debian 12's golang-go is 1.19: see https://go.dev/doc/install)."
        )
    return Assets(place)
