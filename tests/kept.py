"""What many tests begin with, set up once by the product itself and then put back as rows: milliseconds, not a second.

What the set-up wrote is read back as JSON, table by table, and rolled back; each test inserts it with one statement in
its own transaction. Nothing is committed in advance, so a test that empties the database takes nothing from the next.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

# Written by migrations, and there before any test.
STANDING = {"django_migrations", "django_content_type", "auth_permission"}
# Agents of another test that is just ending still say that they live: nothing of what was set up.
PASSING = {"releases_agent_presence"}
# What was set up longer ago is set up again: entries of the log that nobody signed for twenty minutes are trouble.
GOOD_FOR_S = 300
# What the database makes of the others is made again.
_COLUMNS = """
SELECT column_name FROM information_schema.columns
WHERE table_schema = 'public' AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position
"""


@dataclass(frozen=True)
class Kept:
    signature: str
    rows: str
    said: Any
    until: float


_kept: dict[str, Kept] = {}


def rows(name: str, set_up: Callable[[], Any]) -> Any:
    """Bring what `set_up` writes into the database; by `set_up` itself when the database is not empty.

    Returns what `set_up` returned when it wrote these rows, which is nothing that a test could change.
    """
    signature = _signature()
    found = _kept.get(name)
    if found is None or found.signature != signature or found.until < time.monotonic():
        if _tables_with_rows():
            return set_up()
        with transaction.atomic():
            said = set_up()
            until = time.monotonic() + GOOD_FOR_S
            found = _kept[name] = Kept(signature, _as_json(_tables_with_rows()), said, until)
            transaction.set_rollback(True)
    _insert(found.rows)
    return found.said


def _signature() -> str:
    """Changes when the rows of migrations were made anew, with new ids, after the database was emptied."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id), count(*) FROM auth_permission")
        return f"{connection.settings_dict['NAME']} {cursor.fetchone()}"


def _tables_with_rows() -> list[str]:
    names = sorted(set(connection.introspection.table_names()) - STANDING - PASSING)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)" for name in names))
        return [name for (name,) in cursor.fetchall()]


def _as_json(tables: list[str]) -> str:
    found: dict[str, Any] = {}
    with connection.cursor() as cursor:
        for name in tables:
            cursor.execute(_COLUMNS, [name])
            columns = ", ".join(f'"{column}"' for (column,) in cursor.fetchall())
            cursor.execute(f'SELECT json_agg(t)::text FROM (SELECT {columns} FROM "{name}") t')
            found[name] = json.loads(cursor.fetchone()[0])
    return json.dumps(found)


def _insert(rows: str) -> None:
    parts = []
    for number, (name, kept) in enumerate(json.loads(rows).items()):
        columns = ", ".join(f'"{column}"' for column in kept[0])
        source = f"json_populate_recordset(null::\"{name}\", d->'{name}')"
        parts.append(f'i{number} AS (INSERT INTO "{name}" ({columns}) SELECT {columns} FROM {source})')
    inserts = ", ".join(part.replace(" d->", " (SELECT d FROM given)->") for part in parts)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH given AS (SELECT %s::json AS d), {inserts} SELECT 1", [rows])
