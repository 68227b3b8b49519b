"""What a refusal of the API says."""

from __future__ import annotations

import json
from typing import Any

from kubernetes.client.exceptions import ApiException


def said(error: ApiException) -> str:
    """The body of the answer, as it came."""
    return str(error.body)


def status_of(error: ApiException) -> dict[str, Any]:
    """The ``Status`` object in it."""
    status: dict[str, Any] = json.loads(said(error))
    return status
