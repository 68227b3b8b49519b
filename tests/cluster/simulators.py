"""Simulated clusters as processes, for whatever test needs one."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Answer:
    """What the API said: the HTTP status, the parsed body, the headers."""

    code: int
    body: Any
    headers: dict[str, str]


@dataclass(frozen=True)
class Simulator:
    """A running simulator: where it is, how to get in, and the process it lives in."""

    name: str
    url: str
    token: str
    kubeconfig: Path
    process: subprocess.Popen[str]

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        token: str | None = None,
        timeout: float = 60.0,
    ) -> Answer:
        """One request; a refusal is an answer like any other. ``body`` is JSON data, or bytes as they are."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {"Authorization": f"Bearer {self.token if token is None else token}", "Content-Type": "application/json"}
        asked = urllib.request.Request(self.url + path, data=data, method=method, headers={**sent, **(headers or {})})
        try:
            with urllib.request.urlopen(asked, timeout=timeout) as answer:
                return Answer(answer.status, _parsed(answer.read()), dict(answer.headers))
        except urllib.error.HTTPError as error:
            return Answer(error.code, _parsed(error.read()), dict(error.headers))

    def faults(self, **faults: Any) -> None:
        answer = self.request("POST", "/simulator/faults", faults)
        assert answer.code == 200, answer.body

    def counts(self) -> dict[str, dict[str, dict[str, int]]]:
        """Per object (``deployments.apps/namespace/name``) and field manager, how many writes really changed it."""
        counts: dict[str, dict[str, dict[str, int]]] = self.request("GET", "/simulator/counts").body
        return counts

    def changes(self, *, since: int = 0) -> list[dict[str, Any]]:
        """Every real write of a client after a resource version, in order."""
        rows: list[dict[str, Any]] = self.request("GET", f"/simulator/changes?since={since}").body
        return rows

    def stop(self) -> int:
        """End the process by SIGTERM; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def _parsed(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode()


@contextmanager
def running_simulator(folder: Path, *options: str, name: str = "north") -> Iterator[Simulator]:
    """A simulator with its files in ``folder``; a second one in the same folder goes on where the first ended."""
    folder.mkdir(parents=True, exist_ok=True)
    token_file, kubeconfig = folder / f"{name}.token", folder / f"{name}.kubeconfig"
    command = [sys.executable, "-m", "releases.simulator", "--name", name, "--port", "0"]
    command += ["--token-file", str(token_file), "--state", str(folder / f"{name}.json")]
    command += ["--kubeconfig", str(kubeconfig), *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        if " listens on " not in said:
            raise AssertionError(f"the simulator did not start: {said!r}, exit code {process.wait(timeout=60)}")
        url = said.rsplit(" ", 1)[1].strip()
        yield Simulator(name, url, token_file.read_text().strip(), kubeconfig, process)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(timeout=60)
        if process.stdout is not None:
            process.stdout.close()
