"""Topic versions: raised in the writing transaction, read before what they describe is read."""

from __future__ import annotations

from django.db import connection, transaction

from portal.live.models import TopicVersion
from portal.live.publisher import publisher

RAISE = """
INSERT INTO live_topicversion AS known (topic, version)
SELECT topic, 1 FROM unnest(%(topics)s::text[]) WITH ORDINALITY AS asked (topic, place) ORDER BY place
ON CONFLICT (topic) DO UPDATE SET version = known.version + 1
RETURNING topic, version
"""


def touch(*topics: str) -> None:
    """What these topics show changes with this transaction: raise their versions now, publish after commit.

    Holds the topics' rows until commit. So call it late, once, with all topics (they are locked in sorted order), and
    only the audit head after it: that is the lock order of the portal.
    """
    if not topics:
        return
    if not connection.in_atomic_block:
        raise RuntimeError("live.touch() belongs into the transaction that changes what the topics show.")
    raised = raise_versions(topics)
    transaction.on_commit(lambda: publisher.publish(raised), robust=True)


def version(topic: str) -> int:
    """The version of a topic now; 0 when it was never touched. Read it before the data a page shows."""
    return versions(topic)[topic]


def versions(*topics: str) -> dict[str, int]:
    """The versions of several topics, in one query."""
    found = dict(TopicVersion.objects.filter(topic__in=topics).values_list("topic", "version"))
    return {topic: found.get(topic, 0) for topic in topics}


def raise_versions(topics: tuple[str, ...]) -> dict[str, int]:
    """Add one to each, in sorted order, so that two writers never wait for each other crosswise."""
    with connection.cursor() as cursor:
        cursor.execute(RAISE, {"topics": sorted(set(topics))})
        return dict(cursor.fetchall())
