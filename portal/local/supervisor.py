"""Keeps programs running, restarts a dead one, and ends all of them together."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portal.local.home import write_private
from portal.local.problem import LocalProblem
from portal.local.program import Program, signal_group, spawn, wait_until_ready

_LOG_LIMIT = 5 * 1024 * 1024
_ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class RestartPolicy:
    """A dead program is started again after `delay` seconds, doubled each time. `limit` deaths in `window` end all."""

    limit: int = 5
    window: float = 60.0
    delay: float = 0.5


@dataclass
class _Child:
    """`since`: how long its log was before its first start here; an earlier supervisor wrote what comes before."""

    program: Program
    since: int = 0
    process: subprocess.Popen[bytes] | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    deaths: deque[float] = field(default_factory=deque)

    def pid(self) -> int | None:
        return self.process.pid if self.process and not self.ended.is_set() else None


class Supervisor:
    """Runs programs for as long as `run` lasts. `say` shows a sentence to the person at the terminal."""

    def __init__(
        self, *, logs: Path, pids: Path, say: Callable[[str], None], policy: RestartPolicy | None = None
    ) -> None:
        self._logs, self._pids, self._say = logs, pids, say
        self._policy = policy or RestartPolicy()
        self._children: list[_Child] = []
        self._keepers: set[asyncio.Task[None]] = set()
        self._wanted_end: asyncio.Future[None]  # made by `run`, in its loop
        self._stopping = False
        self._hurry = False

    async def run(self, flow: Callable[[], Awaitable[None]]) -> None:
        """Run `flow`, which starts programs, then wait for Ctrl-C, SIGTERM or SIGHUP; end everything in any case.

        Raises LocalProblem when a program could not be kept running, or what `flow` raises.
        """
        loop = asyncio.get_running_loop()
        self._wanted_end = loop.create_future()
        loop.add_signal_handler(signal.SIGCHLD, self._reap)
        for number in _ENDING_SIGNALS:
            loop.add_signal_handler(number, self._end)
        main = asyncio.ensure_future(flow())
        try:
            await asyncio.wait({main, self._wanted_end}, return_when=asyncio.FIRST_COMPLETED)
            if not self._wanted_end.done():
                main.result()  # raises what went wrong in it
            await self._wanted_end
        finally:
            main.cancel()
            await asyncio.gather(main, return_exceptions=True)
            await self._stop_all()

    async def start(self, *programs: Program, seconds: float = 60.0) -> None:
        """Start programs side by side and return when all are ready. Raises LocalProblem when one is not in time."""
        await asyncio.gather(*[self._start_one(program, seconds=seconds) for program in programs])

    async def once(self, program: Program, *, show: Callable[[str], None]) -> None:
        """Run a program to its end, showing the lines it prints. Raises LocalProblem when it fails."""
        child = _Child(program)
        self._spawn(child)
        shown = child.since
        while not child.ended.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await child.ended.wait()
            shown = self._show_from(program, offset=shown, show=show, last=child.ended.is_set())
        if child.process and child.process.returncode:
            raise LocalProblem(f"{program.name} failed. Its last words:\n{self._last_words(child)}")
        self._children.remove(child)

    async def _start_one(self, program: Program, *, seconds: float) -> None:
        child = _Child(program)
        self._spawn(child)
        keeper = asyncio.ensure_future(self._keep(child))
        self._keepers.add(keeper)
        if not await wait_until_ready(program, pid=child.pid, gone=self._wanted_end.done, seconds=seconds):
            raise LocalProblem(
                f"{program.name} was not ready within {seconds:.0f} s. Its last words:\n{self._last_words(child)}"
            )

    async def _keep(self, child: _Child) -> None:
        while True:
            await child.ended.wait()
            if self._stopping or child.process is None:
                return
            name, now = child.program.name, asyncio.get_running_loop().time()
            child.deaths.append(now)
            while child.deaths[0] < now - self._policy.window:
                child.deaths.popleft()
            how = _how_it_ended(child.process.returncode)
            if len(child.deaths) >= self._policy.limit:
                self._fail(
                    f"{name} ended {self._policy.limit} times within {self._policy.window:.0f} s (last: {how}), "
                    f"so everything is stopped. Its last words, from {self._log(child.program)}:\n"
                    f"{self._last_words(child)}"
                )
                return
            delay = self._policy.delay * 2 ** (len(child.deaths) - 1)
            self._say(f"{name} ended ({how}); it is started again in {delay:.1f} s.")
            await asyncio.sleep(delay)
            try:
                self._spawn(child)
            except LocalProblem as problem:
                self._fail(str(problem))

    def _spawn(self, child: _Child) -> None:
        program = child.program
        log = self._log(program)
        length = log.stat().st_size if log.exists() else 0
        if length > _LOG_LIMIT:
            log.replace(log.with_suffix(".log.1"))
            length = child.since = 0
        child.ended.clear()
        if child not in self._children:
            self._children.append(child)
            child.since = length
        with log.open("ab") as output:
            try:
                child.process = spawn(program, output=output)
            except (OSError, subprocess.SubprocessError) as error:
                raise LocalProblem(f"{program.name} could not be started: {error}") from error
        write_private(self._pid_file(program), f"{child.process.pid}\n")

    def _reap(self) -> None:
        for child in self._children:
            if child.process and not child.ended.is_set() and child.process.poll() is not None:
                self._pid_file(child.program).unlink(missing_ok=True)
                child.ended.set()

    def _end(self) -> None:
        if self._stopping:
            self._hurry = True
            for child in self._children:
                if pid := child.pid():
                    signal_group(pid, signal.SIGKILL)
        elif not self._wanted_end.done():
            self._say("Stopping …")
            self._wanted_end.set_result(None)

    def _fail(self, sentence: str) -> None:
        if not self._wanted_end.done():
            self._wanted_end.set_exception(LocalProblem(sentence))

    async def _stop_all(self) -> None:
        self._stopping = True
        for keeper in self._keepers:
            keeper.cancel()
        for last in (False, True):
            await asyncio.gather(*[self._stop(child) for child in self._children if child.program.stop_last is last])

    async def _stop(self, child: _Child) -> None:
        self._reap()
        pid = child.pid()
        if pid is None or child.process is None:
            return
        child.process.send_signal(signal.SIGKILL if self._hurry else child.program.stop_signal)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(child.program.stop_seconds):
                await child.ended.wait()
        signal_group(pid, signal.SIGKILL)  # itself when it is late, and whatever it may have started
        await child.ended.wait()

    def _show_from(self, program: Program, *, offset: int, show: Callable[[str], None], last: bool) -> int:
        with self._log(program).open("rb") as log:
            log.seek(offset)
            text = log.read()
        whole = text if last else text[: text.rfind(b"\n") + 1]
        for line in whole.decode(errors="replace").splitlines():
            show(line)
        return offset + len(whole)

    def _last_words(self, child: _Child, *, lines: int = 12) -> str:
        with self._log(child.program).open("rb") as log:
            log.seek(max(child.since, log.seek(0, 2) - 8_000))
            words: Sequence[str] = log.read().decode(errors="replace").splitlines()[-lines:]
        return "\n".join(f"    {line}" for line in words) or "    (it said nothing)"

    def _log(self, program: Program) -> Path:
        return self._logs / f"{program.name}.log"

    def _pid_file(self, program: Program) -> Path:
        return self._pids / f"{program.name}.pid"


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    return f"killed by {signal.Signals(-code).name}"
