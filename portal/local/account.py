"""The unprivileged account under which PostgreSQL runs when we are root: it refuses to run as root."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from portal.local.problem import LocalProblem

_CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """Numbers of a user and of its group."""

    uid: int
    gid: int

    @classmethod
    def owning(cls, place: Path) -> Account:
        """The account to which a folder belongs."""
        status = place.stat()
        return cls(status.st_uid, status.st_gid)


def unprivileged() -> Account | None:
    """None when we are not root; otherwise an account that is already there, so that none has to be made.

    Raises LocalProblem when there is none.
    """
    if os.geteuid() != 0:
        return None
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise LocalProblem(
        "PostgreSQL does not run as root, and there is no account 'postgres' or 'nobody' to run it under. "
        "Run `make run` as an ordinary user, or set DATABASE_URL to a server of your own."
    )


def run_as(account: Account | None, argv: Sequence[str], *, cwd: str = "/", text_in: str = "") -> str:
    """Run a short command under an account and return what it printed.

    Raises OSError when it cannot be started and subprocess.CalledProcessError when it fails.
    """
    return subprocess.run(
        argv,
        cwd=cwd,
        input=text_in,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    ).stdout
