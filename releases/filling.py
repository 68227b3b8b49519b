"""Secret values are put into manifests at the last moment, in the worker that sends them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from apps_mgmt import secrets
from apps_mgmt.rendering import fill_secrets, secret_keys


def filled(manifests: Sequence[dict[str, Any]], *, app_id: uuid.UUID) -> list[dict[str, Any]]:
    """The manifests as they are applied. Raises Refused when a secret version is gone or revoked."""
    wanted = {pair for manifest in manifests for pair in secret_keys(manifest).values()}
    if not wanted:
        return list(manifests)
    values = secrets.reveal(app_id, [(name, str(version)) for name, version in wanted])
    known = {(name, int(version)): value for (name, version), value in values.items()}
    return [fill_secrets(manifest, known) for manifest in manifests]
