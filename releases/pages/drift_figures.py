"""What others changed in the clusters of an app, what is left to them, and the choices of the person who looks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt.leaving import field_title
from apps_mgmt.models import App
from apps_mgmt.values import Left, load_left
from portal import access
from portal.access import Actor, permissions
from releases import blocking
from releases.drift.comparing import Drift
from releases.drift.looking import Seen, binds, is_left, is_scaling, looked, met, untold
from releases.gateway.added import is_addition
from releases.gateway.foreign import MOST_FIELDS
from releases.gateway.ownership import is_mark
from releases.models import Release
from releases.pages import links

SHOWN, LINES, OPEN = 8, 12, 8


def panel(app: App, actor: Actor, *, seen: Seen, active: Release | None) -> dict[str, Any]:
    """`{items, more, left, shared, more_shared, untold}` by what clusters said last: a banner for each object that was
    changed, and a line for each field left to others, for each that others have at the value that Slipway set, and for
    each object of which clusters do not tell all.
    """
    found, beside = looked(app, seen=seen)
    held = access.rights(actor, tenant_id=app.tenant_id, app_id=app.pk)
    busy = _("A release is running. Wait for it to end, or abort it.") if active else ""
    grouped: dict[tuple[str, str], list[Drift]] = {}
    for one in found:
        if not is_left(app, one):
            grouped.setdefault((one.cluster, one.object), []).append(one)
    items = [
        _item(app, drifts) | {"actions": _choices(app, held, drifts, why=busy)}
        for drifts in list(grouped.values())[:SHOWN]
    ]
    there = (*found, *beside)
    left = [
        _left(one, is_there=any(binds(one, drift) for drift in there)) | {"actions": _endings(app, held, one)}
        for one in load_left(app.left)
    ]
    shared = [
        _shared(one) | {"actions": _choices_beside(app, held, one, why=busy)} for one in beside if not is_left(app, one)
    ]
    return {
        "items": items,
        "more": max(0, len(grouped) - SHOWN),
        "left": _folded(left),
        "shared": shared[:LINES],
        "more_shared": max(0, len(shared) - LINES),
        "untold": [
            {"cluster": cluster, "object": key.partition("/")[2], "count": count, "first": MOST_FIELDS}
            for cluster, key, count in untold(app, seen=seen)
        ],
    }


def _folded(left: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """`{folded, rows}`: the first of what is left, and all else, which stays within reach and out of the way."""
    most = OPEN if len(left) > OPEN + 1 else len(left)
    parts = ((False, left[:most]), (True, left[most:]))
    return [{"folded": folded, "rows": rows} for folded, rows in parts if rows]


def conflict_actions(release: Release, actor: Actor) -> list[dict[str, Any]]:
    """What to do about the fields of others that a release wanted to set: take over, or leave."""
    app = release.app
    held = access.rights(actor, tenant_id=app.tenant_id, app_id=app.pk)
    waiting = [one for one in met(release) if any(not is_left(app, drift) for drift in _met_in(one))]
    items = []
    for one in waiting[:1]:
        place = {"cluster": one["cluster"], "object": one["object"]}
        items += _pair(app, held, place, of_release=release.number, why=blocking.locked(app))
    return items


def _met_in(conflict: Mapping[str, Any]) -> list[Drift]:
    """Each field of a conflict; what stands in its place may be left as well."""
    place = {"cluster": conflict["cluster"], "object": conflict["object"]}
    return [Drift(**place, field=field, manager=by, gone=True) for field, by in conflict["owners"].items()]


def _item(app: App, drifts: Sequence[Drift]) -> dict[str, Any]:
    first = drifts[0]
    lines = [
        {
            "manager": _("An autoscaler of somebody else") if is_scaling(one) else one.manager or _("Somebody"),
            "what": field_title(one.field),
            "field": one.field,
            "gone": one.gone,
            "added": one.added,
            "live": "" if one.live is None else str(one.live),
            "ours": "" if one.ours is None else str(one.ours),
            "release": one.release,
            "release_url": links.release_url(app, one.release),
            "at": one.at,
        }
        for one in drifts[:LINES]
    ]
    return {
        "key": f"{first.cluster}-{first.object}",
        "cluster": first.cluster,
        "object": first.object,
        "lines": lines,
        "more": max(0, len(drifts) - LINES),
    }


def _left(left: Left, *, is_there: bool) -> dict[str, Any]:
    return {
        "key": "-".join(left.place),
        "cluster": left.cluster,
        "object": left.object.partition("/")[2],
        "what": field_title(left.field),
        "field": left.field,
        "manager": left.manager,
        "who": left.by,
        "at": datetime.fromisoformat(left.at) if left.at else None,
        "is_there": is_there,
        "is_set": not is_addition(left.field),
    }


def _shared(drift: Drift) -> dict[str, Any]:
    return {
        "key": "-".join(drift.place),
        "cluster": drift.cluster,
        "object": drift.object.partition("/")[2],
        "what": field_title(drift.field),
        "field": drift.field,
        "manager": drift.manager,
        "live": "" if drift.live is None else str(drift.live),
        "at": drift.at,
    }


def _choices(app: App, held: Iterable[str], drifts: Sequence[Drift], *, why: str) -> list[dict[str, Any]]:
    place = {"cluster": drifts[0].cluster, "object": drifts[0].object}
    release = next((one.release for one in drifts if one.release), None)
    pair = _pair(app, held, place, of_release=release, why=blocking.locked(app) or why)
    # What nobody owns cannot be left to anybody, nor can Slipway's own marks.
    can_be_left = any(one.manager and not is_mark(one.field) for one in drifts)
    return [one for one in pair if can_be_left or one["icon"] != "hand"]


def _choices_beside(app: App, held: Iterable[str], drift: Drift, *, why: str) -> list[dict[str, Any]]:
    place = {"cluster": drift.cluster, "object": drift.object}
    return _pair(app, held, place, field=drift.field, why=blocking.locked(app) or why, tone="quiet")


def _pair(
    app: App,
    held: Iterable[str],
    place: dict[str, str],
    *,
    why: str,
    of_release: int | None = None,
    field: str = "",
    tone: str = "",
) -> list[dict[str, Any]]:
    """What is taken over is all of an object; what is left can be one field of it."""
    named: dict[str, Any] = {**place, "of_release": of_release} if of_release else {**place}
    take = _button(app, "drift.take_over", _("Take over…"), "shield-check", named, tone=tone, why=why)
    leave = _button(app, "drift.leave", _("Leave…"), "hand", {**place, "field": field} if field else place, tone=tone)
    rows = ((permissions.APP_DEPLOY, take), (permissions.APP_CONFIGURE, leave))
    return [button for right, button in rows if right in held]


def _endings(app: App, held: Iterable[str], left: Left) -> list[dict[str, Any]]:
    named = {"cluster": left.cluster, "object": left.object, "field": left.field}
    end = _button(app, "drift.reclaim", _("No longer leave…"), "undo-2", named, tone="quiet")
    return [end] if permissions.APP_CONFIGURE in held else []


def _button(
    app: App, name: str, title: str, icon: str, named: dict[str, Any], *, tone: str = "", why: str = ""
) -> dict[str, Any]:
    return {"title": title, "url": links.form_url(app, name, **named), "icon": icon, "tone": tone, "why": why}
