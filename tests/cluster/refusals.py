"""What a refusal of the API says."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Callable
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException


def said(error: ApiException) -> str:
    """The body of the answer, as it came."""
    return str(error.body)


def status_of(error: ApiException) -> dict[str, Any]:
    """The ``Status`` object in it."""
    status: dict[str, Any] = json.loads(said(error))
    return status


def refused(act: Callable[[], Any]) -> dict[str, Any]:
    """The ``Status`` object that something is refused with over plain HTTP."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        act()
    status: dict[str, Any] = json.loads(caught.value.read())
    return status
