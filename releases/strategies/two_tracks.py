"""What every strategy with a second track begins and ends with, and how it goes back.

The second track is opened without instances, and trades with the first until it carries everything. Then the first,
which has none left, becomes new as well, and they trade back: so names and selectors stay what they were. All that
time the Services lead to whichever instances there are; on the way back they are touched last.
"""

from collections.abc import Iterator
from typing import Literal

from releases.strategies.plan import Ask, Outline, outline

ALL = "100%"
MOST = 50  # so many batches are planned at most; the last one takes what is left
Track = Literal["canary", "stable"]
BOTH = outline("traffic", doors="both")
"""Services lead to both tracks and routes to the Services, so that traffic goes with the instances."""


def opened(*, doors: str) -> tuple[Outline, ...]:
    """Up to where the second track stands beside the first. What is new to a cluster is there by then, too."""
    return (
        outline("apply", part="needs", doors=doors),
        outline("open_tracks", partition=True),
        outline("set_replicas", tracks="untraded"),
    )


def traded(ask: Ask, to: str, *, grows: Track = "canary", surge: str = "0", **options: bool | None) -> Outline:
    """Until so many instances are those of the growing track; `surge` and `options` as for `steps.trade`."""
    return outline("trade", timeout=ask.patience, to=to, grows=grows, surge=surge, partition=True, **options)


def home(ask: Ask, *, surge: str = "0") -> tuple[Outline, ...]:
    """From a second track that carries everything to how it ends."""
    return (
        outline("apply", part="workloads"),
        traded(ask, ALL, grows="stable", surge=surge),
        outline("set_replicas", tracks="all"),
        outline("wait_ready", timeout=ask.patience),
        outline("apply", part="leads", doors="close"),
        outline("prune"),
    )


def back(ask: Ask) -> tuple[Outline, ...]:
    """To what ran before, from wherever it is: full again first, then reached again, then the rest goes.

    Full at once; or in batches, in which the second track trades with the first, as long as it stands. Before these,
    traffic goes with the instances: what leads to the second track alone would lead to nobody after the last of them.
    """
    batches = [traded(ask, size, grows="stable") for size in sizes(ask.batch, most=ask.most)] if ask.batch else []
    return (
        outline("apply", part="needs", doors="leave"),
        outline("apply", part="workloads"),
        *([BOTH] if batches else []),
        *batches,
        outline("set_replicas", tracks="all"),
        outline("wait_ready", timeout=ask.patience),
        outline("apply", part="leads", doors="close"),
        outline("prune"),
    )


def sizes(batch: str, *, most: int) -> Iterator[str]:
    """How many are new after each batch: `25%`, `50%`, `75%`, `100%`; or `2`, `4`, …, and then all."""
    if batch.endswith("%"):
        step = max(1, int(batch[:-1]))
        yield from (f"{percent}%" for percent in list(range(step, 100, step))[: MOST - 1])
    else:
        step = max(1, int(batch))
        yield from (str(number) for number in list(range(step, most, step))[: MOST - 1])
    yield ALL
