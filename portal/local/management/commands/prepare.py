"""`manage.py prepare`: brings the database up to date and fills in the demo, as one short step of `make run`.

Where `SLIPWAY_PROCESSES_URL` names the role that web, worker, agent and clock sign in as, that role is made and given
what they need; it owns no table, so the database itself keeps it from changing the audit log.
"""

from __future__ import annotations

import os
from io import StringIO
from typing import Any
from urllib.parse import urlsplit

import psycopg
import redis
from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from portal.local.postgres import scrambled
from portal.operations.printing import PlainCommand

_POSTGRES = ("postgres", "postgresql", "psql", "pgsql")  # as django-environ takes them


class Command(PlainCommand):
    """Migrate when something is missing, then run `demo`."""

    help = "Migrate the database if needed and set up the demo. Safe to repeat."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--without-demo", action="store_true", help="bring the database up to date, and no more")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line per step that took place. CommandError when the database or Valkey cannot be used."""
        connection = connections[DEFAULT_DB_ALIAS]
        _refuse_others(os.environ.get("DATABASE_URL", ""))
        try:
            # Not through the pool, which would only say that it waited in vain.
            psycopg.connect(**connection.get_connection_params()).close()
        except psycopg.OperationalError as error:
            place = "{HOST}:{PORT}".format(**connection.settings_dict)
            raise CommandError(
                f"The database at {place} cannot be used: {str(error).strip()}. "
                "Check DATABASE_URL, or leave it out to get a private server."
            ) from error
        _ask_valkey(settings.REDIS_URL)
        processes = _made(os.environ.get("SLIPWAY_PROCESSES_URL", ""))
        missing = self._missing()
        if missing:
            self.stdout.write(f"Bringing the database up to date ({missing} migrations).")
            with connection.cursor() as cursor:
                # Between two statements of a migration a slow machine thinks for longer than a page ever may.
                cursor.execute("SET idle_in_transaction_session_timeout = 0")
            call_command("migrate", interactive=False, verbosity=0)
        if processes:
            call_command("audit", "role", processes, stdout=StringIO())
        if not options["without_demo"] and "demo" in get_commands():
            call_command("demo", stdout=self.stdout, stderr=self.stderr)

    def _missing(self) -> int:
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _refuse_others(address: str) -> None:
    """CommandError for the address of a database that is no PostgreSQL; of any other, its host would be blank here."""
    scheme, found, _rest = address.partition("://")
    if address and scheme.lower() not in _POSTGRES:
        named = f"begins with {scheme}://" if found else "is no address"
        raise CommandError(
            f"DATABASE_URL {named}, and it has to be PostgreSQL. "
            "Write it as postgres://user:password@host:5432/name, or leave it out to get a private server."
        )


def _ask_valkey(address: str) -> None:
    """CommandError where it does not answer: the web process would wait for it until its time is over."""
    try:
        with redis.Redis.from_url(address, socket_timeout=5, socket_connect_timeout=5) as client:
            client.ping()
    except (redis.RedisError, OSError, ValueError) as error:
        place = _place_in(address)
        if not place:
            raise CommandError(
                "REDIS_URL names no server. "
                "Write it as redis://:password@host:6379/0, or leave it out to get a private server."
            ) from error
        raise CommandError(
            f"The Redis or Valkey at {place} cannot be used: {str(error).strip().rstrip('.')}. "
            "Check REDIS_URL, or leave it out to get a private server."
        ) from error


def _place_in(address: str) -> str:
    """Host and port, or the path of a socket; blank where an address names neither. Never the address as it was given:
    it may hold a password.
    """
    try:
        parts = urlsplit(address)
    except ValueError:  # half a bracket of an IPv6 address
        return ""
    if parts.scheme in ("redis", "rediss") and not parts.hostname:
        return ""  # the client would take localhost, which nobody wrote
    return parts.netloc.rpartition("@")[2] or parts.path


def _made(address: str) -> str:
    """See that the role of a DATABASE_URL exists, with its password; its name, blank for no address.

    It can read tables from their beginning on: the web process asks how far the migrations are.
    """
    parts = urlsplit(address)
    role = parts.username or ""
    if not role:
        return ""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        kept = scrambled(role, parts.password or "")
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        verb = sql.SQL("ALTER" if cursor.fetchone() else "CREATE")
        name, words = sql.Identifier(role), sql.SQL("{} ROLE {} LOGIN PASSWORD {}")
        cursor.execute(words.format(verb, name, sql.Literal(kept)))
        reads = sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO {}")
        cursor.execute(reads.format(name))
    return role
