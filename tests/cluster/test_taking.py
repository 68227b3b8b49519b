"""A kubeconfig whose server is not what its address says: told at the field, with what to do."""

from __future__ import annotations

import base64
import json
import ssl
import uuid
from pathlib import Path

import pytest
from pytest_django import Settings

from portal.errors import Invalid, Refused
from releases.clusters.taking import take
from tests import east
from tests.cluster.certificates import Pair, authority, signed_by
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


def test_a_token_that_is_not_accepted_is_told_without_a_cluster_that_is_not_there_yet() -> None:
    why = taken(east.kubeconfig(token="expired"))
    assert why.field == FIELD
    assert f"{east.simulator().url} does not accept the token of this kubeconfig." in str(why)
    assert "west" not in str(why)


def tls_with(pair: Pair, folder: Path) -> ssl.SSLContext:
    pem = folder / "server.pem"
    pem.write_text(pair.certificate + pair.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def with_ca(text: str, ca: Pair) -> str:
    document = json.loads(text)
    document["clusters"][0]["cluster"]["certificate-authority-data"] = base64.b64encode(
        ca.certificate.encode()
    ).decode()
    return json.dumps(document)


def test_a_missing_ca_and_a_wrong_one_are_named(tmp_path: Path) -> None:
    with server(plain(200), tls=tls_with(signed_by(authority(), name="server"), tmp_path)) as (address, _asked):
        missing, wrong = taken(pointing_to(address)), taken(with_ca(pointing_to(address), authority()))
    assert missing.field == wrong.field == FIELD
    assert "the kubeconfig has no CA. Put the one of this cluster into certificate-authority-data." in str(missing)
    assert "the CA in the kubeconfig did not sign" in str(wrong) and "certificate-authority-data" in str(wrong)


def test_a_certificate_for_another_address_is_told_as_one(tmp_path: Path, settings: Settings) -> None:
    settings.SLIPWAY_CLUSTER_SERVERS_ALLOWED = ["localhost"]
    ca = authority()
    with server(plain(200), tls=tls_with(signed_by(ca, name="server"), tmp_path)) as (address, _asked):
        why = taken(with_ca(pointing_to(address.replace("127.0.0.1", "localhost")), ca))
    assert "its certificate is for another address" in str(why)


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("https://login.example.com/in?token=abc", "redirects to login.example.com,"),
        ("/in", "redirects to another path,"),
    ],
)
def test_a_server_that_redirects_says_to_which_host(location: str, told: str) -> None:
    with server(plain(302, b"", Location=location)) as (address, _asked):
        why = taken(pointing_to(address))
    assert why.field == FIELD
    assert told in str(why) and "Give the own address of the API server." in str(why)
    assert "abc" not in str(why)


def test_several_documents_in_one_text_are_told_as_such() -> None:
    with pytest.raises(Invalid, match="several YAML documents"):
        take(f"{east.kubeconfig()}\n---\n{{}}\n", context="", cluster_id=str(uuid.uuid4()), name="west")
