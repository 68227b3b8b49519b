"""Tells whoever watches clusters that a record changed. A missed message is caught by the watcher's own poll."""

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


def _publish(text: str) -> None:
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=PATIENCE_SECONDS, socket_timeout=PATIENCE_SECONDS
        ) as client:
            client.publish(CHANNEL, text)
    except redis.RedisError as error:
        log.warning("The change of cluster %s was not announced: %s", text, error)
