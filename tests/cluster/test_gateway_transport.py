"""How the gateway speaks HTTP, towards servers that misbehave in ways no cluster simulates."""

from __future__ import annotations

import http.server
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest
from pytest_django import Settings

from portal.errors import ClusterAway, SlipwayError
from releases.agent.session import Session
from releases.gateway import AccessRefused, Gateway, transport
from releases.gateway.tls import tls_context
from tenants.clusters import Connection
from tests.cluster.certificates import Pair, authority, signed_by

TOKEN = "canary-token-in-no-message"

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


def gateway_to(server: str) -> Gateway:
    connection = Connection(server=server, ca_pem="", token=TOKEN, client_cert="", client_key="", name="north")
    return Gateway(connection, namespace="slipway-shop")


@contextmanager
def server(answer: Answer, *, tls: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A server that answers every request in one way; yields its address and what it was asked."""
    asked: list[tuple[str, str]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked.append((self.path, self.headers.get("Authorization", "")))
            answer(self)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        running.socket = tls.wrap_socket(running.socket, server_side=True)
    thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{running.server_address[1]}", asked
    finally:
        running.shutdown()
        running.server_close()


def plain(status: int, body: bytes = b"{}", **headers: str) -> Answer:
    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def test_the_token_goes_in_the_header_of_every_request() -> None:
    with server(plain(200)) as (address, asked), gateway_to(address) as gateway:
        gateway.find("Service", "shop--web")
    assert asked == [("/api/v1/namespaces/slipway-shop/services/shop--web", f"Bearer {TOKEN}")]


def test_a_path_under_the_server_is_kept() -> None:
    with server(plain(200)) as (address, asked), gateway_to(f"{address}/k8s/clusters/c-1") as gateway:
        gateway.find("Service", "x")
    assert asked[0][0] == "/k8s/clusters/c-1/api/v1/namespaces/slipway-shop/services/x"


def test_a_name_cannot_lead_to_another_path() -> None:
    with server(plain(404)) as (address, asked), gateway_to(address) as gateway:
        assert gateway.logs("../../kube-system/pods/etcd") == []
    assert asked[0][0].startswith("/api/v1/namespaces/slipway-shop/pods/..%2F..%2Fkube-system%2Fpods%2Fetcd/log?")


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_server_in_trouble_is_asked_once_and_counts_as_away(status: int) -> None:
    with server(plain(status, b'{"message": "overloaded"}', **{"Retry-After": "1"})) as (address, asked):
        with gateway_to(address) as gateway, pytest.raises(ClusterAway) as away:
            gateway.find("Service", "x")
        assert len(asked) == 1
    assert TOKEN not in str(away.value)


def test_a_redirect_is_not_followed() -> None:
    with server(plain(200)) as (elsewhere, asked_elsewhere):
        leads_away = plain(302, b"", Location=f"{elsewhere}/stolen")
        with server(leads_away) as (address, _asked), gateway_to(address) as gateway, pytest.raises(SlipwayError):
            gateway.find("Service", "x")
        assert asked_elsewhere == []


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"\xff"])
def test_an_answer_that_is_no_json_object_counts_as_away(body: bytes) -> None:
    with server(plain(200, body)) as (address, _asked), gateway_to(address) as gateway, pytest.raises(ClusterAway):
        gateway.find("Service", "x")


def test_an_answer_that_breaks_off_counts_as_away() -> None:
    def cut(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"{")
        handler.close_connection = True

    with server(cut) as (address, _asked), gateway_to(address) as gateway, pytest.raises(ClusterAway):
        gateway.find("Service", "x")


def test_nobody_listening_counts_as_away() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with gateway_to(f"http://127.0.0.1:{closed.getsockname()[1]}") as gateway, pytest.raises(ClusterAway) as away:
            gateway.find("Service", "x")
    assert "no connection" in str(away.value)


def test_a_server_that_accepts_and_says_nothing_counts_as_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(ClusterAway) as away:
        gateway_to(f"http://127.0.0.1:{silent.getsockname()[1]}").find("Service", "x")
    assert "took too long" in str(away.value)


def test_a_name_that_leads_into_the_private_network_is_not_spoken_to(settings: Settings) -> None:
    settings.SLIPWAY_CLUSTER_SERVERS_ALLOWED = []
    with server(plain(200)) as (address, asked):
        port = address.rpartition(":")[2]
        with gateway_to(f"http://localhost:{port}") as gateway, pytest.raises(AccessRefused) as refused:
            gateway.find("Service", "x")
        assert asked == []
    assert "allowed servers" in str(refused.value)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with server(plain(200)) as (address, asked), gateway_to(address) as gateway:
        gateway.find("Service", "x")
        assert len(asked) == 1


def test_a_certificate_that_cannot_be_read_counts_as_away_without_showing_it() -> None:
    broken = Connection(
        server="https://127.0.0.1:1", ca_pem="not a PEM", token=TOKEN, client_cert="", client_key="", name="north"
    )
    with Gateway(broken, namespace="n") as gateway, pytest.raises(ClusterAway) as away:
        gateway.find("Service", "x")
    assert "not a PEM" not in str(away.value)


@pytest.fixture(scope="module")
def trusted() -> Pair:
    return authority()


def server_side(issuer: Pair, folder: Path) -> ssl.SSLContext:
    """A server whose certificate `issuer` signed, and which wants a certificate of its clients from the same."""
    pair, pem = signed_by(issuer, name="server"), folder / "server.pem"
    pem.write_text(pair.certificate + pair.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.load_verify_locations(cadata=issuer.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def secure(address: str, *, ca: Pair, client: Pair | None = None) -> Connection:
    certificate, key = client or ("", "")
    return Connection(
        server=address, ca_pem=ca.certificate, token=TOKEN, client_cert=certificate, client_key=key, name="north"
    )


def test_a_server_with_its_own_authority_is_reached_with_a_client_certificate(trusted: Pair, tmp_path: Path) -> None:
    with server(plain(200), tls=server_side(trusted, tmp_path)) as (address, asked):
        with Gateway(secure(address, ca=trusted, client=signed_by(trusted)), namespace="n") as gateway:
            gateway.find("Service", "x")
        assert len(asked) == 1


async def test_the_agent_reaches_it_in_the_same_way(trusted: Pair, tmp_path: Path) -> None:
    with server(plain(200, b'{"a": 1}'), tls=server_side(trusted, tmp_path)) as (address, _asked):
        session = Session(secure(address, ca=trusted, client=signed_by(trusted)))
        try:
            assert await session.get("/version") == {"a": 1}
        finally:
            await session.close()


def test_nothing_is_sent_to_a_server_that_another_authority_signed(trusted: Pair, tmp_path: Path) -> None:
    with server(plain(200), tls=server_side(trusted, tmp_path)) as (address, asked):
        connection = secure(address, ca=authority(), client=signed_by(trusted))
        with Gateway(connection, namespace="n") as gateway, pytest.raises(ClusterAway, match="certificate"):
            gateway.find("Service", "x")
        assert asked == []


async def test_nor_does_the_agent_send_anything(trusted: Pair, tmp_path: Path) -> None:
    with server(plain(200), tls=server_side(trusted, tmp_path)) as (address, asked):
        session = Session(secure(address, ca=authority(), client=signed_by(trusted)))
        try:
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await session.get("/version")
        finally:
            await session.close()
        assert asked == []


def test_no_private_key_stays_on_disk(trusted: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    tls_context(secure("https://127.0.0.1:1", ca=trusted, client=signed_by(trusted)))
    assert list(tmp_path.iterdir()) == []


def test_errors_carry_nothing_of_the_clients_own_exceptions() -> None:
    with server(plain(401, b'{"message": "expired"}')) as (address, _asked), pytest.raises(AccessRefused) as refused:
        gateway_to(address).find("Service", "x")
    assert refused.value.__suppress_context__
    assert TOKEN not in str(refused.value)


def test_a_kept_connection_is_used_by_the_next_one_who_asks() -> None:
    ports: list[int] = []

    def noting(handler: http.server.BaseHTTPRequestHandler) -> None:
        ports.append(handler.client_address[1])
        plain(200)(handler)

    with server(noting) as (address, _asked):
        for _use in range(3):
            with gateway_to(address) as gateway:
                gateway.find("Service", "x")
        with gateway_to(address) as one, gateway_to(address) as other:
            one.find("Service", "x")
            other.find("Service", "x")
    assert len(set(ports[:3])) == 1
    assert len(set(ports[3:])) == 2


def test_what_only_loads_the_gateway_does_not_load_the_client() -> None:
    program = (
        "import django; django.setup(); import sys; import releases.gateway, releases.agent.agent; "
        "sys.exit('kubernetes' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
