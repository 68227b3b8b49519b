"""A workload that was taken over and let go since is its owner's again. A release that has it as a process takes it
over once more: how many instances it has by then, and whether it is what it was, only the cluster knows. It is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps_mgmt.models import App, Revision
from apps_mgmt.spec import AppSpec, load
from portal.errors import SlipwayError, UserError
from portal.operations.subject import Preview
from releases import at_rest, going_back, planning, standing
from releases.asking import Again, MoveApp, Redeploy, RollBack, StartRelease
from releases.gateway import Gateway, open_gateway
from releases.gateway.adopting import is_for
from releases.gateway.ownership import ADOPTS, APP_ID, has_number, is_another, is_ours
from releases.lanes import Lane
from releases.states import ReleaseKind
from releases.ways_back import settled
from tenants.clusters import DEPLOYER, grants_of

MOST_NAMED = 10
Taking = StartRelease | RollBack | Redeploy | MoveApp
"""What brings processes to clusters, and may find there what was let go."""


def of_draft(app: App, *, only: Collection[str], seconds: float) -> list[dict[str, Any]]:
    """What deploying the draft takes over again, as `again_in` reads it. Asks the clusters, for at most so many
    seconds; no question is asked where the draft has nothing that was ever taken over.
    """
    if app.draft is None or not any(one.get("adopted") for one in app.draft.spec.get("processes") or ()):
        return []
    return _look(app, load(app.draft.spec), kind=ReleaseKind.DEPLOY, only=only, seconds=seconds)


def of_going_back(app: App, action: RollBack | Redeploy, *, seconds: float) -> list[dict[str, Any]]:
    """The same of what an earlier release brought. One query where the app never took anything over."""
    if not _ever(app):
        return []
    try:
        if isinstance(action, Redeploy):
            spec = load(going_back.again(app, action)[1].spec)
            return _look(app, spec, kind=ReleaseKind.DEPLOY, only=(), seconds=seconds)
        action = settled(app, action)
        spec = going_back.spec_for(app, going_back.good(app, action.number), action)
    except UserError:
        # Whoever asks is told by the preview, or is refused.
        return []
    return _look(app, spec, kind=ReleaseKind.ROLLBACK, only=action.clusters, seconds=seconds)


def of_move(app: App, spec_for: Callable[[], AppSpec], *, seconds: float) -> list[dict[str, Any]]:
    """The same of what runs, moved to another cluster; `spec_for` gives it, or refuses it."""
    if not _ever(app):
        return []
    try:
        return _look(app, spec_for(), kind=ReleaseKind.MOVE, only=(), seconds=seconds)
    except UserError:
        return []


def of_spec(app: App, spec: AppSpec, *, seconds: float) -> list[str]:
    """The same of an edit of the draft, in sentences. No question is asked where it has nothing that was taken over."""
    if not any(process.adopted for process in spec.processes):
        return []
    rows = _look(app, spec, kind=ReleaseKind.DEPLOY, only=(), seconds=seconds)
    return [_sentence(one) for one in again_in({"again": rows})]


def again_in(resolved: Mapping[str, Any]) -> tuple[Again, ...]:
    """From what `resolve` gave; entries of an earlier time do not have it."""
    return tuple(Again(**{**one, "differs": tuple(one["differs"])}) for one in resolved.get("again") or ())


def told(action: Taking) -> list[str]:
    """A sentence for each."""
    return [_sentence(one) for one in action.again]


def said(preview: Preview, action: Taking) -> Preview:
    """The preview that says so before all else."""
    return replace(preview, warnings=[*told(action), *preview.warnings]) if action.again else preview


def _ever(app: App) -> bool:
    return Revision.objects.filter(app=app, spec__processes__contains=[{"adopted": [{}]}]).exists()


def _look(app: App, spec: AppSpec, *, kind: ReleaseKind, only: Collection[str], seconds: float) -> list[dict[str, Any]]:
    until = time.monotonic() + seconds
    has = {
        (one.cluster, row.workload)
        for one in standing.places(app)
        if not one.half_way
        for process in load(one.revision.spec).processes
        for row in process.adopted
        if row.cluster == one.cluster
    }
    asked = {(row.cluster, row.workload) for process in spec.processes for row in process.adopted} - has
    if not asked:
        return []
    try:
        lanes = planning.lanes_for(app, spec, there=(), grants=grants_of(app.tenant_id), only=only)
    except UserError:
        return []
    is_stopped = at_rest.stops(app, kind)
    return [
        row
        for lane in lanes
        for manifest in _taken(lane)
        if (lane.cluster_name, manifest["metadata"]["name"]) in asked
        for row in _asked(app, lane, manifest, is_stopped=is_stopped, seconds=max(0.1, until - time.monotonic()))
    ]


def _taken(lane: Lane) -> Sequence[dict[str, Any]]:
    return [one for one in lane.manifests if ADOPTS in (one["metadata"].get("annotations") or {})]


def _asked(
    app: App, lane: Lane, manifest: dict[str, Any], *, is_stopped: bool, seconds: float
) -> Iterator[dict[str, Any]]:
    kind, name = manifest["kind"], manifest["metadata"]["name"]
    numbers = {(one["kind"], one["name"]): one["replicas"] for one in lane.workloads}
    wanted = 0 if is_stopped else numbers[kind, name]
    row = {"cluster": lane.cluster_name, "workload": name, "there": 0, "wanted": wanted, "differs": [], "unknown": ""}
    try:
        with open_gateway(lane.cluster_id, role=DEPLOYER, tenant=app.tenant) as gateway:
            found = _found(gateway.within(seconds), manifest, wanted=wanted)
    except SlipwayError as error:
        yield {**row, "unknown": str(error).rstrip(".")}
        return
    if found is not None:
        yield {**row, **found}


def _found(gateway: Gateway, manifest: dict[str, Any], *, wanted: int) -> dict[str, Any] | None:
    """None for what is the app's already and changes by what is said elsewhere, and for what is another app's."""
    live = gateway.find(manifest["kind"], manifest["metadata"]["name"])
    if live is None:
        return {"found": "gone"}
    there = (live.get("spec") or {}).get("replicas", 1)
    if is_for(live, manifest):
        paused = bool((live.get("spec") or {}).get("paused"))
        return {"there": there, "differs": list(gateway.rehearse(manifest).differs), "paused": paused}
    if is_ours(live, app_id=manifest["metadata"]["labels"][APP_ID]):
        # A number that nobody has is met by no conflict, and told by no drift.
        return {"there": there, "found": "half_way"} if there != wanted and not has_number(live) else None
    return {"found": "another"} if is_another(live, manifest) and not is_ours(live) else None


def _sentence(one: Again) -> str:
    words = {"workload": one.workload, "cluster": one.cluster, "there": one.there, "wanted": one.wanted}
    if one.unknown:
        sentence = _(
            "{workload} on {cluster}, which was let go, is taken over again. How many instances it has by now cannot "
            "be asked ({why}); they become {wanted}."
        )
        return sentence.format(**words, why=one.unknown)
    if one.differs:
        sentence = _(
            "{workload} on {cluster}, which was let go, cannot be taken over again as it was: {fields} differs there "
            "by now, so its instances would start anew, and the release is refused there. If the draft has it, discard "
            "it (draft.discard), and take the workload over as it is now (app.adopt)."
        )
        return sentence.format(**words, fields=", ".join(one.differs[:MOST_NAMED]))
    if one.found == "gone":
        sentence = ngettext(
            "{workload} on {cluster}, which was let go, is not there any more: Slipway makes it again, with {wanted} "
            "instance.",
            "{workload} on {cluster}, which was let go, is not there any more: Slipway makes it again, with {wanted} "
            "instances.",
            one.wanted,
        )
        return sentence.format(**words)
    if one.found == "another":
        sentence = _(
            "{workload} on {cluster} is not the one which was let go: that was deleted, and another one of the same "
            "name was made, so the release is refused there. Delete this one there and deploy: then Slipway makes it "
            "as it was. Or, if the app is on no other cluster, discard the draft if that has it (draft.discard), and "
            "take this one over in its place (app.adopt)."
        )
        return sentence.format(**words)
    if one.found == "half_way":
        sentence = ngettext(
            "{workload} on {cluster} was taken over again by a release that ended half way, and has had the instances "
            "of its owner until now: its {there} instance becomes {wanted}.",
            "{workload} on {cluster} was taken over again by a release that ended half way, and has had the instances "
            "of its owner until now: its {there} instances become {wanted}.",
            one.there,
        )
        return sentence.format(**words)
    sentence = ngettext(
        "{workload} on {cluster}, which was let go, is taken over again, and its {there} instance becomes {wanted}.",
        "{workload} on {cluster}, which was let go, is taken over again, and its {there} instances become {wanted}.",
        one.there,
    )
    if one.there == one.wanted:
        sentence = _("{workload} on {cluster}, which was let go, is taken over again, with its instances as they are.")
    held = _("It is paused there, and the release waits until somebody resumes it (kubectl rollout resume).")
    return " ".join([sentence.format(**words), *([held] if one.paused else [])])
