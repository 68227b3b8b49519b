"""A real control plane is handed to the next test without what the one before has left."""

from __future__ import annotations

import urllib.error
from collections.abc import Iterator
from contextlib import suppress

import pytest

from apps_mgmt.rendering.names import APP_ID
from tests.cluster.manifests import manifest
from tests.cluster.outsider import Outsider, connection_by, make_namespace
from tests.cluster.planes import alone, real_cluster
from tests.cluster.sweeping import NAMESPACE

ACCOUNTS, LEFT = "v1/serviceaccounts", "left"


@pytest.fixture
def there() -> Iterator[Outsider]:
    """The tenant's namespace on a real control plane."""
    way = connection_by(real_cluster())
    there = Outsider(way, namespace=NAMESPACE)
    with suppress(urllib.error.HTTPError):  # an earlier test may have left it
        make_namespace(way, NAMESPACE)
    yield there
    if there.exists(ACCOUNTS, LEFT):
        there.delete(ACCOUNTS, LEFT)


@pytest.mark.parametrize(("label", "stays"), [(APP_ID, False), ("example.com/owner", True)])
def test_only_what_belongs_to_an_app_is_swept_before_a_test(there: Outsider, label: str, stays: bool) -> None:
    account = manifest("v1", "ServiceAccount", LEFT)
    account["metadata"]["labels"] = {label: "one"}
    with alone():
        there.create(ACCOUNTS, account)
    with alone():
        assert there.exists(ACCOUNTS, LEFT) is stays
