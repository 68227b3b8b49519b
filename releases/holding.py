"""What keeps a release in the queue from beginning: what was asked when it was frozen is asked again at its turn.

Rights, rules and isolation may have changed while it stood behind another one. It is then held, not ended: when the
cause is gone (the right given, the restriction lifted, the rule changed) it begins by itself. What was frozen under
another isolation is held as well, because nothing but its start makes manifests; it does not begin without what the
isolation asks for, whatever it brings, and begins by itself only if the isolation is changed back. Going back is no
exception to that: the direct way back, which stops what waits, is open and makes the manifests of today.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from django.utils.translation import gettext as _

from apps_mgmt import drafts, forbidding
from apps_mgmt.models import App
from apps_mgmt.rules import check_platform_rules, check_release
from apps_mgmt.spec import load
from portal import access
from portal.access import Actor
from portal.access.actor import SESSION
from portal.access.permissions import APP_DEPLOY, RELEASE_APPROVE, SENTENCES, TENANT_MEMBERS
from portal.errors import Refused
from releases import at_rest, calendar_at_turn, entering, going_back, hindrances, moving, parts
from releases.blocking import locked, stopped
from releases.draft import Decision
from releases.models import Release, Target
from releases.reasons import Reason
from releases.snapshot import KEPT, Snapshot
from releases.states import BRINGS, TERMINAL, ReleaseKind, ReleaseState, RunState
from releases.waiting import FREEZE
from releases.wording import words
from tenants.clusters import restricting
from tenants.isolation import Isolation
from tenants.models import Tenant, User

QUEUES = frozenset({ReleaseKind.DEPLOY, ReleaseKind.ROLLBACK, ReleaseKind.MOVE})
"""What people can queue behind a release; others begin at once or not at all, and a deletion is never held."""


def kept_by(release: Release) -> str:
    """Why a release that waits may not begin now, and what to do; blank where its own turn is all it waits for."""
    if release.kind not in QUEUES:
        return ""
    asked = (at_rest.lost_its_ground, moving.lost_its_ground, parts.lost_its_ground, _rights, _rules, _isolation)
    return next(filter(None, (ask(release) for ask in asked)), "")


def kept_back(release: Release, snapshot: Snapshot) -> Reason | None:
    """Why a release under way may not begin on the clusters where nothing of it is yet: what was asked when it began is
    asked again. It waits there, as one in the queue does; what was made for another isolation fails. A lock holds what
    has not begun on any cluster: what has goes on to the others, which a suspension holds.
    """
    if release.kind not in BRINGS:
        return None
    app = release.app
    app.tenant = Tenant.objects.get(pk=app.tenant_id)  # not as it was when the app was read
    found = stopped(app) if entering.is_under_way(snapshot) else locked(app)
    if release.kind in QUEUES:
        isolation = Isolation.load(app.tenant.isolation)
        if isolation.of_pods != release.isolation:
            return Reason("isolated_anew", {"why": isolation.words})
        found = found or _rights(release, only=entering.yet_to_come(snapshot)) or _rules(release)
    return Reason("kept_back", {"why": found}) if found else None


def foretold(release: Release, snapshot: Snapshot, decision: Decision) -> list[str]:
    """The same before a word that would let it go on is said, in words."""
    kept = kept_back(release, snapshot) if decision.enters else None
    if kept is None:
        return []
    left = entering.yet_to_come(snapshot)
    names = ", ".join(one.name for one in snapshot.targets if one.cluster in left)
    return [words(Reason(kept.code, {**kept.values, "cluster": names}))]


def told_of(release: Release) -> list[str]:
    """The same after it was said: why it is held on clusters."""
    runs = release.runs.filter(state=RunState.WATCHING, reason__code=KEPT)
    return [*dict.fromkeys(run.why for run in runs)]


def waits_for(release: Release) -> str:
    """The same with everything else that it waits for: for whoever looks at it. Blank for one that has begun."""
    if release.state != ReleaseState.WAITING:
        return ""
    if found := locked(release.app):
        return found
    return " ".join(filter(None, (_turn(release), kept_by(release), calendar_at_turn.foretold(release))))


def told(release: Release, *, asks: bool) -> list[str]:
    """What one waits for that was just started: its turn, or the end of a freeze. `asks`: whether any waits for people
    since, which whoever may override a freeze are, too.
    """
    if found := waits_for(release):
        return [found]
    if not asks or not release.runs.filter(state=RunState.WATCHING, reason__code="frozen").exists():
        return []
    line = release.steps.get(kind=FREEZE, back=False)
    return hindrances.of_freezes(line.options["freezes"])


def line_of(app: App) -> tuple[Release | None, list[Release]]:
    """The release of an app that is active, if any, and those that wait for their turn, in that order. One query."""
    going = list(Release.objects.filter(app=app).exclude(state__in=TERMINAL).order_by("number"))
    waiting = [one for one in going if one.state == ReleaseState.WAITING]
    return next((one for one in going if one not in waiting), None), waiting


def in_front(line: tuple[Release | None, Sequence[Release]], *, alone: bool) -> list[Release]:
    """What comes before a release that is started now, of an app's `line_of`. `alone`: nothing that waits, because it
    is stopped for it, or passed.
    """
    active, queued = line
    return [*([active] if active else ()), *(() if alone else queued)]


def _turn(release: Release) -> str:
    before = Release.objects.filter(app_id=release.app_id, number__lt=release.number).exclude(state__in=TERMINAL)
    number = before.order_by("-number").values_list("number", flat=True).first()
    return _("It begins when release {number} is over.").format(number=number) if number else ""


def _rights(release: Release, *, only: Collection[str] = ()) -> str:
    """Whoever started it has to have the rights still, and the token it was started with, too. What the platform itself
    started takes none. `only`: of its clusters, by their ids, those that are asked about; else all.
    """
    if release.actor_id is None:
        return ""
    app = release.app
    user = User.objects.filter(pk=release.actor_id).first()
    held = access.rights(Actor.of_user(user, how=SESSION), tenant_id=app.tenant_id, app_id=app.pk)
    if APP_DEPLOY not in held:
        return _lacking(release, APP_DEPLOY)
    # It began in the tenant of its token; what is left of the token's limits are its rights.
    reaches = release.token_rights is None or RELEASE_APPROVE in release.token_rights
    targets = Target.objects.filter(release=release, **({"cluster_id__in": only} if only else {}))
    names = targets.values_list("cluster_name", flat=True)
    found = restricting.among(restricting.of_tenant(app.tenant_id), names)
    if not found or (RELEASE_APPROVE in held and reaches):
        return ""
    why = _lacking(release, RELEASE_APPROVE) if RELEASE_APPROVE not in held else _short_token(release, RELEASE_APPROVE)
    return " ".join([*restricting.sentences(found), why])


def _short_token(release: Release, right: str) -> str:
    sentence = _(
        "{who} started it with a token that does not have the right {right} ({words}). It begins when that right is "
        "not needed any more; or stop it, and start it again in the browser or with a token that has it."
    )
    return sentence.format(who=release.actor_name, right=right, words=SENTENCES[right])


def _lacking(release: Release, right: str) -> str:
    sentence = _(
        "{who}, who started it, does not have the right {right} ({words}). It begins when {who} is given it (ask "
        "{admins}); or stop it, and let somebody who has it start it again."
    )
    admins = access.who_can_give(release.app.tenant_id, {right, TENANT_MEMBERS})
    values = {"who": release.actor_name, "right": right, "words": SENTENCES[right]}
    return sentence.format(**values, admins=", ".join(admins) or _("a tenant admin"))


def _rules(release: Release) -> str:
    """Rules of the platform, and what was forbidden. Going back to what ran last is let through as it is directly."""
    app, reasons = release.app, list(_broken(release))
    if not reasons:
        return ""
    sentence = _("It begins when that is allowed again; or stop it, change {app} and start it again.")
    return " ".join([*reasons, sentence.format(app=app.name)])


def _broken(release: Release) -> Iterator[str]:
    app, spec = release.app, load(release.revision.spec)
    for ask in (
        lambda: forbidding.refuse(app, release.revision),
        lambda: check_platform_rules(app, spec),
        lambda: None if _goes_back(app, release) else check_release(spec),
    ):
        try:
            ask()
        except Refused as refused:
            yield str(refused)


def _goes_back(app: App, release: Release) -> bool:
    """Whether it was asked to bring what runs, or what succeeded last, and still does, as things are now."""
    if release.source is None:
        return False
    running = drafts.deployed_revision(app)
    return going_back.is_last_good(app, release.source) or (running is not None and running.pk == release.revision_id)


def _isolation(release: Release) -> str:
    raw = Tenant.objects.values_list("isolation", flat=True).get(pk=release.app.tenant_id)
    isolation = Isolation.load(raw)
    if isolation.of_pods == release.isolation:
        return ""
    sentence = _(
        "The isolation of the tenant was changed after this release was made: {words}. Stop it and start it again, so "
        "that what it brings is isolated."
    )
    return sentence.format(words=isolation.words)
