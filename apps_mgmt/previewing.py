"""What a new spec would change: the spec in rows, the manifests of each cluster, the quota before and after."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt import noticing
from apps_mgmt.facts import facts_for
from apps_mgmt.isolating import rows_of_isolation
from apps_mgmt.models import App
from apps_mgmt.preview_rows import object_row, replica_lines, rows_by_cluster
from apps_mgmt.rendering import ADOPTS, Rendered, manifest_diff, render
from apps_mgmt.spec import AppSpec, SpecError, parse_image, usage
from portal.operations.subject import Preview
from tenants.clusters import grants_of, restricting, unseen
from tenants.isolation import Isolation
from tenants.models import TenantCluster
from tenants.quota import ledger
from tenants.quota.arithmetic import QuotaLine
from tenants.quota.dimensions import CPU, INSTANCES, MEMORY
from tenants.quota.showing import row as quota_row

ALWAYS = (INSTANCES, CPU, MEMORY)
Grants = Sequence[TenantCluster]
Know = Callable[["App", Grants], Any]
Peak = Callable[["App", AppSpec, Any], tuple[str, Mapping[str, int]]]
Course = Callable[["App", AppSpec, Grants, Any], Sequence[Mapping[str, Any]]]
_peaks: list[tuple[Know, Peak]] = []
Isolations = Callable[["App"], Mapping[str, Isolation]]
_isolations: list[Isolations] = []
_courses: list[Course] = []
Meet = Callable[["App", AppSpec, Grants, Any], Sequence[str]]
_meets: list[Meet] = []


def rolls_with(peak: Peak, *, known: Know) -> None:
    """Register who knows under which name, and how much, a release reserves; and who reads what has to be `known`."""
    _peaks[:] = [(known, peak)]


def isolated_by(find: Isolations) -> None:
    """Register who knows under which isolation of its tenant what stands of an app on a cluster was made, where that
    is another one than today's.
    """
    _isolations[:] = [find]


def goes_by(course: Course) -> None:
    """Register who knows what a release of a spec would do step by step, as `Preview.course` has it."""
    _courses[:] = [course]


def met_by(meet: Meet) -> None:
    """Register who knows what a release of a spec would be refused for on the clusters, in sentences."""
    _meets[:] = [meet]


def preview_spec(
    app: App,
    before: AppSpec | Mapping[str, AppSpec],
    after: AppSpec,
    *,
    grants: Grants | None = None,
    source: str = "draft",
    asked: Mapping[str, int] | None = None,
    enforced: bool = True,
    only: Collection[str] = (),
    foresees: bool = False,
    brings: bool = False,
    known: Any = None,
) -> Preview:
    """The preview of an edit. Rendering both specs also finds what would be refused at deploy.

    `before` is one spec, or by cluster the one that stands there, where there is any. `source` and `asked` are what
    would be reserved, and by whom: the draft what `after` uses, unless said otherwise; of a draft it is also said
    what deploying it would come to. What stands on a cluster is rendered as the tenant was isolated when it was
    made, so that what a release brings of another isolation is among the lines; with `brings` among the rows, too.
    `grants` are the tenant's, where they were read already. What is not `enforced` is let through whatever the quota
    says. `only`: on these clusters; on all of `after` if none is named. `foresees`: with what a release of it would do
    step by step. `known` is from `known_of`, where that was read already.
    """
    grants = grants_of(app.tenant_id) if grants is None else grants
    new = [one for one in rendered(app, after, grants=grants) if not only or one.cluster in only]
    names = [one.cluster for one in new]
    placed = () if isinstance(before, Mapping) else [row.cluster for row in before.placement.targets]
    were = before if isinstance(before, Mapping) else dict.fromkeys([*placed, *names], before)
    isolated = _isolated(app)
    old = as_they_were(app, were, grants=grants, isolated=isolated)
    left = () if only else sorted(old.keys() - {*names})
    manifests, recreates = changed_objects(old, new, left=left)
    standing = ledger.standing(app.tenant_id, app.pk)
    lines = quota_lines(standing, source=source, asked=usage(after) if asked is None else asked)
    known = known_of(app, grants) if known is None and asked is None else known
    rolling = _rolling(app, after, standing, known) if known is not None else []
    rows = rows_of_isolation(app, isolated, clusters={*names} & were.keys()) if brings else []
    return Preview(
        spec=[*rows, *rows_by_cluster(names, before, after)],
        manifests=manifests,
        quota=[quota_row(one) for one in lines],
        rolling=[quota_row(one) for one in rolling],
        warnings=[
            *shortage(app.tenant_id, lines, rolling, enforced=enforced),
            *_warnings((one for name, one in were.items() if name not in left), after, new),
            *_of_clusters(before, names, grants=grants),
            *(_of_unseen(after, grants=grants) if asked is None else ()),
            *_of_left(app, {name: old[name] for name in left}),
            *_of_isolation(app, isolated, new),
            *(words for meet in _meets if asked is None for words in meet(app, after, grants, known)),
        ],
        recreates=recreates,
        course=[row for course in _courses if foresees for row in course(app, after, grants, known)],
    )


def quota_now(tenant_id: uuid.UUID) -> list[dict[str, Any]]:
    """What always matters, as it is now."""
    return [quota_row(one) for one in ledger.usage_of(tenant_id) if one.dimension in ALWAYS]


def quota_lines(
    standing: ledger.Standing,
    *,
    source: str,
    asked: Mapping[str, int],
    beside: Mapping[str, Mapping[str, int]] | None = None,
) -> list[QuotaLine]:
    """Before and after: what always matters, and whatever else the change moves."""
    moved = {one.dimension: one for one in standing.after(source=source, usage=asked, beside=beside)}
    lines = [moved.get(one.dimension, one) for one in standing.now()]
    return [one for one in lines if one.dimension in ALWAYS or one.dimension in moved]


def shortage(
    tenant_id: uuid.UUID, lines: Sequence[QuotaLine], rolling: Sequence[QuotaLine], *, enforced: bool
) -> list[str]:
    """What is short, by how much and who can raise it, before anything is sent; nothing where all fits."""
    if not enforced and not all(one.fits for one in lines):
        return [_("This is more than the quota allows. Going back to what ran last is let through all the same.")]
    if not all(one.fits for one in lines):
        return [ledger.refusal(tenant_id, lines)]
    if not all(one.fits for one in rolling):
        sentence = _("This can be saved, but not deployed. {reason}")
        return [sentence.format(reason=ledger.refusal(tenant_id, rolling))]
    return []


def known_of(app: App, grants: Grants) -> Any:
    """What is known of an app before a release of it, with its `standing` as `drafts.standing_on` has it."""
    return next((know(app, grants) for know, _peak in _peaks), None)


def _rolling(app: App, after: AppSpec, standing: ledger.Standing, known: Any) -> list[QuotaLine]:
    """Saved and deployed at once: old instances run beside new ones for a while."""
    source, asked = _peaks[0][1](app, after, known)
    return quota_lines(standing, source=source, asked=asked, beside={"draft": usage(after)})


def rendered(app: App, spec: AppSpec, *, grants: Grants, isolated: Isolation | None = None) -> list[Rendered]:
    """The manifests of a spec on each of its clusters; `isolated` as `facts_for` has it."""
    return [render(spec, facts) for _cluster, facts in facts_for(app, spec, grants=grants, isolated=isolated)]


def changed_objects(
    old: Mapping[str, Rendered], new: Sequence[Rendered], *, left: Collection[str] = ()
) -> tuple[list[dict[str, Any]], list[str]]:
    """`Preview.manifests` and `Preview.recreates` of what clusters are given anew, and of those that are left."""
    manifests: list[dict[str, Any]] = []
    recreates: list[str] = []
    for one in new:
        for changed in manifest_diff(old[one.cluster].manifests if one.cluster in old else (), one.manifests):
            manifests.append(object_row(one.cluster, changed))
            recreates += [f"{one.cluster}: {sentence}" for sentence in changed.recreate]
    manifests += replica_lines(new, old)
    for cluster in left:
        manifests += [object_row(cluster, gone) for gone in manifest_diff(old[cluster].manifests, ())]
    return manifests, recreates


def as_they_were(
    app: App, were: Mapping[str, AppSpec], *, grants: Grants, isolated: Mapping[str, Isolation] | None = None
) -> dict[str, Rendered]:
    """What each cluster was given, by its name; each spec is rendered once for each isolation that clusters are under.

    One that cannot be any more is nothing. `isolated`: what `_isolated` found, where it was asked already.
    """
    isolated = _isolated(app) if isolated is None else isolated
    found: dict[str, Rendered] = {}
    for spec, isolation in dict.fromkeys((spec, isolated.get(name)) for name, spec in were.items()):
        try:
            there = {one.cluster: one for one in rendered(app, spec, grants=grants, isolated=isolation)}
        except SpecError:
            continue
        mine = (name for name, one in were.items() if one == spec and isolated.get(name) == isolation)
        found |= {name: there[name] for name in mine if name in there}
    return found


def _isolated(app: App) -> Mapping[str, Isolation]:
    return {name: one for find in _isolations for name, one in find(app).items()}


def _of_isolation(app: App, isolated: Mapping[str, Isolation], new: Sequence[Rendered]) -> list[str]:
    """That instances come under another isolation, where a release brings that as well."""
    clusters = [one.cluster for one in new if one.cluster in isolated]
    if not clusters:
        return []
    sentence = _(
        "The isolation of the tenant was changed: {words}. When this is deployed, every instance on {clusters} is made "
        "anew under it."
    )
    words = Isolation.load(app.tenant.isolation).words
    return [sentence.format(words=words, clusters=", ".join(clusters))]


def _of_clusters(before: AppSpec | Mapping[str, AppSpec], after: Iterable[str], *, grants: Grants) -> list[str]:
    """What is to be known of clusters that the app comes to; `after` are those that it is brought to."""
    known = {one.cluster for one in before.placement.targets} if isinstance(before, AppSpec) else {*before}
    new = (one for one in after if one not in known)
    return restricting.warnings(restricting.among(restricting.of_grants(grants), new))


def _of_unseen(after: AppSpec, *, grants: Grants) -> list[str]:
    """What is to be known of its clusters, whether it comes to them or is there, before it is deployed."""
    names = {one.cluster for one in after.placement.targets}
    return unseen.warnings((one.cluster for one in grants), names=names)


def _of_left(app: App, left: Mapping[str, Rendered]) -> list[str]:
    """What becomes of clusters that the app leaves, and of what it took over there."""
    plain = _("When this is deployed, everything that {app} has on {cluster} is removed.")
    but = _(
        "When this is deployed, everything that {app} has on {cluster} is removed, except for what was taken over "
        "({workloads}): that is let go, and runs on as it is."
    )
    found = []
    for cluster, was in left.items():
        notes = ((one["metadata"]["name"], one["metadata"].get("annotations") or {}) for one in was.manifests)
        taken = ", ".join(name for name, annotations in notes if ADOPTS in annotations)
        found.append((but if taken else plain).format(app=app.name, cluster=cluster, workloads=taken))
    return found


def _warnings(were: Iterable[AppSpec], after: AppSpec, new: list[Rendered]) -> list[str]:
    specs = [*dict.fromkeys(were)]
    known = {(process.name, process.image) for before in specs for process in before.processes}
    floating = [
        _("{process}: {image} can mean another image tomorrow. Name a version or a digest.").format(
            process=process.name, image=process.image
        )
        for process in after.processes
        if (process.name, process.image) not in known and parse_image(process.image).floating
    ]
    notes = [str(note) for one in new for note in one.notes]
    noticed = [words for before in specs or [AppSpec()] for words in noticing.of_change(before, after)]
    return [*floating, *dict.fromkeys([*noticed, *notes])]
