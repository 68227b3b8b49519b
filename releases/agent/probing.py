"""Asking a cluster that has said nothing for a while whether it is there: a watch alone cannot tell quiet from gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from django.utils.translation import gettext as _

from releases.agent.health import PROBE
from releases.agent.session import TROUBLES, Session

SILENT_SECONDS = 10.0
AGAIN_SECONDS = 1.0


async def keep_asking(session: Session, *, works: Callable[[str], None], fails: Callable[..., None]) -> None:
    """One small question after ten seconds of silence, and again until there is an answer. Never ends by itself.

    A question that is not answered counts from when it was asked, so a cluster that hangs is lost within about twenty
    seconds; one answer, or a word on any watch, and all is well.
    """
    while True:
        silent = time.monotonic() - session.heard_at
        if silent < SILENT_SECONDS:
            works(PROBE)
            await asyncio.sleep(SILENT_SECONDS - silent)
            continue
        asked_at = time.monotonic()
        try:
            await session.probe()
        except TROUBLES as error:
            reason = _("it took too long") if isinstance(error, TimeoutError) else _("no connection")
            fails(PROBE, reason, since=asked_at)
            await asyncio.sleep(AGAIN_SECONDS)
