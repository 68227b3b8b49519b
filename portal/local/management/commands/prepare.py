"""`manage.py prepare`: brings the database up to date and fills in the demo, as one short step of `make run`."""

from __future__ import annotations

from typing import Any

import psycopg
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor


class Command(BaseCommand):
    """Migrate when something is missing, then run `demo`."""

    help = "Migrate the database if needed and set up the demo. Safe to repeat."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line per step that took place. CommandError when the database cannot be reached."""
        connection = connections[DEFAULT_DB_ALIAS]
        try:
            # Not through the pool, which would only say that it waited in vain.
            psycopg.connect(**connection.get_connection_params()).close()
        except psycopg.OperationalError as error:
            place = "{HOST}:{PORT}".format(**connection.settings_dict)
            raise CommandError(
                f"The database at {place} cannot be used: {str(error).strip()}. "
                "Check DATABASE_URL, or leave it out to get a private server."
            ) from error
        missing = self._missing()
        if missing:
            self.stdout.write(f"Bringing the database up to date ({missing} migrations).")
            with connection.cursor() as cursor:
                # Between two statements of a migration a slow machine thinks for longer than a page ever may.
                cursor.execute("SET idle_in_transaction_session_timeout = 0")
            call_command("migrate", interactive=False, verbosity=0)
        if "demo" in get_commands():
            call_command("demo", stdout=self.stdout, stderr=self.stderr)

    def _missing(self) -> int:
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
