"""What an app takes of its tenant's quota beside its draft: what stands of it, and the most a release can come to.

Previews, releases and what counts when they are over all ask here, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from apps_mgmt.left_numbers import SOURCE
from apps_mgmt.models import App, Revision
from apps_mgmt.spec import AppSpec, ReleasePolicy, load, peak_usage
from apps_mgmt.spec.usage import Numbers, Usage, usage_across
from apps_mgmt.values import Left, load_left
from portal import outbox
from releases import observation, remains, replacing, standing
from releases.models import Observation, Release
from releases.observation import Observation as Facts
from releases.scaled import REPLICAS
from releases.states import BRINGS_NONE
from tenants.models import Cluster, TenantCluster
from tenants.quota import ledger

COUNT = "quota.count"


class Now(NamedTuple):
    """An app at this moment: the clusters where something of it is, and what stands there or comes."""

    there: Sequence[Cluster]
    present: standing.Present

    @property
    def standing(self) -> Mapping[str, Revision]:
        """As `drafts.standing_on` has it."""
        return {one.cluster: one.revision for one in self.present.places}


def now(app: App, grants: Iterable[TenantCluster]) -> Now:
    """Read it; three queries. `grants` are those of its tenant."""
    return Now(remains.inhabited(app, among=(one.cluster for one in grants)), standing.present(app))


def peak(app: App, spec: AppSpec, known: Now, *, starts: bool = False) -> dict[str, int]:
    """The most that a release of a spec can come to, with what stands of the app until it goes, on every cluster.

    What releases that are not over bring counts as well: this one may begin while that is there, or half of it. No
    instance comes on top where none is replaced. `starts`: it brings back what was stopped, and does nothing else.
    """
    stands = _stands(known.present.places)
    stands += [(cluster, load(revision.spec)) for cluster, revision in known.present.coming]
    is_mixed = bool(known.present.coming) or any(one.half_way for one in known.present.places)
    rolled = _rolled(app, known.present.places) if is_mixed else []
    names = {cluster.name for cluster in known.there}
    if starts:
        spec = spec.change(release=ReleasePolicy())  # what people planned is for what is new
        names -= {one.cluster for one in known.present.places if one.stopped and not one.half_way}
    names -= replacing.kept(app, spec, known.present, among=names)
    numbers = _numbers(app, load_left(app.left))
    return dict(peak_usage(spec, running=names, stands=stands, rolled=rolled, numbers=numbers))


def count(app: App) -> None:
    """Reserve what stands of an app: it does, so nothing is refused. The tenant's usage rows are locked before it is
    looked at.
    """
    ledger.lock(app.tenant_id)
    left = load_left(App.objects.values_list("left", flat=True).get(pk=app.pk))
    ledger.reserve(app.tenant_id, app.pk, source=SOURCE, usage=_standing(app, left), enforce=False)


def left_with(app: App, left: Sequence[Left]) -> Usage | None:
    """What would stand of an app where these fields are left to others; None where that is what counts already. To
    leave them no longer makes none go: the release that sets the number again does.
    """
    if _of_numbers(left) <= _of_numbers(load_left(app.left)):
        return None
    return _standing(app, left)


def heard(app: App, before: Facts | None, now: Facts) -> None:
    """A cluster said something new of a locked app: where a number of instances that is left to others is another one,
    what stands is counted anew. By a row of the outbox, because usage rows are locked before apps are.
    """
    keys = {key for _cluster, key in _of_numbers(load_left(app.left))}
    if any(_wanted(before, key) != _wanted(now, key) for key in keys):
        outbox.add(COUNT, {"app": str(app.pk)}, stream=f"{COUNT}:{app.pk}")


def _standing(app: App, left: Sequence[Left]) -> Usage:
    """What a release left half way counts for as long as something of it may be there, with what came on top of it."""
    places, rolled = standing.places(app), []
    if any(one.half_way for one in places):
        there = {cluster.name for cluster in remains.left(app)}
        places = [one for one in places if not one.half_way or one.cluster in there]
        halves = {one.cluster for one in places if one.half_way}
        rolled = [(cluster, spec) for cluster, spec in _rolled(app, places) if cluster in halves]
    return usage_across(_stands(places), rolled=rolled, numbers=_numbers(app, left)) if places else {}


def _rolled(app: App, places: Iterable[standing.Place]) -> list[tuple[str, AppSpec]]:
    """Pairs of cluster and spec of what broke off there or comes, each with the strategy that its release went by. Not
    where nothing had run before: no instance came on top of others there.
    """
    ran = {one.cluster for one in places if (one.before if one.half_way else one.revision)}
    found = []
    for cluster, release in standing.rolled(app):
        if cluster in ran and not release.stopped and release.kind not in BRINGS_NONE:
            found.append((cluster, _as_it_went(release)))
        ran.add(cluster)
    return found


def _as_it_went(release: Release) -> AppSpec:
    """The spec of a release with the kind of strategy that it went by, where that is another than people planned."""
    spec = load(release.revision.spec)
    if release.strategy == spec.release.strategy.kind:
        return spec
    # Plans are not kept with what goes back, and none of them makes more than a whole second set.
    kind = "blue-green" if release.strategy in ("batches", "canary") else release.strategy
    return spec.change(release=ReleasePolicy.model_validate({"strategy": {"kind": kind}}))


def _stands(places: Iterable[standing.Place]) -> list[tuple[str, AppSpec]]:
    """Pairs of cluster and spec; where a release ended half way, what ran before it may be there as well."""
    return [
        (one.cluster, load(revision.spec))
        for one in places
        for revision in (one.revision, one.before)
        if revision is not None
    ]


def _numbers(app: App, left: Sequence[Left]) -> Numbers:
    """How many instances there are, as clusters last said, where others have that number and it was left to them."""
    kept = _of_numbers(left)
    if not kept:
        return {}
    names = dict(Cluster.objects.filter(name__in={cluster for cluster, _key in kept}).values_list("pk", "name"))
    seen = Observation.objects.filter(app=app, cluster_id__in=names)
    found: dict[str, dict[str, int]] = {}
    for row in seen:
        facts, cluster = observation.load(row.facts) or Facts(), names[row.cluster_id]
        for one in facts.workloads:
            if (cluster, f"{one.kind}/{one.name}") in kept:
                found.setdefault(cluster, {})[one.process] = one.wanted
    return found


def _of_numbers(left: Iterable[Left]) -> set[tuple[str, str]]:
    """(cluster, key) of the workloads whose number of instances is left to somebody."""
    return {(one.cluster, one.object) for one in left if one.field == REPLICAS}


def _wanted(facts: Facts | None, key: str) -> int | None:
    kind, _slash, name = key.partition("/")
    found = facts.workload(kind, name) if facts else None
    return found.wanted if found else None
