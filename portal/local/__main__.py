"""`python -m portal.local`: runs a whole Slipway in the foreground until Ctrl-C. `make run` ends up here."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

from portal.local import stack
from portal.local.home import Home, open_home, refuse_second, write_private
from portal.local.problem import LocalProblem
from portal.local.program import port_is_free
from portal.local.supervisor import Supervisor

_LOGIN = "login "


def main() -> int:
    """Exit code 0 after Ctrl-C or SIGTERM, 1 after a problem that has been printed."""
    try:
        wanted = _number(os.environ.get("PORT") or "8000")
        folder = Path(os.environ.get("SLIPWAY_HOME") or stack.ROOT / ".slipway").absolute()
        # First whether Slipway runs here already: then the port is its own, not another program's.
        refuse_second(folder)
        port = _free(wanted)
        home = open_home(folder)
        os.environ["SLIPWAY_HOME"] = str(home.path)
        asyncio.run(_Run(home, port=port).until_stopped())
    except LocalProblem as problem:
        print(f"\n{problem}", file=sys.stderr, flush=True)
        return 1
    except OSError as error:  # a full disk, a folder with other rights: nothing we could do better
        print(f"\n{error}. Put that right, then start again.", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:  # before the supervisor listened to it; nothing was started yet
        return 1
    return 0


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) < 65_536:
        raise LocalProblem(
            f"PORT is {text!r}, which is no port number. Give one from 1024 to 65535: PORT=8001 make run"
        )
    return int(text)


def _free(port: int) -> int:
    if not port_is_free(port):
        other = next((p for p in range(port + 1, min(port + 200, 65_536)) if port_is_free(p)), 8001)
        raise LocalProblem(
            f"Port {port} of this machine is taken by another program, or not allowed for you. "
            f"Choose another one: PORT={other} make run"
        )
    return port


class _Run:
    """One run, from the first server to the last one ended."""

    def __init__(self, home: Home, *, port: int) -> None:
        self._home, self._port = home, port
        self._began = time.monotonic()
        self._supervisor = Supervisor(logs=home.folder("logs"), pids=home.folder("run"), say=self._say)

    async def until_stopped(self) -> None:
        await self._supervisor.run(self._start)
        self._say("Stopped. Nothing is left running; the data stays for the next start.")

    async def _start(self) -> None:
        self._say(f"Slipway starts; its data is in {self._home.path}.")
        servers = stack.servers(self._home, say=self._say)
        os.environ.update(self._home.write_environment(servers.addresses, embedded=servers.embedded))
        clusters = stack.simulated_clusters(self._home)
        await self._supervisor.start(*servers.programs, *clusters)
        self._say(f"{_and([program.name for program in (*servers.programs, *clusters)])} are ready.")
        web, *others = stack.processes(self._port)
        # Side by side, since each takes one core a while; nobody knows the address before both are done.
        await asyncio.gather(self._prepare(servers), self._supervisor.start(web))
        await self._supervisor.start(*others)
        self._say(f"web is ready; {_and([program.name for program in others])} are started.")
        self._print(self._welcome())

    async def _prepare(self, servers: stack.Servers) -> None:
        logins: list[str] = []

        def show(line: str) -> None:
            if line.startswith(_LOGIN):
                logins.append(line)
            else:
                self._say(line)

        await self._supervisor.once(stack.prepare(servers), show=show)
        if logins:
            file = self._home.path / "logins"
            before = file.read_text("utf-8").splitlines() if file.exists() else []
            write_private(file, "".join(f"{line}\n" for line in with_earlier(before, logins)))
        self._say("Database and demo data are ready.")

    def _welcome(self) -> str:
        file = self._home.path / "logins"
        logins = [line.split(maxsplit=3)[1:] for line in file.read_text("utf-8").splitlines()] if file.exists() else []
        rows = [f"    {user:<10} {password:<24} {''.join(role)}" for user, password, *role in logins]
        return "\n".join(
            [
                "",
                f"  Slipway is ready:  http://127.0.0.1:{self._port}/",
                *(["", "  Sign in with (user, password):", *rows] if rows else []),
                "",
                f"  Ctrl-C stops it. What each process says is in {self._home.path / 'logs'}.",
                "",
            ]
        )

    def _say(self, sentence: str) -> None:
        self._print(f"{time.monotonic() - self._began:7.1f} s  {sentence}")

    def _print(self, text: str) -> None:
        try:
            print(text, flush=True)
        except OSError:  # the terminal is gone; what it would have shown must not stop the processes
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (stays open as long as we run)


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def with_earlier(before: list[str], new: list[str]) -> list[str]:
    """The lines of all accounts there are: a later version may bring one more, and nothing knows the others' again."""
    named = {line.split()[1] for line in new}
    return [*(line for line in before if line.split()[1] not in named), *new]


if __name__ == "__main__":
    sys.exit(main())
