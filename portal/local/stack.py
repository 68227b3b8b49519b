"""The programs of a whole Slipway on one machine, as data."""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from portal.local import postgres, valkey
from portal.local.account import Account, unprivileged
from portal.local.home import Home, write_private
from portal.local.program import Program

ROOT = Path(__file__).resolve().parent.parent.parent
CLUSTERS = ("north", "south")

# Each thread of glibc keeps a heap of its own otherwise: a hundred megabytes for nothing.
_LEAN = {"MALLOC_ARENA_MAX": "2", "PYTHONUNBUFFERED": "1"}


@dataclass(frozen=True)
class Servers:
    """The servers to start and the addresses of all, ours or given."""

    programs: tuple[Program, ...]
    addresses: dict[str, str]
    embedded: set[str]
    """Which of the addresses are of servers of ours."""
    owner: str = ""
    """The address of our PostgreSQL for the role that owns the tables; blank for a given one."""


def servers(home: Home, *, say: Callable[[str], None]) -> Servers:
    """PostgreSQL and Valkey: given by address, else from PATH, else from wheels. Raises LocalProblem."""
    programs: list[Program] = []
    addresses: dict[str, str] = {}
    embedded: set[str] = set()
    owner = ""
    if given := home.given("DATABASE_URL"):
        addresses["DATABASE_URL"] = given
        say("Using PostgreSQL as given by DATABASE_URL.")
    else:
        account = unprivileged()
        folder = home.database_folder(account, say=say)
        if account:
            account = Account.owning(folder)  # of the first start, whatever accounts there are now
        data = folder / "data"
        version = postgres.data_version(data)
        binaries = postgres.find(account=account, wanted=version)
        say(f"Using {binaries}, data in {data}.")
        if version is None:
            say("Making the database, the first time only …")
        postgres.initialise(binaries, data=data, account=account)
        port = home.port("postgres")
        programs.append(postgres.program(binaries, data=data, port=port, account=account))
        addresses["DATABASE_URL"] = postgres.address_of_processes(data=data, port=port)
        owner = postgres.address(data=data, port=port)
        embedded.add("DATABASE_URL")
    if given := home.given("REDIS_URL"):
        addresses["REDIS_URL"] = given
        say("Using Valkey as given by REDIS_URL.")
    else:
        binary = valkey.find()
        folder = home.folder("valkey")
        port = home.port("valkey")
        programs.append(valkey.program(binary, folder=folder, port=port))
        addresses["REDIS_URL"] = valkey.address(folder=folder, port=port)
        embedded.add("REDIS_URL")
        say(f"Using {binary}.")
    return Servers(tuple(programs), addresses, embedded, owner)


def simulated_clusters(home: Home) -> tuple[Program, ...]:
    """A simulated cluster each for the demo, with files beside its state that say how to reach it."""
    return tuple(_simulated_cluster(home, name) for name in CLUSTERS)


def prepare(servers: Servers) -> Program:
    """Migrations and demo data; runs to its end before worker, agent and clock start.

    On a PostgreSQL of ours it does so as the owner of the tables, and gives the role of the others what they need.
    """
    env = _LEAN | {"LOG_LEVEL": "WARNING"}
    if servers.owner:
        env |= {"DATABASE_URL": servers.owner, "SLIPWAY_PROCESSES_URL": servers.addresses["DATABASE_URL"]}
    return Program(name="prepare", argv=_manage("prepare"), env=env, cwd=ROOT)


def processes(port: int) -> tuple[Program, ...]:
    """What Slipway itself consists of, the web process first: it is ready when /readyz says so."""
    web = [sys.executable, "-m", "uvicorn", "portal.asgi:application", "--host", "127.0.0.1", "--port", str(port)]
    web += ["--no-access-log", "--lifespan", "off", "--ws", "websockets", "--ws-max-size", "16384"]
    # Whom to believe about the caller is TRUSTED_PROXIES' alone to say; uvicorn would believe all of this machine.
    web += ["--timeout-graceful-shutdown", "2", "--no-proxy-headers"]
    worker = [sys.executable, "-m", "celery", "-A", "portal", "worker", "--pool", "threads", "--concurrency", "16"]
    worker += ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "WARNING"]

    async def page_is_ready(_pid: int) -> bool:
        return await http_status(port, "/readyz") == 200

    return (
        Program(name="web", argv=tuple(web), env=_LEAN, cwd=ROOT, ready=page_is_ready),
        Program(name="worker", argv=tuple(worker), env=_LEAN, cwd=ROOT),
        Program(name="agent", argv=_manage("agent"), env=_LEAN, cwd=ROOT),
        Program(name="clock", argv=_manage("clock"), env=_LEAN, cwd=ROOT),
    )


async def http_status(port: int, path: str) -> int | None:
    """The status that a server on the loopback address answers within five seconds; None when it does not."""
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
                parts = (await reader.readline()).split()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return None
    return int(parts[1]) if len(parts) > 1 else None


def _manage(command: str) -> tuple[str, ...]:
    return (sys.executable, str(ROOT / "manage.py"), command)


def _simulated_cluster(home: Home, name: str) -> Program:
    folder = home.folder("clusters", name)
    port = home.port(f"cluster-{name}")
    token_file = folder / "token"
    if not token_file.exists():
        write_private(token_file, secrets.token_urlsafe(32))
    write_private(folder / "url", f"http://127.0.0.1:{port}\n")
    argv = [sys.executable, "-m", "releases.simulator", "--name", name, "--port", str(port)]
    argv += ["--token-file", str(token_file), "--state", str(folder / "state.json")]
    argv += ["--kubeconfig", str(folder / "kubeconfig")]

    async def ready(_pid: int) -> bool:
        return await http_status(port, "/readyz") is not None

    return Program(name=f"cluster-{name}", argv=tuple(argv), env=_LEAN, cwd=ROOT, ready=ready)
