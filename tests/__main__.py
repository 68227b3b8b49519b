"""`make test`: the journeys in a browser beside everything else, because both wait half of the time.

They are two calls of pytest, as Playwright keeps an event loop running in its thread, which Django has to be told to
allow. What the first one says comes at once; what the journeys say comes whole, when everything has ended. What failed
comes once more as the very last, since many places keep no more than the end of what a run prints.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

from portal.local.program import Program, spawn

# Three for two cores: a good part of the tests waits for processes that are told to stop, die, or come back.
WORKERS = max(2, (os.cpu_count() or 2) * 3 // 2)
BESIDE = f"-n {WORKERS} --dist loadfile --no-loadscope-reorder tests --ignore=tests/browser"
JOURNEYS = "tests/browser"
LAST_LINES = 12  # of each failure, at the end


def main() -> int:
    """Run both, and say by the exit code whether both are good."""
    # Dozens of processes import the same files; compiling them each time costs every one a good part of a second.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends like Ctrl-C
    running: dict[str, subprocess.Popen[bytes]] = {}
    with tempfile.TemporaryFile() as said, tempfile.TemporaryDirectory() as folder:
        reports = {words: Path(folder, f"{number}.xml") for number, words in enumerate((BESIDE, JOURNEYS))}
        try:
            running[BESIDE] = _start(BESIDE, reports[BESIDE], output=sys.stdout.fileno())
            running[JOURNEYS] = _start(
                JOURNEYS, reports[JOURNEYS], output=said.fileno(), env={"DJANGO_ALLOW_ASYNC_UNSAFE": "1"}
            )
            _wait(running)
        except KeyboardInterrupt:
            for process in running.values():
                process.send_signal(signal.SIGTERM)  # once, so that each of them ends what it has started
            _wait(running)
        said.seek(0)
        sys.stdout.buffer.write(said.read())
        sys.stdout.flush()
        failed = [words for words, process in running.items() if process.returncode != 0]
        for words in failed:
            print(f"Not good: python -m pytest {words}", *failures(reports[words]), sep="\n")
    return int(bool(failed))


def failures(report: Path) -> Iterator[str]:
    """What failed by this JUnit report: a line for each test, and the last lines of what it said."""
    if not report.exists():
        return
    for case in ElementTree.parse(report).iter("testcase"):
        for trouble in (*case.findall("failure"), *case.findall("error")):
            yield f"- {case.get('classname')}::{case.get('name')}"
            yield from (f"    {line}" for line in (trouble.text or "").splitlines()[-LAST_LINES:])


def _start(words: str, report: Path, *, output: int, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    argv = (sys.executable, "-m", "pytest", *words.split(), f"--junitxml={report}")
    return spawn(Program(name=words, argv=argv, env=env or {}, orphan_signal=signal.SIGTERM), output=output)


def _wait(running: dict[str, subprocess.Popen[bytes]]) -> None:
    for process in running.values():
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
