"""PostgreSQL through a pool whose dead connections nobody meets, not even all at once.

After PostgreSQL was started again every idle connection in the pool is dead. The pool's own check waits longer before
each next connection that it tries (1, 2, 4 … seconds), so that with five of them the first page is an error. Here the
first dead one has all others looked at and replaced, which takes milliseconds.

Django looks for `DatabaseWrapper` in a module of this name below the package in `ENGINE`.
"""

from __future__ import annotations

from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

# What was returned to the pool while it was being looked through may be dead as well.
ATTEMPTS = 3


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, but a connection that is lent has answered a moment ago.

    `CONN_HEALTH_CHECKS` has to stay off, or the pool's own check comes first.

    `patient`: whether the first connection waits for a server that does not answer, as a process that serves others
    does; a command is better told at once why there is none, which the pool does not say.
    """

    patient = True

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection that works; `psycopg_pool.PoolTimeout` when none could be made in time."""
        if not self.patient:
            psycopg.connect(**conn_params).close()
        for _ in range(ATTEMPTS):
            connection = super().get_new_connection(conn_params)
            if self.pool is None or _answers(connection):
                break
            self.pool.putconn(connection)  # found dead there, and replaced
            self.pool.check()
        return connection


def _answers(connection: psycopg.Connection[Any]) -> bool:
    try:
        ConnectionPool.check_connection(connection)
    except psycopg.Error:
        return False
    return True
