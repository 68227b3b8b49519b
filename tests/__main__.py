"""`make test`: the journeys in a browser beside everything else, because both wait half of the time.

They are two calls of pytest, as Playwright keeps an event loop running in its thread, which Django has to be told to
allow. What the first one says comes at once; what the journeys say comes whole, when everything has ended.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile

from portal.local.program import Program, spawn

# Three for two cores: a good part of the tests waits for processes that are told to stop, die, or come back.
WORKERS = max(2, (os.cpu_count() or 2) * 3 // 2)
BESIDE = f"-n {WORKERS} --dist loadfile --no-loadscope-reorder tests --ignore=tests/browser"
JOURNEYS = "tests/browser"


def main() -> int:
    """Run both, and say by the exit code whether both are good."""
    # Dozens of processes import the same files; compiling them each time costs every one a good part of a second.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends like Ctrl-C
    running: dict[str, subprocess.Popen[bytes]] = {}
    with tempfile.TemporaryFile() as said:
        try:
            running[BESIDE] = _start(BESIDE, output=sys.stdout.fileno())
            running[JOURNEYS] = _start(JOURNEYS, output=said.fileno(), env={"DJANGO_ALLOW_ASYNC_UNSAFE": "1"})
            _wait(running)
        except KeyboardInterrupt:
            for process in running.values():
                process.send_signal(signal.SIGTERM)  # once, so that each of them ends what it has started
            _wait(running)
        said.seek(0)
        sys.stdout.buffer.write(said.read())
    failed = [words for words, process in running.items() if process.returncode != 0]
    for words in failed:
        print(f"Not good: python -m pytest {words}")
    return int(bool(failed))


def _start(words: str, *, output: int, env: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    argv = (sys.executable, "-m", "pytest", *words.split())
    return spawn(Program(name=words, argv=argv, env=env or {}, orphan_signal=signal.SIGTERM), output=output)


def _wait(running: dict[str, subprocess.Popen[bytes]]) -> None:
    for process in running.values():
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
