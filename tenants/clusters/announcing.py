"""Tells whoever watches clusters that a record changed, or that rights or kinds there are gone.

A missed message is caught by the watcher's own poll, or at the end of a watch.
"""

from __future__ import annotations

import logging
import uuid
from functools import partial

import redis
from django.conf import settings
from django.db import transaction

CHANNEL = "slipway:clusters"
PATIENCE_SECONDS = 0.5

log = logging.getLogger(__name__)


def announce(cluster_id: uuid.UUID) -> None:
    """Publish the cluster's id once the present transaction has committed."""
    transaction.on_commit(partial(_publish, str(cluster_id)), robust=True)


def rights_gone(cluster_id: uuid.UUID) -> None:
    """The same of a cluster where a check found rights gone, or other kinds than before: whoever watches it asks anew
    what it serves and whether they still may look.
    """
    transaction.on_commit(partial(_publish, anew(cluster_id)), robust=True)


def anew(cluster_id: uuid.UUID) -> str:
    """What is published then."""
    return f"anew {cluster_id}"


def _publish(text: str) -> None:
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=PATIENCE_SECONDS, socket_timeout=PATIENCE_SECONDS
        ) as client:
            client.publish(CHANNEL, text)
    except redis.RedisError as error:
        log.warning("The change of cluster %s was not announced: %s", text, error)
