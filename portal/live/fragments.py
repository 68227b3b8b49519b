"""Messages about a topic, worded once for everyone who watches it."""

from __future__ import annotations

import json
import logging
from typing import Any

from django.conf import settings
from django.utils import translation

from portal.live import registry

log = logging.getLogger(__name__)

# A larger message is announced only, and the pages fetch it themselves.
MESSAGE_BYTES = 200 * 1024


def body(topic: str, *, version: int) -> dict[str, Any]:
    """The full message: `{topic, version, full: true, fragments}`. `version` was read before this is called.

    All fragments of a set are in one language, the installation's, whoever caused the change.
    """
    with translation.override(settings.LANGUAGE_CODE):
        fragments = registry.render(topic)
    return {"topic": topic, "version": version, "full": True, "fragments": fragments}


def message(topic: str, *, version: int) -> str:
    """The message as sent to sockets, in JSON; without fragments when they are too large or cannot be rendered."""
    try:
        text = json.dumps(body(topic, version=version), separators=(",", ":"))
    except Exception as error:  # a renderer may fail in any way; the pages still learn that there is something new
        log.exception("The fragments of %s could not be rendered (%s).", topic, type(error).__name__)
        return _announcement(topic, version=version)
    return text if len(text) <= MESSAGE_BYTES else _announcement(topic, version=version)


def _announcement(topic: str, *, version: int) -> str:
    return json.dumps({"topic": topic, "version": version, "full": False}, separators=(",", ":"))
