"""A kubeconfig for the simulated cluster, for kubectl and the official clients."""

from __future__ import annotations

import json
import os
from pathlib import Path


def write(path: Path, *, name: str, url: str, token: str) -> None:
    """Write a kubeconfig (JSON, which is YAML too) that only its owner can read.

    The token is in the address as well: kubectl leaves tokens out over plain HTTP, and takes a password from there.
    """
    scheme, _, address = url.partition("://")
    server = f"{scheme}://{name}:{token}@{address}"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server}}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": "default"}}],
        "current-context": name,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8", opener=lambda place, flags: os.open(place, flags, 0o600)) as file:
        json.dump(config, file, indent=2)
