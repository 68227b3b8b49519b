"""Taking over: a release of what runs on a cluster, or of what met the conflict, that prevails over other managers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps_mgmt.leaving import field_title
from apps_mgmt.models import App, Deployed, Revision
from apps_mgmt.spec import AppSpec, Strategy, load
from apps_mgmt.values import AppRecord, load_left
from portal.access import Actor
from portal.errors import Refused
from portal.operations.subject import Preview
from releases import at_rest, going_back, planning, previewing, remains, replaced
from releases.asking import TakeOver
from releases.drift import scaling
from releases.drift.comparing import Applied, Drift, Value
from releases.drift.looking import applied_by, applied_in_all, as_applied, binds, is_left, is_scaling, looked
from releases.freeze import Asked
from releases.gateway.fields import MISSING
from releases.models import Release
from releases.scaled import REPLICAS
from releases.states import ReleaseKind

_TEMPLATE = ".spec.template."


def chosen(app: App, *, cluster: str, key: str) -> list[Drift]:
    """What is taken over on a cluster, of one object or of all: what is open; where nothing is, what was left. And what
    others have at the value that Slipway set: whoever takes over has it alone from then on.
    """
    there, beside = (
        [one for one in rows if one.cluster == cluster and key in ("", one.object)] for rows in looked(app)
    )
    open_there, open_beside = ([one for one in rows if not is_left(app, one)] for rows in (there, beside))
    if not open_there and not open_beside:
        return [*there, *beside]
    return [*(open_there or there), *open_beside]


def asked(app: App, action: TakeOver, *, actor: Actor, note: str) -> Asked:
    """The release that takes over. Raises Refused where there is no revision to release."""
    revision, clusters = _source(app, action)
    forced: dict[str, set[str]] = {}
    for key, _field, manager in action.taken:
        forced.setdefault(key, set()).update({manager} - {""})
    return Asked(
        kind=ReleaseKind.DEPLOY,
        revision=revision,
        actor=actor,
        note=action.note or note,
        clusters=clusters,
        forced={action.cluster: {key: sorted(managers) for key, managers in forced.items()}},
        way=going_back.way_again(revision),
    )


def no_longer_left(app: App, action: TakeOver) -> None:
    """Forget that what is taken over was left to others, and what would keep it out."""
    taken = {(action.cluster, key, field) for key, field, _manager in action.taken}
    drifts = [Drift(cluster=action.cluster, object=key, field=field, manager=by) for key, field, by in action.taken]
    left = load_left(app.left)
    kept = tuple(one for one in left if one.place not in taken and not any(binds(one, drift) for drift in drifts))
    if kept == left:
        return
    app.left = AppRecord(left=kept).columns()["left"]
    app.version += 1
    app.save(update_fields=["left", "version"])


def preview(subject: App, action: TakeOver) -> Preview:
    """Each field with what it is there now, and what it will be; and what else the release changes and needs."""
    revision, clusters = _source(subject, action)
    found = [one for rows in looked(subject) for one in rows]
    applied = _applied(subject, action, clusters)
    known = {one.place: one for one in (as_applied(found, applied) if applied else found)}
    told = {one.place for one in found}
    places = [(action.cluster, key, field) for key, field, _manager in action.taken]
    # What another release wanted there is not told.
    places = [place for place in places if place in known or place not in told]
    taken = [(action.cluster, key, field) for key, field, _manager in action.taken]
    rows = [_row(known[place], drops=_drops(applied, known[place])) for place in places if place in known]
    scaled = [known[place] for place in places if place in known and is_scaling(known[place])]
    warnings = [scaling.advice(subject, one) for one in scaled]
    if managers := _managers(action, besides={one.place for one in scaled}):
        warnings.append(_("{managers} may write the same again: tell whoever is behind it.").format(managers=managers))
    inside = [known.get(place) for place in places if place[2].startswith(_TEMPLATE)]
    inside = [one for one in inside if one is None or not one.same]
    spec, way = load(revision.spec), going_back.way_again(revision)
    strategy = planning.going_by(spec, way).release.strategy
    said = (
        _everywhere(subject, action, spec, clusters),
        _replaced(subject, strategy, inside, clusters),
        going_back.goes_again(None, way),
    )
    warnings.extend(filter(None, said))
    release = previewing.against_what_runs(subject, spec, only=clusters, chosen=way, taken=taken)
    return replace(release, happens="", spec=[*rows, *release.spec], warnings=[*warnings, *release.warnings])


def told(value: Value) -> str:
    """A value as people read it; what is not shown is another one."""
    return pgettext("value", "another value") if value is None else str(value)


def _everywhere(app: App, action: TakeOver, spec: AppSpec, clusters: Collection[str]) -> str:
    """That it brings more than what is taken over, and where; blank where it goes to that cluster alone."""
    if clusters:
        return ""
    sentence = _("All that release {number} brings is released again, everywhere it goes: {clusters}.")
    named = ", ".join(one.cluster for one in spec.placement.targets)
    return sentence.format(number=_last(app, action.release).number, clusters=named)


def _replaced(app: App, strategy: Strategy, inside: Collection[Drift | None], clusters: Sequence[str]) -> str:
    """What becomes of instances, of which this is taken over (None: nothing is known of it)."""
    if at_rest.stops(app, ReleaseKind.DEPLOY):
        return ""
    hidden = all(one is not None and _is_hidden(one) for one in inside)
    return replaced.of_taken_over(app.name, strategy, clusters=clusters, inside=bool(inside), hidden=hidden)


def _source(app: App, action: TakeOver) -> tuple[Revision, tuple[str, ...]]:
    """The revision that is released, and where; nowhere in particular is wherever it goes."""
    runs = Deployed.objects.filter(app=app, cluster_name=action.cluster).select_related("revision").first()
    if runs is None or action.release:
        # Where nothing ever came through, it was the last release that met the conflict.
        return _last(app, action.release).revision, ()
    return runs.revision, (action.cluster,)


def _applied(app: App, action: TakeOver, clusters: Collection[str]) -> Applied | None:
    """What the release that takes over sets on the cluster; None where that is not known."""
    if clusters:
        runs = next((one for one in remains.running(app) if one.cluster_name == action.cluster), None)
        return applied_by(runs) if runs else None
    there = _last(app, action.release).targets.filter(cluster_name=action.cluster).first()
    return applied_in_all(there) if there else None


def _is_hidden(drift: Drift) -> bool:
    """Whether nobody can tell if it has the value that Slipway set: somebody has it alone, and it is not shown."""
    return drift.live is None and not (drift.gone or drift.added)


def _drops(applied: Applied | None, drift: Drift) -> bool:
    """Whether the release does not set what Slipway has together with somebody. An autoscaler sets numbers."""
    if applied is None or not drift.same or drift.field == REPLICAS or drift.object not in applied.manifests:
        return False
    return applied.value(drift.object, drift.field) is MISSING


def _row(drift: Drift, *, drops: bool) -> Mapping[str, Any]:
    label = f"{drift.cluster} · {drift.object.partition('/')[2]}: {field_title(drift.field)}"
    return {"label": label, "before": _before(drift), "after": _after(drift, drops=drops), "kind": "changed"}


def _before(drift: Drift) -> str:
    if drift.same:
        value = pgettext("value", "the same value") if drift.live is None else str(drift.live)
        return _("{value}, which {manager} set too").format(value=value, manager=drift.manager)
    if drift.added:
        return pgettext("value", "added") if drift.live is None else str(drift.live)
    if not drift.gone:
        return told(drift.live)
    if drift.live is None:
        return pgettext("value", "removed")
    return _("{value} in its place").format(value=drift.live)


def _after(drift: Drift, *, drops: bool) -> str:
    if drift.added or drops:
        return pgettext("value", "taken out")
    return _("what Slipway deployed") if drift.ours is None else str(drift.ours)


def _managers(action: TakeOver, *, besides: Collection[tuple[str, str, str]]) -> str:
    rows = [manager for key, field, manager in action.taken if (action.cluster, key, field) not in besides]
    return ", ".join(sorted({manager or _("somebody unknown") for manager in rows}))


def _last(app: App, number: int) -> Release:
    last = Release.objects.filter(app=app).exclude(kind=ReleaseKind.DELETE).order_by("-number").first()
    if last is None:
        raise Refused(_("{app} was never released. Deploy it first.").format(app=app.name))
    if number and last.number != number:
        sentence = _("Release {number} is not the last one of {app}. Leave the number away to take over what runs.")
        raise Refused(sentence.format(number=number, app=app.name), field="of_release")
    return last
