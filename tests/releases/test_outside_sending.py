"""A request outside: to where it may go, and for how long."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from releases.outside.sending import MOST_BYTES, OffLimits, Unreached, check_address, send
from tests.releases.servers import outside

LOCAL = ["127.0.0.1", "localhost"]


def ask(url: str, *, allowed: list[str] = LOCAL, seconds: float = 5.0) -> bytes:
    return send("GET", url, headers={}, body="", allowed=allowed, seconds=seconds).body


def test_a_server_that_is_listed_answers() -> None:
    with outside(lambda asked: (200, asked.path.encode())) as server:
        assert ask(f"{server.url}/a?b=c") == b"/a?b=c"


def test_of_a_long_answer_the_beginning_is_read() -> None:
    with outside(lambda _asked: (200, b"x" * (MOST_BYTES + 10))) as server:
        assert len(ask(server.url)) == MOST_BYTES


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.1.2.3/",
        "https://0x7f.1/",
        "https://localhost/",
        "https://db.internal/",
        "https://kubernetes.default.svc/",
        "https://169.254.169.254/latest/meta-data",
        "http://example.com/",
        "https://user:word@example.com/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://127.0.0.1\\@example.com/",
        "ftp://example.com/",
    ],
)
def test_no_call_goes_where_the_platform_lives(url: str) -> None:
    with pytest.raises(OffLimits):
        ask(url, allowed=[])


def test_a_public_address_may_be_called() -> None:
    check_address("https://ci.example.com:8443/build?x=1#y", allowed=[])


def test_a_name_that_leads_inside_is_found_out_when_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    with outside(lambda _asked: (200, {})) as server:
        port = int(server.url.rpartition(":")[2])
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: found)
        with pytest.raises(OffLimits):
            ask(f"https://rebinding.example.com:{port}/", allowed=[])
        assert server.asked == []


def test_a_metadata_address_is_never_called_whatever_is_listed() -> None:
    with pytest.raises(OffLimits):
        ask("http://169.254.169.254/", allowed=["169.254.0.0/16"])


def test_nobody_there_is_no_answer() -> None:
    with pytest.raises(Unreached):
        ask("http://127.0.0.1:9/")


@contextmanager
def dripping(start: bytes) -> Iterator[str]:
    """A server that begins to answer and then says a byte now and then, for as long as anybody listens."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            came, _address = listening.accept()
            with came:
                came.sendall(start)
                while not ended.wait(0.1):
                    try:
                        came.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        finally:
            ended.set()
            thread.join()


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: "])
def test_a_server_that_drips_keeps_nobody(start: bytes) -> None:
    began = time.monotonic()
    with dripping(start) as url, pytest.raises(Unreached):
        ask(url, seconds=1.0)
    assert time.monotonic() - began < 4
