"""Delivering what has been delivered already: nudges, effects, and the results of effects."""

from __future__ import annotations

import random

WINDOW = 40


def deliver_again(dice: random.Random) -> int:
    """Take some effects that were carried out lately and are over; carry them out and tell their results again, two to
    five times each, in any order, between as many nudges. How often that was.
    """
    from django.db import Error, connections

    from portal.outbox.models import OutboxRow
    from portal.outbox.tasks import drain
    from releases.effect_runner import EffectRunner
    from releases.engine import EFFECT

    runner = EffectRunner()
    try:
        done = OutboxRow.objects.filter(kind=EFFECT, state=OutboxRow.State.DONE).order_by("-id")
        payloads = list(done.values_list("payload", flat=True)[:WINDOW])
        chosen = [one for one in dice.sample(payloads, min(4, len(payloads))) for _time in range(dice.randint(2, 5))]
        dice.shuffle(chosen)
        for payload in chosen:
            drain.apply_async(retry=False)
            runner.finish(payload, runner.run(payload))
    except Error:
        return 0
    finally:
        connections.close_all()
    return len(chosen)
