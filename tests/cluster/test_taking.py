"""A kubeconfig whose server is not what its address says: told at the field, with what to do."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from portal.errors import Invalid, Refused
from releases.clusters.taking import take
from tests import east
from tests.cluster.planes import real_cluster
from tests.cluster.test_gateway_transport import plain, server

FIELD = "kubeconfig"


def taken(text: str) -> Refused:
    """Why a kubeconfig is not taken."""
    with pytest.raises(Refused) as refusal:
        take(text, context="", cluster_id=str(uuid.uuid4()), name="west")
    return refusal.value


def pointing_to(address: str) -> str:
    return east.kubeconfig().replace(east.simulator().url, address)


def test_an_http_address_of_a_real_api_server_is_told_as_one() -> None:
    text = Path(real_cluster()).read_text(encoding="utf-8")
    why = taken(text.replace("https://", "http://"))
    assert why.field == FIELD
    assert "takes https only" in str(why)


@pytest.mark.parametrize(
    "said", [b"Client sent an HTTP request to an HTTPS server.\n", b"<title>400 plain HTTP</title>"]
)
def test_an_http_address_of_a_tls_server_is_told_as_one(said: bytes) -> None:
    with server(plain(400, said)) as (address, _asked):
        why = taken(pointing_to(address))
    assert why.field == FIELD
    assert f"{address} does not answer (it takes https only" in str(why)


def test_an_https_address_of_a_plain_server_is_told_as_one() -> None:
    why = taken(pointing_to(east.simulator().url.replace("http://", "https://")))
    assert why.field == FIELD
    assert "it speaks no TLS" in str(why)


@pytest.mark.parametrize("status", [400, 404, 409])
def test_a_server_that_is_no_api_server_is_told_as_one(status: int) -> None:
    with server(plain(status, b"<html>")) as (address, _asked):
        why = taken(pointing_to(address))
    assert why.field == FIELD
    assert f"{address} answers, but not as the API server of a cluster does" in str(why)


def test_a_server_that_nobody_allowed_is_told_at_the_field() -> None:
    with pytest.raises(Invalid, match="plain http") as refusal:
        take(pointing_to("http://kube.example.com"), context="", cluster_id=str(uuid.uuid4()), name="west")
    assert list(refusal.value.fields) == [FIELD]
