"""The servers of the test session."""

from __future__ import annotations

import os

import pytest
import redis
from django.conf import settings
from django.db import connection

from portal.local import postgres


def test_that_the_settings_read_the_addresses_of_the_session() -> None:
    assert os.environ["REDIS_URL"] == settings.REDIS_URL
    assert redis.from_url(settings.REDIS_URL).ping()


@pytest.mark.django_db
def test_that_the_database_is_a_postgresql_that_is_new_enough() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        row = cursor.fetchone()

    assert int(row[0]) // 10_000 >= postgres.OLDEST
