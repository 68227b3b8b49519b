"""The buttons that make sense now, for the person who looks: rights and state decide, with a sentence where not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt import taking_back
from apps_mgmt.drafts import Undeployed
from apps_mgmt.forbidding import forbidden_as
from apps_mgmt.models import App
from portal import access
from portal.access import Actor, permissions
from releases import blocking, open_runs, routing, stopping
from releases.ahead import brings_draft
from releases.models import Release
from releases.open_runs import Rows
from releases.pages import drift_figures, links, steering
from releases.states import ACTIVE, ReleaseKind, ReleaseState
from releases.waiting import WINDOW, Waits, may_approve, waits
from releases.ways_back import Way, from_last, leads_back

STOPPABLE = {ReleaseState.PLANNED, ReleaseState.RUNNING, ReleaseState.PAUSED}


def under_way(app: App) -> Release | None:
    """The release that holds the app now."""
    return Release.objects.filter(app=app, state__in=ACTIVE).first()


def app_actions(app: App, actor: Actor, *, active: Release | None) -> dict[str, Any]:
    """Deploy, scale, restart; the rest behind *more*."""
    held = access.rights(actor, tenant_id=app.tenant_id, app_id=app.pk)
    locked, stopped = blocking.locked(app), blocking.stopped(app)
    busy = _busy(active)
    stopped_app = app.status.stopped
    startable = stopped_app or stopping.ended_half_way(app)
    again = ("app.start", _("Start"), "play") if startable else ("process.restart", _("Restart"), "rotate-cw")
    items = [
        _form(
            app,
            "release.start",
            _("Deploy"),
            "rocket",
            permissions.APP_DEPLOY,
            held,
            why=locked,
            tone="" if has_failed(app) else "primary",
        ),
        _form(app, "process.scale", _("Scale"), "scaling", permissions.APP_SCALE, held, why=locked),
        _form(app, *again, permissions.APP_OPERATE, held, why=locked or busy),
    ]
    unlock = ("app.unlock", _("Unlock"), "lock-open") if app.locked_reason else ("app.lock", _("Lock…"), "lock")
    runs = [("app.stop", _("Stop…"), "square"), ("instance.delete", _("Delete an instance…"), "trash-2")]
    more = [
        *(_form(app, *one, permissions.APP_OPERATE, held, why=locked or busy) for one in runs if not stopped_app),
        _form(app, "image.set", _("Change image…"), "box", permissions.APP_CONFIGURE, held, why=locked),
        _form(app, "app.describe", _("Describe…"), "pencil", permissions.APP_CONFIGURE, held, why=stopped),
        _form(app, *unlock, permissions.APP_CONFIGURE, held, why=stopped),
        _form(app, "app.delete", _("Delete…"), "trash-2", permissions.APP_DELETE, held, why=locked, tone="danger"),
    ]
    return {"items": [one for one in items if one], "more": [one for one in more if one]}


def draft_actions(app: App, actor: Actor, *, active: Release | None, waiting: Undeployed) -> list[dict[str, Any]]:
    """Undo, discard, deploy. What is being deployed is not offered once more; of anything newer the form asks whether
    to queue behind the release that runs or to stop it. Undo and discard take the rights of what they take back, too.
    """
    held = access.rights(actor, tenant_id=app.tenant_id, app_id=app.pk)
    again = active is not None and brings_draft(app, active)
    locked = blocking.locked(app)
    why = locked or (_busy(active) if again else "")
    tone = "" if has_failed(app) else "primary"
    edits = permissions.APP_CONFIGURE in held
    undoes = edits and bool(waiting.changes) and app.draft is not None and app.draft.base_id is not None
    discards = edits and waiting.deployed is not None and bool(waiting.drafted)
    rows = [
        undoes
        and held.issuperset(taking_back.to_undo(app))
        and _form(
            app, "draft.undo", _("Undo the last"), "undo-2", permissions.APP_CONFIGURE, held, tone="quiet", why=locked
        ),
        discards
        and held.issuperset(taking_back.to_discard(app, waiting))
        and _form(
            app, "draft.discard", _("Discard…"), "trash-2", permissions.APP_CONFIGURE, held, tone="quiet", why=locked
        ),
        _form(
            app,
            "release.start",
            _("Deploy"),
            "rocket",
            permissions.APP_DEPLOY,
            held,
            why=why,
            tone=tone,
            method="get" if _busy(active) else "post",
        ),
    ]
    return [one for one in rows if one]


def has_failed(app: App) -> bool:
    """Whether the last release failed, and nothing has been tried since."""
    return bool(app.status.last_release_state == ReleaseState.FAILED)


def rescue_actions(app: App, actor: Actor) -> list[dict[str, Any]]:
    """What to do about a last release that failed: look at it, and go back where there is something to go back to."""
    if not has_failed(app) or app.deleted_at is not None:
        return []
    number = app.status.last_release
    look = _("Look at release {number}").format(number=number)
    items: list[dict[str, Any]] = [{"title": look, "url": links.release_url(app, number)}]
    held = access.rights(actor, tenant_id=app.tenant_id, app_id=app.pk)
    if permissions.APP_DEPLOY in held and not blocking.locked(app):
        items += back_by(app, from_last(app), tone="primary")
    return items


def release_actions(release: Release, actor: Actor, rows: Rows | None = None) -> dict[str, Any]:
    """Abort while it runs; roll back when it failed, or to an older one that succeeded. `rows`: as for `open_runs`."""
    app, state = release.app, ReleaseState(release.state)
    blocked = blocking.locked(app)
    held = access.rights(actor, tenant_id=app.tenant_id, app_id=app.pk)
    going = not blocked and state in (ReleaseState.RUNNING, ReleaseState.PAUSED)
    found = open_runs.under_way(release, rows) if going else None
    words = _words(release, waits(found.runs), held, actor=actor) if found else []
    if permissions.APP_DEPLOY not in held:
        return {"items": words, "more": []}
    more = [*steering.all_the_way(release, rows), *steering.stuck_actions(release, found)] if found else []
    if state is ReleaseState.RUNNING or state is ReleaseState.PLANNED:
        return {"items": [*words, _act(release, "release.pause", _("Pause"), "pause"), *_abort(release)], "more": more}
    if state is ReleaseState.WAITING:
        return {"items": _abort(release), "more": []}
    if state is ReleaseState.PAUSED:
        resume = [] if blocked else [_act(release, "release.resume", _("Resume"), "play", tone="primary")]
        return {"items": [*words, *resume, *_abort(release)], "more": more}
    if blocked and release.is_over:
        return {"items": [], "more": [], "sentence": blocked}
    if app.deleted_at is not None or not release.is_over or release.kind == ReleaseKind.DELETE:
        return {"items": [], "more": []}
    return {"more": _again(release), **_over(release, actor)}


def _over(release: Release, actor: Actor) -> dict[str, Any]:
    """The ways on from a release that has ended."""
    app, state = release.app, ReleaseState(release.state)
    latest = Release.objects.filter(app=app).order_by("-number").values_list("number", flat=True).first()
    conflict = drift_figures.conflict_actions(release, actor) if release.number == latest else []
    if state is ReleaseState.ROLLED_BACK:
        return {"items": conflict}
    if state is ReleaseState.FAILED and (release.number == latest or leads_back(release)):
        back = back_by(app, from_last(app), tone="" if conflict else "primary")
        if not back and not conflict:
            return {"items": [], "sentence": _("Nothing succeeded before it, so there is nothing to go back to.")}
        return {"items": [*conflict, *back]}
    if state is ReleaseState.SUCCEEDED and release.number != latest and not forbidden_as(app, release.revision):
        return {"items": [roll_back(app, release.number, _("Roll back to this release"))]}
    return {"items": []}


def _again(release: Release) -> list[dict[str, Any]]:
    """What may be done with what it brought: deploy it again, or see to it that nobody does."""
    app = release.app
    found = forbidden_as(app, release.revision)
    if found:
        url = links.form_url(app, "release.forbid", release=found.release)
        return [{"title": _("Allow it again…"), "url": url, "icon": "ban"}]
    again = links.form_url(app, "release.redeploy", release=release.number)
    forbid = links.form_url(app, "release.forbid", release=release.number)
    return [
        {"title": _("Deploy it again…"), "url": again, "icon": "repeat"},
        {"title": _("Forbid it…"), "url": forbid, "icon": "ban", "tone": "danger"},
    ]


def _words(release: Release, now: Waits, held: frozenset[str], *, actor: Actor) -> list[dict[str, Any]]:
    """What may be said to a release that waits for a person."""
    items: list[dict[str, Any]] = []
    if now.word and permissions.APP_DEPLOY in held:
        items.append(_act(release, "release.promote", _("Go on"), "play", tone="primary", step=now.word_at[0]))
    mine = now.approval and not items and permissions.RELEASE_APPROVE in held and may_approve(release, actor=actor)
    if mine:
        items.append(_act(release, "release.approve", _("Approve"), "check", tone="primary", step=mine[0]))
    if now.overridable and permissions.RELEASE_APPROVE in held:
        url = links.release_form_url(release, "release.override", step=now.override_at[0])
        items.append({"title": override_title(now.overridable[0]), "url": url, "icon": "sun"})
    if (now.word or now.approval or now.day) and permissions.RELEASE_APPROVE in held:
        waits_at = min(now.word_at + now.approval_at + now.day_at)
        url = links.release_form_url(release, "release.reject", step=waits_at)
        items.append({"title": _("Reject…"), "url": url, "icon": "x", "tone": ""})
    if {permissions.APP_DEPLOY, permissions.APP_NETWORK} <= held and routing.can_be_weighed(release):
        url = links.release_form_url(release, "route.weight")
        items.append({"title": _("Share of traffic…"), "url": url, "icon": "split", "tone": ""})
    return items


def override_title(kind: str) -> str:
    """What the button says that overrides the calendar for a step of this kind."""
    return _("Override the window…") if kind == WINDOW else _("Override the freeze…")


def _busy(active: Release | None) -> str:
    if active is None or active.state not in STOPPABLE:
        return ""
    return _("A release is running. Wait for it to end, or abort it.")


def _form(
    app: App,
    name: str,
    title: str,
    icon: str,
    right: str,
    held: frozenset[str],
    *,
    why: str = "",
    tone: str = "",
    method: str = "get",
) -> dict[str, Any] | None:
    if right not in held:
        return None
    return {"title": title, "url": links.form_url(app, name), "icon": icon, "tone": tone, "why": why, "method": method}


def _act(release: Release, name: str, title: str, icon: str, *, tone: str = "", **fields: int) -> dict[str, Any]:
    url = links.release_form_url(release, name, **fields)
    return {"title": title, "url": url, "icon": icon, "tone": tone, "method": "post"}


def _abort(release: Release) -> list[dict[str, Any]]:
    """Nothing for a deletion, which goes on whatever happens."""
    if release.kind == ReleaseKind.DELETE:
        return []
    url = links.release_form_url(release, "release.abort")
    return [{"title": _("Abort…"), "url": url, "icon": "octagon-x", "tone": "danger"}]


def back_by(app: App, ways: Sequence[Way], *, tone: str = "") -> list[dict[str, Any]]:
    """A button for each way back. One click takes the only one; where there are more, each leads to its form."""
    items = []
    for number, clusters in ways:
        title = _("Roll back to release {number}").format(number=number)
        if clusters:
            on = _("Roll back {clusters} to release {number}")
            title = on.format(clusters=", ".join(clusters), number=number)
        item = roll_back(app, number, title, clusters=clusters, tone=tone)
        items.append(item if len(ways) == 1 else {**item, "method": "get", "title": f"{title}…"})
    return items


def roll_back(app: App, number: int, title: str, *, clusters: Sequence[str] = (), tone: str = "") -> dict[str, Any]:
    """One click: the address carries the release and its clusters, the button posts."""
    url = links.form_url(app, "release.rollback", release=number, **({"targets": clusters} if clusters else {}))
    return {"title": title, "url": url, "icon": "undo-2", "tone": tone, "method": "post"}
