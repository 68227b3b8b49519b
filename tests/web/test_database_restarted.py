"""After PostgreSQL was started again the pool is full of dead connections; nobody must meet one."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection
from django.test import Client

END_ALL = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.mark.django_db(transaction=True)
def test_the_first_page_after_a_restart_of_the_database_works(client: Client) -> None:
    assert client.get("/readyz").status_code == 200
    parameters = connection.get_connection_params()
    many = [connection.pool.getconn() for _ in range(8)]
    for one in many:  # back into the pool, where nobody notices what happens to them
        connection.pool.putconn(one)
    connection.close()
    wanted = {key: parameters[key] for key in ("host", "port", "user", "password", "dbname")}
    with psycopg.connect(**wanted, autocommit=True) as other:
        other.execute(END_ALL)

    assert client.get("/readyz").status_code == 200
