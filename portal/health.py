"""`/healthz`: this process answers. `/readyz`: its database and its message broker answer too, within a second, and
the database has the tables that this process was written for.
"""

from __future__ import annotations

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

_migrated: list[bool] = []


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 as long as this process answers at all."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when pages would work, 503 with what is away, or not brought up to date, when they would not."""
    there = _database()
    words = {"database": "away" if not there else "ok" if _is_migrated() else "not migrated"}
    words["broker"] = "ok" if _broker() else "away"
    ready = set(words.values()) == {"ok"}
    return JsonResponse({"status": "ok" if ready else "not ready", **words}, status=200 if ready else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, OSError):
        return False
    return True


def _is_migrated() -> bool:
    """Asked until it is so once: no process sees its own migrations taken back."""
    if not _migrated:
        try:
            executor = MigrationExecutor(connection)
            if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
                _migrated.append(True)
        except (DatabaseError, OSError):
            return False
    return bool(_migrated)


def _broker() -> bool:
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        return bool(client.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        client.close()
