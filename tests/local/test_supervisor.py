"""The supervisor keeps processes running and never leaves one behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.local.problem import LocalProblem
from portal.local.program import Program
from portal.local.supervisor import RestartPolicy, Supervisor

SLEEPS = "import time; print('awake', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPS


def python(name: str, code: str, *, stop_seconds: float = 5.0) -> Program:
    return Program(name=name, argv=(sys.executable, "-c", code), stop_seconds=stop_seconds)


class Scene:
    """A supervisor over a temporary folder, and what it said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.supervisor = Supervisor(
            logs=folder, pids=folder, say=self.said.append, policy=RestartPolicy(limit=3, window=60, delay=0.02)
        )

    def pid(self, name: str) -> int | None:
        file = self.folder / f"{name}.pid"
        return int(file.read_text() or 0) or None if file.exists() else None

    async def until(self, wish: Callable[[], bool]) -> None:
        async with asyncio.timeout(90):
            while not wish():
                await asyncio.sleep(0.01)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def lives(pid: int | None) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return pid is not None and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_that_a_killed_process_is_started_again_with_a_sentence(scene: Scene) -> None:
    pids: list[int | None] = []

    async def flow() -> None:
        await scene.supervisor.start(python("worker", SLEEPS))
        pids.append(scene.pid("worker"))
        os.kill(pids[0] or 0, signal.SIGKILL)
        await scene.until(lambda: lives(scene.pid("worker")) and scene.pid("worker") != pids[0])
        pids.append(scene.pid("worker"))
        os.kill(os.getpid(), signal.SIGTERM)

    await scene.supervisor.run(flow)

    assert any("worker ended (killed by SIGKILL); it is started again" in sentence for sentence in scene.said)
    assert not any(lives(pid) for pid in pids)


async def test_that_a_process_that_keeps_dying_ends_everything_with_its_last_words(scene: Scene) -> None:
    others: list[int | None] = []

    async def flow() -> None:
        await scene.supervisor.start(python("agent", SLEEPS))
        others.append(scene.pid("agent"))
        await scene.supervisor.start(python("clock", "print('no such table'); raise SystemExit(3)"))
        await asyncio.Event().wait()

    with pytest.raises(LocalProblem) as caught:
        await scene.supervisor.run(flow)

    assert "clock ended 3 times within 60 s (last: exit code 3), so everything is stopped." in str(caught.value)
    assert "no such table" in str(caught.value)
    assert others
    assert not lives(others[0])
    assert not list(scene.folder.glob("*.pid"))


async def test_that_deaths_long_ago_do_not_count(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.supervisor = Supervisor(
        logs=tmp_path, pids=tmp_path, say=scene.said.append, policy=RestartPolicy(limit=2, window=0.2, delay=0.3)
    )

    async def flow() -> None:
        await scene.supervisor.start(python("clock", "pass"))
        await scene.until(lambda: len(scene.said) >= 3)
        os.kill(os.getpid(), signal.SIGTERM)

    await scene.supervisor.run(flow)

    assert len(scene.said) >= 3


async def test_that_a_process_that_does_not_listen_is_killed_in_the_end(scene: Scene) -> None:
    pids: list[int | None] = []

    async def flow() -> None:
        await scene.supervisor.start(python("web", STUBBORN, stop_seconds=0.3))
        await scene.until(lambda: (scene.folder / "web.log").read_text() == "awake\n")
        pids.append(scene.pid("web"))
        os.kill(os.getpid(), signal.SIGTERM)

    await scene.supervisor.run(flow)

    assert pids
    assert not lives(pids[0])


async def test_that_servers_end_after_the_processes_that_use_them(scene: Scene) -> None:
    order = scene.folder / "order"
    writes = textwrap.dedent("""
        import signal, sys, time
        def end(*_):
            time.sleep(float(sys.argv[2]))
            print(sys.argv[1], file=open(sys.argv[3], "a"))
            sys.exit()
        signal.signal(signal.SIGTERM, end)
        print("awake", flush=True)
        time.sleep(60)
    """)

    def program(name: str, *, last: bool, takes: float) -> Program:
        return Program(name=name, argv=(sys.executable, "-c", writes, name, str(takes), str(order)), stop_last=last)

    async def flow() -> None:
        await scene.supervisor.start(program("database", last=True, takes=0), program("web", last=False, takes=0.3))
        await scene.until(lambda: all(scene.folder.joinpath(f"{n}.log").read_text() for n in ("database", "web")))
        os.kill(os.getpid(), signal.SIGTERM)

    await scene.supervisor.run(flow)

    assert order.read_text().split() == ["web", "database"]


async def test_that_a_failing_step_ends_everything_with_its_last_words(scene: Scene) -> None:
    async def flow() -> None:
        await scene.supervisor.start(python("database", SLEEPS))
        await scene.supervisor.once(python("prepare", "raise SystemExit('disk full')"), show=scene.said.append)

    with pytest.raises(LocalProblem, match=r"prepare failed\. Its last words:\s+disk full"):
        await scene.supervisor.run(flow)

    assert not list(scene.folder.glob("*.pid"))


@pytest.mark.parametrize(
    ("code", "words"), [("raise SystemExit('disk full')", "disk full"), ("raise SystemExit(1)", "(it said nothing)")]
)
async def test_that_the_last_words_are_those_of_this_start(scene: Scene, code: str, words: str) -> None:
    log = scene.folder / "prepare.log"
    log.write_text("cache away\n")

    with pytest.raises(LocalProblem) as caught:
        await scene.supervisor.run(lambda: scene.supervisor.once(python("prepare", code), show=scene.said.append))

    assert str(caught.value) == f"prepare failed. Its last words:\n    {words}"
    assert log.read_text().startswith("cache away\n")


async def test_that_a_step_is_heard_whose_log_became_too_long_earlier(scene: Scene) -> None:
    (scene.folder / "prepare.log").write_text("x" * (5 * 1024 * 1024 + 1))

    with pytest.raises(LocalProblem, match=r"Its last words:\n    disk full$"):
        await scene.supervisor.run(
            lambda: scene.supervisor.once(python("prepare", "raise SystemExit('disk full')"), show=scene.said.append)
        )

    assert scene.said == ["disk full"]


async def test_that_the_lines_of_a_step_are_shown(scene: Scene) -> None:
    async def flow() -> None:
        await scene.supervisor.once(python("prepare", "print('one'); print('two', end='')"), show=scene.said.append)
        os.kill(os.getpid(), signal.SIGTERM)

    await scene.supervisor.run(flow)

    assert scene.said[:2] == ["one", "two"]


async def test_that_a_program_that_is_not_ready_in_time_is_a_problem(scene: Scene) -> None:
    async def never(_pid: int) -> bool:
        return False

    program = Program(name="web", argv=(sys.executable, "-c", SLEEPS), ready=never)

    with pytest.raises(LocalProblem, match=r"web was not ready within 1 s"):
        await scene.supervisor.run(lambda: scene.supervisor.start(program, seconds=1))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_that_nothing_outlives_the_supervisor(tmp_path: Path, number: int) -> None:
    code = f"""
        import asyncio, sys
        from pathlib import Path
        from portal.local.program import Program
        from portal.local.supervisor import Supervisor
        folder = Path(sys.argv[1])
        supervisor = Supervisor(logs=folder, pids=folder, say=print)
        programs = [Program(name=n, argv=(sys.executable, "-c", {STUBBORN!r}), stop_seconds=0.3) for n in ("a", "b")]
        asyncio.run(supervisor.run(lambda: supervisor.start(*programs)))
    """
    outer = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code), str(tmp_path)], stdout=subprocess.DEVNULL)
    try:
        logs, files = ([tmp_path / f"{name}.{kind}" for name in ("a", "b")] for kind in ("log", "pid"))
        soon(lambda: all(log.exists() and log.read_text() == "awake\n" for log in logs))
        soon(lambda: all(file.exists() and file.read_text().strip() for file in files))
        pids = [int(file.read_text()) for file in files]
        assert all(lives(pid) for pid in pids)

        outer.send_signal(number)

        outer.wait(60)
        soon(lambda: not any(lives(pid) for pid in pids))
    finally:
        outer.kill()
        outer.wait()


def soon(wish: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 90
    while not wish():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
