"""Which strategies put a second set of instances beside the first, and what there can be none of."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.shape import SpecShape

SECOND_SETS = frozenset({"batches", "canary", "blue-green"})
"""Strategies in which instances of the new and the old revision trade places under two workloads, or partitions."""

WAY_OUT = _("Choose rolling or recreate, or move what it does to a process that Slipway made.")


def without_second_set(spec: SpecShape, kind: str) -> str | Promise:
    """Why a release of the spec cannot go by a strategy of this kind; blank where it can.

    A workload that was taken over selects its instances by what it always did, and would take those of a second one
    for its own. It is part of the whole app's release, which goes one way.
    """
    taken = [process.name for process in spec.processes if process.adopted]
    if kind not in SECOND_SETS or not taken:
        return ""
    sentence = _(
        "{process} was taken over and keeps its own selector, so no second set of its instances can stand beside the "
        "first."
    )
    return say(sentence, process=taken[0])


def check_second_sets(spec: SpecShape, kind: str, *, field: str = "strategy") -> None:
    """SpecError, with the way out, where a release of the spec cannot go by a strategy of this kind.

    It is not part of the spec's invariants: drafts and revisions from before it was asked have to be read.
    """
    if why := without_second_set(spec, kind):
        raise SpecError(format_lazy("{} {}", why, WAY_OUT), field=field)
