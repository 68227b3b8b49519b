"""Taking over: a release of what runs on a cluster, or of what met the conflict, that prevails over other managers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps_mgmt.leaving import field_title
from apps_mgmt.models import App, Deployed, Revision
from apps_mgmt.spec import load
from apps_mgmt.values import AppRecord, load_left
from portal.access import Actor
from portal.errors import Refused
from portal.operations.subject import Preview
from releases import previewing
from releases.asking import TakeOver
from releases.drift import scaling
from releases.drift.comparing import Drift, Value
from releases.drift.looking import drifts, is_left, is_scaling
from releases.freeze import Asked
from releases.models import Release
from releases.states import ReleaseKind


def chosen(app: App, *, cluster: str, key: str) -> list[Drift]:
    """What is taken over on a cluster, of one object or of all: what is open; where nothing is, what was left."""
    there = [one for one in drifts(app) if one.cluster == cluster and key in ("", one.object)]
    return [one for one in there if not is_left(app, one)] or there


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
    )


def no_longer_left(app: App, action: TakeOver) -> None:
    """Forget that what is taken over was left to others."""
    taken = {(action.cluster, key, field) for key, field, _manager in action.taken}
    left = load_left(app.left)
    kept = tuple(one for one in left if one.place not in taken)
    if kept == left:
        return
    app.left = AppRecord(left=kept).columns()["left"]
    app.version += 1
    app.save(update_fields=["left", "version"])


def preview(subject: App, action: TakeOver) -> Preview:
    """Each field with what it is there now, and what it will be; and the room that the release needs."""
    known = {one.place: one for one in drifts(subject)}
    places = [(action.cluster, key, field) for key, field, _manager in action.taken]
    rows = [_row(known[place]) for place in places if place in known]
    scaled = [known[place] for place in places if place in known and is_scaling(known[place])]
    warnings = [scaling.advice(subject, one) for one in scaled]
    if managers := _managers(action, besides={one.place for one in scaled}):
        warnings.append(_("{managers} may write the same again: tell whoever is behind it.").format(managers=managers))
    if any(".template." in field for _key, field, _manager in action.taken):
        warnings.append(_("Instances are replaced by new ones, a few at a time."))
    revision, _clusters = _source(subject, action)
    release = previewing.against_what_runs(subject, load(revision.spec))
    return Preview(spec=rows, quota=release.quota, warnings=[*warnings, *release.warnings])


def told(value: Value) -> str:
    """A value as people read it; what is not shown is another one."""
    return pgettext("value", "another value") if value is None else str(value)


def _source(app: App, action: TakeOver) -> tuple[Revision, tuple[str, ...]]:
    """The revision that is released, and where; nowhere in particular is wherever it goes."""
    runs = Deployed.objects.filter(app=app, cluster_name=action.cluster).select_related("revision").first()
    if runs is None or action.release:
        # Where nothing ever came through, it was the last release that met the conflict.
        return _last(app, action.release).revision, ()
    return runs.revision, (action.cluster,)


def _row(drift: Drift) -> Mapping[str, Any]:
    label = f"{drift.cluster} · {drift.object.partition('/')[2]}: {field_title(drift.field)}"
    return {"label": label, "before": _before(drift), "after": _after(drift), "kind": "changed"}


def _before(drift: Drift) -> str:
    if drift.added:
        return pgettext("value", "added") if drift.live is None else str(drift.live)
    if not drift.gone:
        return told(drift.live)
    if drift.live is None:
        return pgettext("value", "removed")
    return _("{value} in its place").format(value=drift.live)


def _after(drift: Drift) -> str:
    if drift.added:
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
