"""What somebody at the command line is told while the database does not answer."""

from __future__ import annotations

import os

import psycopg
from django.db import OperationalError
from django.utils.translation import gettext as _

from portal.environment import home
from portal.local.home import read_environment

NOBODY_THERE = ("refused", "No such file")


def is_absent(error: OperationalError) -> bool:
    """Whether the server could not be reached, or went away; not where it answers and refuses."""
    cause = error.__cause__
    state = cause.sqlstate if isinstance(cause, psycopg.Error) else None
    return state is None or state.startswith(("08", "57P"))


def words(error: OperationalError, *, place: str) -> str:
    """One sentence with the next step: of the private server of `make run`, or of one that was given at `place`."""
    reason = str(error).strip().partition("\n")[0].rstrip(".")
    if _is_ours() and any(one in reason for one in NOBODY_THERE):
        return _("The database does not answer. Start Slipway with `make run`.")
    sentence = _("The database at {place} does not answer: {reason}. Check DATABASE_URL, and that its server runs.")
    return sentence.format(place=place, reason=reason)


def _is_ours() -> bool:
    kept = read_environment(home() / "env")
    ours = "DATABASE_URL" in kept.get("SLIPWAY_EMBEDDED", "").split(",")
    return ours and os.environ.get("DATABASE_URL") == kept.get("DATABASE_URL")
