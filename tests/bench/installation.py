"""A Slipway as `make run` starts it, in a temporary folder."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

from portal.local.stack import ROOT
from tests.browser.stack import Stack

_READY = "Slipway is ready:"
_OURS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SLIPWAY_KEYS", "SLIPWAY_AUDIT_KEY", "HTTPS", "ALLOWED_HOSTS")


class Installation(Stack):
    """Differs from what the tests start in that it goes through `make run`, and says how long that took."""

    def __init__(self) -> None:
        super().__init__(Path(tempfile.mkdtemp(prefix="slipway-bench-")))

    def start(self, *, seconds: float = 240) -> None:
        """Start everything; returns when the address has been printed. Raises AssertionError with what was said."""
        self.said.clear()
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", *_OURS))}
        self._process = subprocess.Popen(
            ["make", "--no-print-directory", "run"],
            cwd=ROOT,
            env=environment | {"SLIPWAY_HOME": str(self.home), "PORT": str(self.port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        ready = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(self._process, ready), daemon=True)
        self._reader.start()
        if not ready.wait(seconds) or not any(_READY in line for line in self.said):
            words = "\n".join(self.said)
            self.end()
            raise AssertionError(f"Slipway did not start within {seconds:.0f} s:\n{words}")

    def first_page(self) -> float:
        """Start, and ask for a page as soon as the address is printed; seconds from the command to the page."""
        began = time.monotonic()
        self.start()
        with urllib.request.urlopen(f"{self.url}/sign-in/", timeout=120) as answer:
            answer.read()
        return time.monotonic() - began

    def stop(self) -> int:
        """Ctrl-C in its terminal; returns the exit code of `make`."""
        assert self._process and self._reader
        os.killpg(self._process.pid, signal.SIGINT)
        code = self._process.wait(90)
        self._reader.join(30)
        return code

    def remove(self) -> None:
        """End it and remove all its data."""
        self.end()
        shutil.rmtree(self.home, ignore_errors=True)

    def roots(self) -> dict[str, int]:
        """The process id of everything that runs, by name; the supervisor and `make` above it are `make run`."""
        assert self._process
        return self.pids() | {"make run": self._process.pid}
