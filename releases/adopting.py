"""Taking over a workload that runs: looking at it, asking the cluster whether it stays as it is, and the release."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt import drafts
from apps_mgmt.adopting import Adoption, adopted_spec, adoption_in, joined
from apps_mgmt.facts import facts_for
from apps_mgmt.models import App, Revision
from apps_mgmt.rendering import Facts, render
from apps_mgmt.rules import check_platform_rules
from apps_mgmt.spec import Adopted, AppSpec, check_for, usage
from apps_mgmt.spec.second_sets import SECOND_SETS
from apps_mgmt.values import AppFacts
from portal.errors import ClusterAway, Refused
from portal.operations.subject import Preview
from releases import previewing
from releases.asking import AdoptWorkload
from releases.gateway import AccessRefused, Busy, Vanished, open_gateway
from releases.gateway.adopting import changed
from releases.gateway.ownership import MANAGED_BY, MANAGER, is_ours
from releases.taken import refuse_of_another
from tenants.clusters import DEPLOYER, OBSERVER, grants_of
from tenants.models import TenantCluster
from tenants.quota import ledger

__all__ = ["adoption_in", "basis", "look", "preview", "revision_for", "told"]

DEPLOYMENT = "Deployment"


def look(app: App, value: AppFacts, given: Mapping[str, Any], *, seconds: float) -> dict[str, Any]:
    """`{namespace, uid, live, running, written, managers, relabelled, basis}`: what runs, `running` so many instances,
    and what it takes to describe it.

    All of it is JSON. Asks the cluster, for at most so many seconds. Raises Refused, with the field it is about, for
    whatever cannot be taken over as it is.
    """
    until = time.monotonic() + seconds
    grant = _grant(app, value, given)
    name = given["workload"]
    before = _taken_before(value, given) if given["process"] in value.running else None
    if before is None:
        _check_runs_nowhere(value, given["process"])
    _check_app(app, value)
    refuse_of_another(app, cluster=grant.cluster.name, workload=name)
    try:
        with open_gateway(grant.cluster_id, role=OBSERVER, tenant=app.tenant) as gateway:
            live = _there(gateway.within(seconds).find(DEPLOYMENT, name), name, grant)
            _check_free(live, scaler=gateway.scaled_by(DEPLOYMENT, name))
            if before is not None:
                _check_replaces(value, before, live)
        adoption = Adoption(
            process=given["process"],
            cluster=grant.cluster.name,
            workload=name,
            uid=str(live["metadata"]["uid"]),
            live=live["spec"],
        )
        spec, facts = _described(app, value.spec, adoption)
        written = joined(spec, adoption, facts)
        manifest = _manifest(adopted_spec(value.spec, replace(adoption, written=written)), facts, name)
        with open_gateway(grant.cluster_id, role=DEPLOYER, tenant=app.tenant) as gateway:
            found = gateway.within(max(0.1, until - time.monotonic())).rehearse(manifest)
    except (ClusterAway, AccessRefused, Busy, Vanished) as error:
        raise Refused(str(error), field="cluster") from None
    if found.differs:
        raise changed(name, found.differs)
    return {
        "namespace": grant.namespace,
        "uid": adoption.uid,
        "live": live["spec"],
        "running": int((live.get("status") or {}).get("replicas", 0)),
        "written": written,
        "managers": list(found.managers),
        "relabelled": _relabelled(live, manifest),
        "basis": basis(value),
    }


def basis(value: AppFacts) -> list[Any]:
    """What of the app the look was made from."""
    return [value.draft_revision, [list(row) for row in value.deployed]]


def revision_for(app: App, action: AdoptWorkload, *, actor_name: str, note: str) -> Revision:
    """The draft with the workload in it; its quota is reserved. The app is locked."""
    refuse_of_another(app, cluster=action.cluster, workload=action.workload)
    check_for(action.spec, app=app.name)
    check_platform_rules(app, action.spec)
    ledger.reserve(app.tenant_id, app.pk, source="draft", usage=usage(action.spec))
    asked = {name: getattr(action, name) for name in ("cluster", "namespace", "workload", "process")}
    revision = drafts.add_revision(
        app, action.spec, operation="app.adopt", input=asked, actor_name=actor_name, note=note
    )
    app.version += 1
    app.save(update_fields=["draft", "created_revisions", "version"])
    return revision


def told(action: AdoptWorkload) -> str:
    """What the release says of it, in its note."""
    sentence = _("Takes over {name} in the namespace {space} on {cluster}, which {who} wrote until now.")
    who = ", ".join(action.managers) or _("nobody who says so")
    return sentence.format(name=action.workload, space=action.namespace, cluster=action.cluster, who=who)


def preview(subject: App, action: AdoptWorkload) -> Preview:
    """What the app becomes, and that nothing starts anew."""
    found = previewing.against_what_runs(subject, action.spec)
    go_on = _("No instance starts anew: the cluster was asked. {count} of them go on as they are.")
    none = _("No instance starts anew: the cluster was asked. None of them runs at the moment.")
    said = [told(action), (go_on if action.running else none).format(count=action.running)]
    relabelled = _(
        "The label {label} of {name} says {old}, and {new} from then on: whoever looks for it by that finds it no more."
    )
    said += [
        relabelled.format(label=key, name=action.workload, old=old, new=new) for key, old, new in action.relabelled
    ]
    return replace(found, warnings=[*said, *found.warnings])


def _relabelled(live: Mapping[str, Any], manifest: Mapping[str, Any]) -> list[list[str]]:
    """[label, value, value from now on] of what the object says otherwise than Slipway will."""
    has = live["metadata"].get("labels") or {}
    gets = {**(manifest["metadata"].get("labels") or {}), MANAGED_BY: MANAGER}
    return [[key, str(has[key]), str(gets[key])] for key in sorted(has.keys() & gets.keys()) if has[key] != gets[key]]


def _grant(app: App, value: AppFacts, given: Mapping[str, Any]) -> TenantCluster:
    rows = TenantCluster.objects.select_related("cluster").filter(tenant_id=app.tenant_id)
    grant = rows.filter(cluster__name=given["cluster"]).first()
    if grant is None:
        sentence = _("There is no cluster {name} for this tenant. It may use {allowed}.")
        known = ", ".join(value.clusters) or _("none yet; a platform operator can allow one")
        raise Refused(sentence.format(name=given["cluster"], allowed=known), field="cluster")
    if given["namespace"] not in ("", grant.namespace):
        sentence = _(
            "The tenant has the namespace {own} on {cluster}, not {other}. A platform operator can grant an existing "
            "one when the tenant is let in."
        )
        words = {"own": grant.namespace, "cluster": grant.cluster.name, "other": given["namespace"]}
        raise Refused(sentence.format(**words), field="namespace")
    return grant


def _taken_before(value: AppFacts, given: Mapping[str, Any]) -> Adopted | None:
    """What the process took over there under that name before; None where it did not."""
    found = next((one for one in value.spec.processes if one.name == given["process"]), None)
    adopted = found.adopted_on(given["cluster"]) if found else None
    return adopted if adopted and adopted.workload == given["workload"] else None


def _check_runs_nowhere(value: AppFacts, process: str) -> None:
    """Nothing that runs may become something else."""
    if process in value.running:
        sentence = _("{process} runs already. Take the workload over as a process that runs nowhere yet.")
        raise Refused(sentence.format(process=process), field="process")


def _check_replaces(value: AppFacts, before: Adopted, live: Mapping[str, Any]) -> None:
    """Another Deployment takes the place of the one that is gone, where the app is nowhere else: there the process
    would become what this one is.
    """
    if str(live["metadata"]["uid"]) == before.uid:
        sentence = _(
            "{name} is the Deployment that was taken over already. Deploy, and the release writes what it lost there."
        )
        raise Refused(sentence.format(name=before.workload), field="workload")
    elsewhere = {row.cluster for row in value.spec.placement.targets} | {name for name, _number in value.deployed}
    if others := sorted(elsewhere - {before.cluster}):
        sentence = _(
            "{name} is another Deployment than the one that was taken over, and the app runs on {others} as well, "
            "where it would become what this one is. Delete {name} on {cluster} and deploy: then Slipway makes it as "
            "it was."
        )
        words = {"name": before.workload, "others": ", ".join(others), "cluster": before.cluster}
        raise Refused(sentence.format(**words), field="workload")


def _check_app(app: App, value: AppFacts) -> None:
    """Only what is taken over may come with the release."""
    if (kind := value.spec.release.strategy.kind) in SECOND_SETS:
        sentence = _(
            "{app} goes by {strategy}, for which a second set of instances has to stand beside the first, and beside "
            "what is taken over none can: it keeps its own selector. Choose rolling or recreate first "
            "(release.strategy), or take it over into an app of its own."
        )
        raise Refused(sentence.format(app=app.name, strategy=kind), field="process")
    if value.deployed and drafts.undeployed(app).drafted:
        raise Refused(_("There are changes that are not deployed yet. Deploy or undo them first, then take it over."))


def _there(live: dict[str, Any] | None, name: str, grant: TenantCluster) -> dict[str, Any]:
    if live is None or live["metadata"].get("deletionTimestamp"):
        sentence = _("There is no Deployment {name} in the namespace {space} on {cluster}. Check the name.")
        words = {"name": name, "space": grant.namespace, "cluster": grant.cluster.name}
        raise Refused(sentence.format(**words), field="workload")
    return live


def _check_free(live: Mapping[str, Any], *, scaler: str) -> None:
    name = live["metadata"]["name"]
    if is_ours(live):
        sentence = _("{name} is Slipway's already: its label {label} says {value}.")
        raise Refused(sentence.format(name=name, label=MANAGED_BY, value=MANAGER), field="workload")
    owner = next((one for one in live["metadata"].get("ownerReferences") or () if one.get("controller")), None)
    if owner:
        sentence = _("{name} belongs to {kind} {owner}, which would write over it. Take it from there first.")
        raise Refused(sentence.format(name=name, kind=owner["kind"], owner=owner["name"]), field="workload")
    status = live.get("status") or {}
    total, updated = int(status.get("replicas", 0)), int(status.get("updatedReplicas", 0))
    if updated < total:
        sentence = _(
            "{name} is in the middle of a rollout: {updated} of {total} instances have its newest template. Let it "
            "end, or take it back (kubectl rollout undo), then take it over."
        )
        raise Refused(sentence.format(name=name, updated=updated, total=total), field="workload")
    if scaler:
        sentence = _(
            "The autoscaler {scaler} changes the number of instances of {name}, and cannot be taken over yet. Remove "
            "it first; from then on the number is set here (process.scale)."
        )
        raise Refused(sentence.format(scaler=scaler, name=name), field="workload")


def _described(app: App, before: AppSpec, adoption: Adoption) -> tuple[AppSpec, Facts]:
    spec = adopted_spec(before, adoption)
    check_for(spec, app=app.name)
    grants = grants_of(app.tenant_id)
    facts = next(facts for cluster, facts in facts_for(app, spec, grants=grants) if cluster.name == adoption.cluster)
    return spec, facts


def _manifest(spec: AppSpec, facts: Facts, name: str) -> dict[str, Any]:
    rows = render(spec, facts).manifests
    return next(row for row in rows if row["kind"] == DEPLOYMENT and row["metadata"]["name"] == name)
