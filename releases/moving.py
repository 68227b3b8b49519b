"""Moving an app from one cluster to another: what is released, what the draft becomes, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps_mgmt import drafts, forbidding
from apps_mgmt.models import App, Revision
from apps_mgmt.rules import check_platform_rules
from apps_mgmt.spec import AppSpec, check_for, digest, load, usage
from portal.errors import Refused
from portal.operations.subject import Preview
from releases import previewing, restarting, taking_again
from releases.asking import MoveApp
from releases.models import Release
from releases.states import AS_IT_RUNS, TERMINAL, ReleaseKind, ReleaseState
from tenants.clusters import clusters_of
from tenants.models import Cluster
from tenants.quota import ledger

MOVE = "placement.move"
_GOING_BACK = (ReleaseState.ABORTING.value, ReleaseState.ROLLING_BACK.value)


def spec_for(app: App, action: MoveApp) -> AppSpec:
    """What runs, with the other cluster in place of the one. Raises Refused where that cannot be, and says why."""
    base = _base(app, action)
    spec = load(base.spec)
    forbidding.refuse(app, base)
    _check_places(app, spec, action)
    _check_data(spec, action)
    return spec.moved(action.source, action.target)


def revision_for(app: App, action: MoveApp, *, actor_name: str) -> Revision:
    """The revision that is released. The draft moves along; what else was changed in it stays undeployed."""
    base, spec = _base(app, action), spec_for(app, action)
    told = {"from": action.source, "to": action.target}
    check_for(spec, app=app.name)
    if app.draft is not None and (app.draft.digest == base.digest or drafts.is_deployed(app)):
        revision = drafts.add_revision(app, spec, operation=MOVE, input=told, actor_name=actor_name)
        _keep_draft(app, spec)
        return revision
    revision = drafts.add_beside(app, spec, base=base, operation=MOVE, input=told, actor_name=actor_name)
    draft = drafts.spec_of(app)
    moved = draft.moved(action.source, action.target)
    if moved != draft:
        check_for(moved, app=app.name)
        check_platform_rules(app, moved)
        drafts.add_revision(app, moved, operation=MOVE, input=told, actor_name=actor_name)
    _keep_draft(app, moved)
    return revision


def lost_its_ground(release: Release) -> str:
    """Why a move that waited for its turn would now bring what does not run: what was before it did not succeed. Blank
    for one that brings what runs, or what a release in front of it may still bring, and for all other releases.
    """
    if release.kind != ReleaseKind.MOVE:
        return ""
    running = drafts.deployed_revision(release.app)
    if running is None or _comes_of(running, release):
        return ""
    before = _bringing(release.app).filter(number__lt=release.number)
    if any(_comes_of(one.revision, release) for one in before):
        return ""
    sentence = _("What runs is not what this release was made from. Stop it, and move {app} anew.")
    return sentence.format(app=release.app.name)


def _comes_of(base: Revision, move: Release) -> bool:
    """Whether a revision, with the one cluster in place of the other, is what the move brings."""
    told = move.revision.input
    return digest(load(base.spec).moved(told["from"], told["to"])) == move.revision.digest


def preview(subject: App, action: MoveApp) -> Preview:
    """What the new cluster gets and the old one loses, in which order, and what the draft keeps for itself."""
    found = previewing.against_what_runs(subject, spec_for(subject, action), turn=action)
    return taking_again.said(replace(found, warnings=[*_said(subject, action), *found.warnings]), action)


def _said(app: App, action: MoveApp) -> list[str]:
    words = {"app": app.name, "source": action.source, "target": action.target}
    order = _(
        "{target} gets everything and is ready before anything goes on {source}; until then both count. If it goes "
        "wrong or is stopped on the way, {source} stays, and what was made on {target} is removed."
    )
    said = [order.format(**words)]
    if action.leave_data:
        said.append(_("The data of its volumes stays on {source}; {target} begins with empty ones.").format(**words))
    count = drafts.undeployed(app).count
    if count and not action.wait:
        sentence = ngettext(
            "{count} change of the draft is no part of it, and stays undeployed.",
            "{count} changes of the draft are no part of it, and stay undeployed.",
            count,
        )
        said.append(sentence.format(count=count))
    return said


def _base(app: App, action: MoveApp) -> Revision:
    """What runs; for a move that queues, what the last release in front of it brings."""
    queues = action.wait and not action.supersede
    if queues and (last := _bringing(app).order_by("-number").first()):
        return last.revision
    running = drafts.deployed_revision(app)
    if running is None:
        raise Refused(_("{app} runs nowhere yet. Deploy it first.").format(app=app.name))
    restarting.refuse_unequal(app, then=_("Deploy or roll back first, then move it."))
    return running


def _bringing(app: App) -> QuerySet[Release]:
    """The releases of an app that may still bring their revision, with that."""
    going = Release.objects.filter(app=app).exclude(state__in=[*TERMINAL, *_GOING_BACK])
    return going.exclude(kind__in=[*AS_IT_RUNS, ReleaseKind.DELETE]).select_related("revision")


def _check_places(app: App, spec: AppSpec, action: MoveApp) -> None:
    placed = [row.cluster for row in spec.placement.targets]
    granted = {one.name: one for one in clusters_of(app.tenant_id)}
    words: Mapping[str, Any] = {
        "app": app.name,
        "source": action.source,
        "target": action.target,
        "placed": ", ".join(placed) or _("no cluster"),
        "others": ", ".join(sorted(granted.keys() - set(placed)))
        or _("no other cluster; a platform operator can help"),
    }
    if action.source not in placed:
        raise Refused(_("{app} does not run on {source}. It runs on {placed}.").format(**words), field="from")
    if action.target not in granted:
        sentence = _("The tenant may not use {target}. {app} can move to {others}.")
        raise Refused(sentence.format(**words), field="to")
    if action.target in placed:
        sentence = _("{app} is placed on {target} already. It can move to {others}.")
        raise Refused(sentence.format(**words), field="to")
    for name, field in ((action.target, "to"), (action.source, "from")):
        if name in granted and granted[name].state == Cluster.State.BLIND:
            why = granted[name].state_reason or _("Slipway may not look at what runs there.")
            sentence = _("Nothing can be moved from or to {cluster} at the moment: {why}")
            raise Refused(sentence.format(cluster=name, why=why), field=field)
        if name in granted and granted[name].state == Cluster.State.AWAY:
            sentence = _(
                "{cluster} does not answer at the moment, so nothing can be moved. Try again when it does. If it never "
                "comes back, a platform operator can remove it (cluster.remove with gone); then place {app} elsewhere "
                "(placement.targets) and deploy."
            )
            raise Refused(sentence.format(cluster=name, app=app.name), field=field)


def _check_data(spec: AppSpec, action: MoveApp) -> None:
    if names := ", ".join(row.name for row in spec.volumes if not action.leave_data):
        sentence = _(
            "The data in its volumes ({names}) does not move: {target} begins with empty ones, and what is on {source} "
            "stays there. Copy it yourself, or say that it may stay behind (leave_data)."
        )
        words = {"names": names, "source": action.source, "target": action.target}
        raise Refused(sentence.format(**words), field="leave_data")


def _keep_draft(app: App, spec: AppSpec) -> None:
    ledger.reserve(app.tenant_id, app.pk, source="draft", usage=usage(spec))
    app.version += 1
    app.save(update_fields=["draft", "created_revisions", "version"])
