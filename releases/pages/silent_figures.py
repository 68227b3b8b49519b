"""What is told of instances on clusters of which nothing is heard: it is what they said last, and may be so no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from releases.observation import WorkloadFacts
from tenants.models import Cluster


def of_process(seen: Sequence[tuple[str, WorkloadFacts]], records: Mapping[str, Cluster]) -> tuple[str, str]:
    """The state of a process some of whose ready instances are on such clusters, and in a sentence how many of them
    where; both blank where every cluster answers. `seen`: pairs of cluster and what it said last of a workload.
    """
    counts: dict[str, int] = {}
    for name, workload in seen:
        record = records.get(name)
        if record is not None and record.state in Cluster.UNSEEN and workload.ready:
            counts[name] = counts.get(name, 0) + workload.ready
    if not counts:
        return "", ""
    away = _("{number} of them on {cluster}, which does not answer.")
    blind = _("{number} of them on {cluster}, where Slipway may not look.")
    told = (
        (blind if records[name].state == Cluster.State.BLIND else away).format(number=number, cluster=name)
        for name, number in counts.items()
    )
    return records[next(iter(counts))].state, " ".join(told)
