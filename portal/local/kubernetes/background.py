"""A control plane that goes on in the background: `manage.py cluster up` starts it, `down` ends it.

One process supervises the programs; it holds a lock on the folder while it lives, so that a number in a file is never
taken for a process that it no longer names.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

from portal.local.kubernetes import assets, plane, seeding
from portal.local.problem import LocalProblem
from portal.local.supervisor import Supervisor

ROOT = Path(__file__).resolve().parents[3]
READY_SECONDS = 180.0  # of a machine that does much else; when it ends by itself, that is seen at once
END_SECONDS = 30.0


def up(name: str, folder: Path, *, nodes: int, with_process: int | None = None) -> Path:
    """Start a control plane and return the kubeconfig of its administrator once it is ready. Raises LocalProblem.

    It goes on until `down`; with `with_process`, until the process of that number ends, if that comes first.
    """
    assets.find()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if running(folder):
        raise LocalProblem(f"The cluster {name} runs already. End it with: manage.py cluster down {name}")
    hears, tells = os.pipe()
    argv = [sys.executable, "-m", "portal.local.kubernetes.background", name, str(folder), str(nodes), str(tells)]
    argv += [str(with_process)] if with_process else []
    with (folder / "supervisor.log").open("wb") as log:
        process = subprocess.Popen(
            argv, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[tells], start_new_session=True
        )
    os.close(tells)
    with open(hears, "rb") as ear:
        told, _, _ = select.select([ear], [], [], READY_SECONDS)
        if told and ear.read(1):
            return folder / "admin.kubeconfig"
    process.terminate()
    process.wait(END_SECONDS)
    said = (folder / "supervisor.log").read_text("utf-8", errors="replace").strip()
    raise LocalProblem(f"The cluster {name} did not start:\n{said or '    (it said nothing)'}")


def down(name: str, folder: Path) -> None:
    """End a control plane that `up` started; what was in it is kept. Raises LocalProblem when none runs."""
    if not running(folder):
        raise LocalProblem(f"The cluster {name} does not run. Start it with: manage.py cluster up {name}")
    pid = int((folder / "lock").read_text("ascii"))
    with open(os.pidfd_open(pid)) as process:
        os.kill(pid, signal.SIGTERM)
        ended, _, _ = select.select([process], [], [], END_SECONDS)
    if not ended:
        raise LocalProblem(f"The cluster {name} (process {pid}) does not end. Its log is {folder}/supervisor.log.")


def running(folder: Path) -> bool:
    """Whether a control plane lives in this folder."""
    if not (folder / "lock").exists():
        return False
    with (folder / "lock").open("a") as lock:
        return not _locked(lock)


def _locked(lock: IO[str]) -> bool:
    """Whether we could have the lock for ourselves."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _supervise(name: str, folder: Path, *, nodes: int, tells: int, with_process: int | None) -> None:
    found = assets.find()
    made = plane.prepare(name, folder)
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    supervisor = Supervisor(logs=logs, pids=logs, say=lambda line: print(line, flush=True))
    if with_process:
        _end_with(with_process)

    async def start() -> None:
        for group in plane.programs(made, found):
            await supervisor.start(*group)
        await seeding.seed(made, found, nodes=nodes)
        os.write(tells, b"!")
        os.close(tells)

    await supervisor.run(start)


def _end_with(process: int) -> None:
    """End like on SIGTERM as soon as another process is gone."""
    loop, lives = asyncio.get_running_loop(), os.pidfd_open(process)

    def gone() -> None:
        loop.remove_reader(lives)
        signal.raise_signal(signal.SIGTERM)

    loop.add_reader(lives, gone)


def main(arguments: list[str]) -> int:
    """`NAME FOLDER NODES PIPE [PROCESS]`: what `up` starts. Exit code 1 after a problem that has been printed."""
    name, folder = arguments[0], Path(arguments[1])
    nodes, tells, *lives = (int(number) for number in arguments[2:])
    with (folder / "lock").open("a+") as lock:
        if not _locked(lock):
            print(f"The cluster {name} runs already.")
            return 1
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        try:
            asyncio.run(_supervise(name, folder, nodes=nodes, tells=tells, with_process=lives[0] if lives else None))
        except LocalProblem as problem:
            print(problem, flush=True)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
