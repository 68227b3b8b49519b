"""A line to a cluster that can be hurt: toxiproxy between Slipway and the API server."""

from __future__ import annotations

import json
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from portal.local.kubernetes import assets
from portal.local.program import free_port
from tests.cluster.planes import built

FAULTS: dict[str, dict[str, Any]] = {
    "reset": {"type": "reset_peer", "attributes": {"timeout": 0}},
    "ended in the middle of a line": {"type": "limit_data", "attributes": {"bytes": 700}},
    "silent": {"type": "timeout", "attributes": {"timeout": 0}},
    "slow": {"type": "latency", "attributes": {"latency": 400, "jitter": 300}},
    "in small pieces": {"type": "slicer", "attributes": {"average_size": 7, "size_variation": 3, "delay": 50}},
}
_pause = threading.Event()
CUT = "refused"
"""Not a toxic: the proxy does not listen at all."""


class Line:
    """One proxied address. `hurt` and `heal` take effect on connections that are open, too."""

    def __init__(self, api: str, upstream: str) -> None:
        self._api = api
        parts = urlsplit(upstream)
        made = self._send("POST", "/proxies", {"name": "line", "listen": "127.0.0.1:0", "upstream": parts.netloc})
        self.url = f"{parts.scheme}://{made['listen']}"

    def hurt(self, fault: str) -> None:
        if fault == CUT:
            self._send("POST", "/proxies/line", {"enabled": False})
        else:
            self._send("POST", "/proxies/line/toxics", {"name": "fault", "stream": "downstream", **FAULTS[fault]})

    def heal(self) -> None:
        self._send("POST", "/reset", {})

    def _send(self, method: str, path: str, body: Any) -> Any:
        headers = {"Content-Type": "application/json"}
        asked = urllib.request.Request(self._api + path, json.dumps(body).encode(), headers, method=method)
        with urllib.request.urlopen(asked, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else {}


@contextmanager
def line_to(server: str) -> Iterator[Line]:
    """A line to a server; skips or fails the test where toxiproxy is not built."""
    # Somebody else may take the port before it does; then it ends, and another port is tried.
    for port in (free_port() for _try in range(5)):
        command = [built().program(assets.FAULTS), "-host", "127.0.0.1", "-port", str(port)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            if _answers(f"http://127.0.0.1:{port}", process):
                yield Line(f"http://127.0.0.1:{port}", server)
                return
        finally:
            process.terminate()
            process.wait(60)
    raise AssertionError("toxiproxy does not start")


def _answers(api: str, process: subprocess.Popen[bytes]) -> bool:
    """Wait until it does; false when it ended instead."""
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{api}/version", timeout=5):
                return process.poll() is None
        except (urllib.error.URLError, OSError):
            _pause.wait(0.05)
    return False
