"""Carries effects out: outside any transaction, again and again if need be, with one effect in the cluster.

What a cluster refuses is an answer, and goes back to the machine as an event; what a cluster does not answer to is
tried again by the outbox for as long as the release still wants it. A right that is missing is an answer, too, but only
when it is missing for a while: a cluster learns of a right a little after it was given.
"""

from __future__ import annotations

import uuid
from functools import partial
from typing import Any

from apps_mgmt.models import App
from portal import live, outbox
from portal.errors import UserError
from releases import effects, engine
from releases.carrying import carry_out
from releases.clusters import accounts
from releases.events import EffectDone, EffectFailed
from releases.gateway import FenceLost, FieldConflict, NotPrepared, QuotaRefused, RightMissing
from releases.loading import HEAVY
from releases.models import Step, StepRun, Target
from releases.outside.reaching import reach_out
from releases.reasons import Reason
from releases.snapshot import RunRef
from releases.states import RunState

Payload = dict[str, Any]
RIGHTS_TRIES = 6
"""At 1, 2, 4, 8 and 16 seconds: some clusters keep for half a minute that somebody may not do a thing."""


@outbox.handler(engine.EFFECT)
class EffectRunner:
    """Rows of `release.effect`: {release, cluster, step, attempt, key, fence, effect}."""

    def run(self, payload: Payload) -> dict[str, Any]:
        if not _is_wanted(payload):
            return {"output": {"skipped": True}}
        effect = effects.load(payload["effect"])
        if isinstance(effect, effects.Outside):
            return _reach_out(effect, payload)
        targets = Target.objects.select_related("release__app__tenant", "before__release").defer(*_unread(effect))
        target = targets.get(release_id=payload["release"], cluster_id=payload["cluster"])
        try:
            output = carry_out(
                effect,
                target,
                fence=payload["fence"],
                newest=partial(_newest, target.release.app_id),
                outranked=partial(_is_outranked, target.release.app_id, fence=payload["fence"]),
                overtaken=lambda: not _is_wanted(payload),
            )
            return {"output": output}
        except NotPrepared:
            accounts.look_again(target.cluster_id, target.release.app.tenant.name)
            raise
        except RightMissing as error:
            raise outbox.Retry(str(error), at_most=RIGHTS_TRIES) from None
        except UserError as refusal:
            return {"refusal": _reason(refusal, target).dump()}

    def again(self, payload: Payload) -> None:
        """Whoever looks at the release reads why it waits, and which attempt comes next."""
        live.touch(f"release:{payload['release']}")

    def finish(self, payload: Payload, result: dict[str, Any]) -> None:
        reason = Reason.load(result.get("refusal"))
        if reason:
            engine.dispatch(payload["release"], EffectFailed(run=_run(payload), key=payload["key"], reason=reason))
        else:
            event = EffectDone(run=_run(payload), key=payload["key"], output=result["output"])
            engine.dispatch(payload["release"], event)

    def failed(self, payload: Payload, reason: str) -> None:
        target = Target.objects.filter(release_id=payload["release"], cluster_id=payload["cluster"]).first()
        values = {"words": reason, "cluster": target.cluster_name if target else ""}
        event = EffectFailed(run=_run(payload), key=payload["key"], reason=Reason("given_up", values))
        engine.dispatch(payload["release"], event)


def _reach_out(effect: effects.Outside, payload: Payload) -> dict[str, Any]:
    """What a server outside said; its refusal is an answer, its silence is not."""
    step = Step.objects.select_related("release__revision").get(release_id=payload["release"], number=payload["step"])
    try:
        return {"output": reach_out(effect, step, cluster_id=payload["cluster"], attempt=payload["attempt"])}
    except UserError as refusal:
        values = {"step": step.options.get("name", ""), "words": str(refusal)}
        if step.kind == "build":
            return {"refusal": Reason("build_failed", values).dump()}
        return {"refusal": Reason("call_refused", values).dump()}


def _is_wanted(payload: Payload) -> bool:
    """Whether the release still waits for this effect; it may have been aborted, failed or superseded meanwhile."""
    runs = StepRun.objects.filter(
        release_id=payload["release"],
        release__fence=payload["fence"],
        cluster_id=payload["cluster"],
        step=payload["step"],
        attempt=payload["attempt"],
        state=RunState.ACTING,
    )
    return any(payload["key"] in pending for pending in runs.values_list("pending", flat=True))


def _unread(effect: effects.Effect) -> set[str]:
    """What is heavy of a target and of the one before, and of no use for the effect."""
    heavy = {*HEAVY, *(f"before__{name}" for name in HEAVY)}
    if isinstance(effect, effects.Apply):
        heavy.remove("before__manifests" if effect.back else "second_manifests" if effect.second else "manifests")
    elif isinstance(effect, effects.TryApply | effects.SetTraffic):
        heavy.remove("before__manifests" if effect.back else "manifests")
    elif isinstance(effect, effects.SetPartition | effects.RunJob | effects.CollectJob) or (
        isinstance(effect, effects.SetReplicas) and effect.pin
    ):
        heavy.remove("manifests")
    return heavy


def _is_outranked(app_id: uuid.UUID, *, fence: int) -> bool:
    """Whether a newer release of the app has begun, or the release has turned round, since the effect was sent."""
    return not App.objects.filter(pk=app_id, fence=fence).exists()


def _newest(app_id: uuid.UUID) -> int:
    """The highest fence of an app that was given out."""
    return App.objects.values_list("fence", flat=True).get(pk=app_id)


def _run(payload: Payload) -> RunRef:
    return RunRef(payload["cluster"], payload["step"], payload["attempt"])


def _reason(refusal: UserError, target: Target) -> Reason:
    code = {QuotaRefused: "cluster_quota", FenceLost: "fence_lost"}.get(type(refusal), "refused")
    values: dict[str, Any] = {"cluster": target.cluster_name, "words": str(refusal), "code": refusal.code}
    if isinstance(refusal, FieldConflict) and refusal.owners:
        values |= {"object": refusal.object, "owners": refusal.owners}
    return Reason(code, values)
