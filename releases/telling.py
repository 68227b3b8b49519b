"""Words of people to a release: which event each of them is, and whether the release would hear it at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps_mgmt.models import App
from portal.access import Actor
from portal.errors import Refused
from portal.operations.actions import Carried
from portal.operations.subject import Preview
from releases import answering, asking, away, behind, engine, events, holding, overriding, routing
from releases.loading import snapshot_of
from releases.machine import decide
from releases.models import Release, Target
from releases.waiting import check_approver
from releases.wording import state_title

Word = Callable[[Release, Any, str], events.Event]
"""Makes the event of an action on a release; the text is who says it. Raises Refused."""
Say = Callable[..., Carried]


def saying(action: type) -> tuple[Say, Callable[[Release, Any], Preview]]:
    """What carries an action on a release out, and what shows it before: refused alike, in the same words."""
    word, previewer = WORDS[action]

    def say(subject: Release, action: Any, *, actor: Actor, note: str) -> Carried:
        if isinstance(action, asking.ApproveRelease):  # not for what others are asked to approve at the same time
            action = replace(action, steps=check_approver(subject, actor=actor, steps=action.steps))
        overrides = isinstance(action, asking.OverrideFreeze)
        before = overriding.overridden(subject) if overrides else ()
        if not engine.dispatch(subject.pk, word(subject, action, actor.username)):
            subject.refresh_from_db()
            raise _not_now(subject)
        subject.refresh_from_db()
        ends = isinstance(action, asking.AbortRelease)
        said = [*filter(None, [behind.told(subject)])] if ends else holding.told_of(subject)
        differs = overriding.log_rows(subject, since=before) if overrides else ()
        return Carried({**answer(subject, subject.app), **({"warnings": said} if said else {})}, differs)

    def shown(subject: Release, action: Any) -> Preview:
        before = snapshot_of(subject)
        decision = decide(before, word(subject, action, ""), timezone.now())
        if not decision.changes:
            raise _not_now(subject)
        found, held = previewer(subject, action), holding.foretold(subject, before, decision)
        return replace(found, warnings=[*held, *away.of_word(subject, action), *found.warnings])

    return say, shown


def answer(release: Release, app: App) -> dict[str, Any]:
    """What is told of a release of an app that was started, or heard something."""
    url = reverse("release", args=[app.tenant.name, app.name, release.number])
    return {"release": release.number, "state": release.state, "url": url}


def _not_now(release: Release) -> Refused:
    sentence = _(
        "This is not possible while release {number} is in the state “{state}”. Look at it again when that is over."
    )
    return Refused(sentence.format(number=release.number, state=state_title(release.state)))


def _abort(release: Release, action: asking.AbortRelease, by: str) -> events.Event:
    return events.AbortAsked(by=by, after=action.after)


def _pause(release: Release, action: asking.PauseRelease, by: str) -> events.Event:
    return events.PauseAsked(by=by)


def _resume(release: Release, action: asking.ResumeRelease, by: str) -> events.Event:
    return events.ResumeAsked(by=by)


def _promote(release: Release, action: asking.PromoteRelease, by: str) -> events.Event:
    return events.Promoted(by=by, step=action.step)


def _promote_fully(release: Release, action: asking.PromoteFully, by: str) -> events.Event:
    answering.refuse_needless(release)
    return events.Promoted(by=by, full=True)


def _weigh(release: Release, action: asking.WeighRoute, by: str) -> events.Event:
    routes = routing.weighable(release).routes.get(action.host, {})
    return events.Weighed(by=by, host=action.host, share=action.share, routes=routes)


def _approve(release: Release, action: asking.ApproveRelease, by: str) -> events.Event:
    return events.Approved(by=by, comment=action.comment, steps=action.steps)


def _override(release: Release, action: asking.OverrideFreeze, by: str) -> events.Event:
    return events.Overridden(by=by, comment=action.reason, step=action.step)


def _reject(release: Release, action: asking.RejectRelease, by: str) -> events.Event:
    return events.Rejected(by=by, comment=action.comment, step=action.step)


def _retry(release: Release, action: asking.RetryTarget, by: str) -> events.Event:
    return events.RetryAsked(cluster=_cluster(release, action.cluster), by=by)


def _skip(release: Release, action: asking.SkipStep, by: str) -> events.Event:
    return events.Skipped(cluster=_cluster(release, action.cluster), by=by, step=action.step)


def _cluster(release: Release, name: str) -> str:
    target = Target.objects.filter(release=release, cluster_name=name).first()
    if target is None:
        names = ", ".join(Target.objects.filter(release=release).values_list("cluster_name", flat=True))
        sentence = _("Release {number} has no cluster {name}. It goes to {names}.")
        raise Refused(sentence.format(number=release.number, name=name, names=names), field="cluster")
    return str(target.cluster_id)


WORDS: Mapping[type, tuple[Word, Callable[[Release, Any], Preview]]] = {
    asking.AbortRelease: (_abort, answering.abort),
    asking.PauseRelease: (_pause, answering.pause),
    asking.ResumeRelease: (_resume, answering.resume),
    asking.PromoteRelease: (_promote, answering.promote),
    asking.PromoteFully: (_promote_fully, answering.promote_fully),
    asking.WeighRoute: (_weigh, answering.weigh),
    asking.ApproveRelease: (_approve, answering.promote),
    asking.OverrideFreeze: (_override, overriding.preview),
    asking.RejectRelease: (_reject, answering.reject),
    asking.RetryTarget: (_retry, answering.retry),
    asking.SkipStep: (_skip, answering.skip),
}
