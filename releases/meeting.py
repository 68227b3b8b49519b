"""What a release would meet of others on the clusters, whatever begins it, in sentences for its preview."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from uuid import UUID

from apps_mgmt.models import App
from apps_mgmt.spec import AppSpec
from releases import fallen, hindrances, planning, standing
from releases.drift import foretold
from releases.models import Observation
from releases.states import ReleaseKind
from tenants.models import Cluster, TenantCluster


def told(
    app: App,
    going: AppSpec,
    kind: ReleaseKind,
    *,
    chosen: planning.Way | None = None,
    is_stopped: bool,
    grants: Sequence[TenantCluster],
    there: Iterable[Cluster],
    places: Sequence[standing.Place],
    seen: Mapping[UUID, Observation],
    only: Sequence[str] = (),
    taken: Collection[tuple[str, str, str]] = (),
    said: bool = False,
) -> list[str]:
    """For what it is refused or waits, what it leaves to them, and what of theirs it removes; `going` and `chosen` as
    in `planning`, `taken` as in `foretold`, `said` as in `fallen`.
    """
    lanes = partial(planning.lanes_for, app, going, there=there, grants=grants, only=only)
    strategy = planning.strategy_of(going, kind, is_stopped=is_stopped, chosen=chosen).kind
    clusters = {one.cluster_id: one.cluster.name for one in grants}
    placed = {row.cluster for row in going.placement.targets}
    emptied = {*clusters.values()} - placed if placed else set()
    found = foretold.sentences(app, seen, lanes, strategy=strategy, only=only, taken=taken, emptied=emptied)
    lost = fallen.hindrances(
        app, going, clusters=clusters, places=places, seen=seen, is_stopped=is_stopped, only=only, said=said
    )
    return [*lost, *found, *hindrances.of_copies(app, seen, places, only=only)]
