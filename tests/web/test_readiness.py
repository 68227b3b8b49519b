"""`/readyz` says whether pages would work."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client

from portal import health

pytestmark = pytest.mark.django_db


def test_it_is_ready_where_all_tables_are(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "database": "ok", "broker": "ok"})


def test_it_is_not_ready_before_the_database_has_been_brought_up_to_date(client: Client) -> None:
    health._migrated.clear()
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE id IN (SELECT max(id) FROM django_migrations WHERE app = 'releases')"
        )
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "not migrated")
