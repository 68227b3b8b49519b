"""Rules the tenant and the platform set on every spec, checked when it is saved and again when it is frozen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from apps_mgmt.models import App
from apps_mgmt.ruling import Broken, broken, broken_by_steps
from apps_mgmt.spec import AppSpec
from apps_mgmt.strategies import SavedStrategy
from portal.errors import Refused
from tenants.clusters import clusters_of
from tenants.isolation import NODES, Isolation
from tenants.models import Tenant, TenantCluster
from tenants.rules import rules_now


def check_platform_rules(app: App, spec: AppSpec, *, grants: Sequence[TenantCluster] | None = None) -> None:
    """Raise Refused for a cluster that the tenant may not use, or the nodes of another tenant.

    `grants` are its own where they were read already.
    """
    clusters = clusters_of(app.tenant_id) if grants is None else [one.cluster for one in grants]
    check_clusters(spec, allowed=tuple(one.name for one in clusters))
    _check_nodes(app, spec)


def check_edit(spec: AppSpec, *, before: AppSpec | None = None) -> None:
    """Raise Refused for a rule of the platform that the spec breaks and that it did not break `before`.

    What was broken already can be mended a step at a time; a release has to keep every rule.
    """
    rules = rules_now()
    known = {one.sentence for one in broken(before, rules)} if before is not None else set()
    _refuse([one for one in broken(spec, rules) if not one.late and one.sentence not in known])


def check_strategies(after: Iterable[SavedStrategy], *, before: Iterable[SavedStrategy]) -> None:
    """Raise Refused for a rule of the platform that a strategy breaks which is to be saved, whoever would take it."""
    old = {one.name: one.strategy for one in before}
    new = [one.strategy for one in after if old.get(one.name) != one.strategy]
    rules = rules_now()
    found = [row for one in new for row in broken_by_steps(one.steps, rules)]
    _refuse([replace(row, field="steps") for row in found])


def check_release(spec: AppSpec) -> None:
    """Raise Refused for every rule of the platform that the spec breaks."""
    _refuse(list(broken(spec, rules_now())))


def refused_later(spec: AppSpec) -> list[str]:
    """A sentence for every rule that the spec may break while it is a draft, but not when it is released."""
    sentence = _("This can be saved, but not deployed. {reason}")
    return [sentence.format(reason=one.sentence) for one in broken(spec, rules_now())]


def _refuse(found: list[Broken]) -> None:
    if found:
        raise Refused(" ".join(one.sentence for one in found), code="rule", field=found[0].field)


def check_clusters(spec: AppSpec, *, allowed: tuple[str, ...]) -> None:
    """Raise Refused, naming the clusters there are, when the spec is placed on one that is not allowed."""
    for target in spec.placement.targets:
        if target.cluster not in allowed:
            raise _no_cluster(target.cluster, allowed=allowed, field=f"placement.targets.{target.cluster}")


def check_waves(app: App, spec: AppSpec, *, before: AppSpec) -> None:
    """Raise Refused when a wave names a cluster that the tenant may not use, and that no wave named `before`.

    One that was removed since says nothing of the others, so it holds up neither an edit nor a release.
    """
    known = set(before.release.waves.first)
    if known.issuperset(spec.release.waves.first):
        return
    allowed = tuple(one.name for one in clusters_of(app.tenant_id))
    for index, wave in enumerate(spec.release.waves.order):
        for name in wave.clusters:
            if name not in known and name not in allowed:
                raise _no_cluster(name, allowed=allowed, field=f"release.waves.order[{index}].clusters")


def refuse_unknown(app: App, clusters: Iterable[str], *, field: str) -> None:
    """Raise Refused for the first of these names that is of no cluster the app's tenant may use."""
    allowed = tuple(one.name for one in clusters_of(app.tenant_id))
    for name in clusters:
        if name not in allowed:
            raise _no_cluster(name, allowed=allowed, field=field)


def _no_cluster(name: str, *, allowed: Iterable[str], field: str) -> Refused:
    sentence = _("There is no cluster {name} for this tenant. It may use {allowed}.")
    known = ", ".join(allowed) or _("none yet; a platform operator can allow one")
    return Refused(sentence.format(name=name, allowed=known), field=field)


def _check_nodes(app: App, spec: AppSpec) -> None:
    """Nobody tolerates the taint of another tenant's nodes: it is what keeps them to that tenant."""
    rows = spec.placement.tolerations
    if not rows:
        return
    for other in Tenant.objects.filter(isolation__level=NODES).exclude(pk=app.tenant_id):
        theirs = Isolation.load(other.isolation)
        for row in rows:
            if row.key in ("", theirs.key) and (row.operator == "Exists" or row.value == theirs.value):
                sentence = _("The toleration of {key} would let it onto nodes of another tenant. Take it out.")
                raise Refused(sentence.format(key=row.key or _("everything")), field="placement.tolerations")
