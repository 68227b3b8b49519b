"""What a program to start is, and starting it so that it cannot outlive the process that started it."""

from __future__ import annotations

import asyncio
import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from portal.local.account import Account

_PR_SET_PDEATHSIG = 1
# Below the range from which kernels lend ports to outgoing connections, so that a restarted server finds its port free.
_PORTS = range(15_000, 32_000)


async def started(_pid: int) -> bool:
    """The readiness check of a program that is ready as soon as it runs."""
    return True


@dataclass(frozen=True, kw_only=True)
class Program:
    """How to start one program, how to see that it is ready and how to end it."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Added to the environment of the starting process."""
    cwd: Path | None = None
    account: Account | None = None
    """Runs under this account instead of ours; only root can do that."""
    ready: Callable[[int], Awaitable[bool]] = started
    """Takes the process id and answers at once or within a second."""
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    """Sent by the kernel when the process that started it is gone."""
    stop_last: bool = False
    """Servers that the others use end after them."""
    stop_seconds: float = 6.0
    """After this time a stopping program is killed."""


def spawn(program: Program, *, output: IO[bytes] | int) -> subprocess.Popen[bytes]:
    """Start `program` as leader of its own process group, with no standard input and both outputs going to `output`.

    Has to be called from the main thread: the kernel ties the program's life to the thread that started it.
    """
    account = program.account
    return subprocess.Popen(
        program.argv,
        env={**os.environ, **program.env},
        cwd=program.cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        preexec_fn=_tie_to(os.getpid(), program.orphan_signal) if sys.platform == "linux" else None,
    )


def _tie_to(parent: int, orphan_signal: signal.Signals) -> Callable[[], None]:
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, int(orphan_signal))
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)

    return tie


def signal_group(pid: int, number: int) -> None:
    """Send a signal to a whole process group; nothing happens when it is already gone."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):  # macOS answers EPERM for a group of zombies
        return


async def wait_until_ready(
    program: Program, *, pid: Callable[[], int | None], gone: Callable[[], bool], seconds: float
) -> bool:
    """True when the readiness check passed; False when `gone` says so or the time is over.

    `pid` answers None while the program is between two starts.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while loop.time() < deadline and not gone():
        number = pid()
        if number is not None and await program.ready(number):
            return True
        await asyncio.sleep(0.03)
    return False


def free_port(*, prefer: int | None = None) -> int:
    """A port of the loopback address that nobody listens on; `prefer` if that one is free."""
    candidates = [prefer] if prefer else []
    candidates += random.SystemRandom().sample(_PORTS, 200)
    return next(port for port in candidates if port_is_free(port))


def port_is_free(port: int) -> bool:
    """Whether we could listen on this port of the loopback address."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
