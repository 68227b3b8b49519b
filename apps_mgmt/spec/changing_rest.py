"""Changes to placement, release policy, jobs, drains, labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from django.utils.translation import gettext_lazy as _

from apps_mgmt.spec.base import drop, put
from apps_mgmt.spec.life import Drain, Job, Pair
from apps_mgmt.spec.placing import Override, Target
from apps_mgmt.spec.shape import SpecShape


class OtherChanges(SpecShape):
    """What concerns the app as a whole."""

    def with_targets(self, targets: Iterable[Target | Mapping[str, Any]]) -> Self:
        """The clusters it runs on, all of them anew, and no longer chosen by themselves."""
        rows = tuple(row if isinstance(row, Target) else Target(**row) for row in targets)
        return self.with_placement(targets=rows, auto=None)

    def moved(self, source: str, target: str) -> Self:
        """All that it says of one cluster said of another: its share, what is different there, when its turn is."""
        rows = tuple(
            row.change(cluster=target) if row.cluster == source else row
            for row in self.placement.targets
            if row.cluster != target
        )
        known = {row.cluster: row for row in self.placement.overrides}
        if source in known:
            known[target] = known.pop(source).change(cluster=target)
        waves = self.release.waves
        order = tuple(
            wave.change(clusters=tuple(target if name == source else name for name in wave.clusters))
            for wave in waves.order
        )
        moved = self.with_placement(targets=rows, overrides=tuple(known.values()))
        return moved if order == waves.order else moved.with_release(waves=waves.change(order=order))

    def with_placement(self, **changes: Any) -> Self:
        """Placement with these fields changed."""
        return self.change(placement=self.placement.change(**changes))

    def with_override(self, cluster: str, **changes: Any) -> Self:
        """What is different on a cluster, with these fields changed; nothing different is no override."""
        rows = self.placement.overrides
        known = next((row for row in rows if row.cluster == cluster), Override(cluster=cluster))
        changed = known.change(**changes)
        if changed == Override(cluster=cluster):
            return self.with_placement(overrides=tuple(row for row in rows if row.cluster != cluster))
        return self.with_placement(overrides=put(rows, changed))

    def with_release(self, **changes: Any) -> Self:
        """The release policy with these fields changed."""
        return self.change(release=self.release.change(**changes))

    def with_job(self, name: str, **fields: Any) -> Self:
        """A job by the clock, new or in place of the one of that name."""
        return self.change(jobs=put(self.jobs, Job(name=name, **fields)))

    def without_job(self, name: str) -> Self:
        """Without that job."""
        return self.change(jobs=drop(self.jobs, [name], what=_("job")))

    def with_drain(self, name: str, **fields: Any) -> Self:
        """A log drain, new or in place of the one of that name."""
        return self.change(drains=put(self.drains, Drain(name=name, **fields)))

    def without_drain(self, name: str) -> Self:
        """Without that log drain."""
        return self.change(drains=drop(self.drains, [name], what=_("log drain")))

    def with_labels(self, labels: Mapping[str, str]) -> Self:
        """The labels, all of them anew."""
        return self.change(labels=_pairs(labels))

    def with_annotations(self, annotations: Mapping[str, str]) -> Self:
        """The annotations, all of them anew."""
        return self.change(annotations=_pairs(annotations))


def _pairs(values: Mapping[str, str]) -> tuple[Pair, ...]:
    return tuple(Pair(key=key, value=value) for key, value in values.items())
