"""The command that serves the pages, as `make run` starts it and as the README shows it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import urllib.request
from collections.abc import Callable

import pytest

from portal.local import stack
from portal.local.stack import ROOT

APPLICATION = "portal.asgi:application"
SAYS_WHERE = re.compile(r"running on (http://[\d.:]+)")


def of_make_run() -> list[str]:
    return list(stack.processes(0)[0].argv)


def of_the_readme() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("uvicorn "))
    return [sys.executable, "-m", *shlex.split(line, comments=True), "--host", "127.0.0.1", "--port", "0"]


@pytest.mark.parametrize("command", [of_make_run, of_the_readme])
def test_the_server_itself_believes_no_header_about_the_caller(command: Callable[[], list[str]]) -> None:
    argv = ["tests.local.callers:application" if part == APPLICATION else part for part in command()]
    with subprocess.Popen(argv, cwd=ROOT, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr
            found = next(match for line in server.stderr if (match := SAYS_WHERE.search(line)))
            headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
            with urllib.request.urlopen(urllib.request.Request(found[1], headers=headers), timeout=10) as answer:
                assert answer.read() == b"127.0.0.1 http"
        finally:
            server.terminate()
