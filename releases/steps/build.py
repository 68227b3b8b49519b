"""Make an image, by a command in the cluster or by a call to CI, once for all clusters; its digest is what counts.

`options`: `processes` whose image it becomes; `image`, `command` and `resources` of a job, or the `request` of a call;
`kept`, where the image was built by an earlier release and is brought as it is. The output is `{image, digest}` beside
what else was answered.

A release freezes everything, and this is the one thing that is not known when it does. So a build stands before the
first write of a workload (see `apps_mgmt.spec.steps_placed`), and what it comes to is frozen in the transaction in
which its run is done: the image goes into the manifests of that cluster and into a revision of the release, and stands
in the run's output, so the timeline replays to it. From then on nothing changes what is written: this release, its way
back, a redeploy and a later rollback to it bring the image by its digest, and none of them builds again. Whoever skips
a build brings the image that the app names.

A call that is answered with 202 and no image goes on: it is made again, with the same Idempotency-Key, until there is
one. So a server may take its time, and begins once however often it is asked.
"""

from datetime import datetime, timedelta
from typing import Any

from releases.effects import CallHttp, CollectJob, Effect
from releases.having import GIVEN
from releases.observation import Observation
from releases.reasons import Reason
from releases.steps.base import Act, Done, Failed, Outcome, StepContext, StepLogic, Waiting
from releases.steps.job import followed, not_here, run_job, run_of

PERIOD = timedelta(seconds=10)
"""After which a server that is still at it is asked again."""


class Build(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return () if _settled(context) else (_begin(context),)

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        outcome = _settled(context)
        if outcome is not None:
            return outcome
        run = context.run
        if not run.sent:
            return Act(effects=(_begin(context),), progress=1)
        if (ended := run.output.get("ended")) is not None:
            return Done() if ended["well"] else _failed(context, ended["words"])
        if "request" in context.step.options:
            return _of_server(context)
        return followed(context, observation, collect=CollectJob(run=run_of(context), builds=context.step.number))


def image_of(output: Any) -> str:
    """The image that the output of a run names; blank where it made none."""
    given = output.get(GIVEN)
    return str(given.get("image", "")) if isinstance(given, dict) else ""


def _settled(context: StepContext) -> Outcome | None:
    """What it means that nothing is to be built on this cluster; None: it is built here."""
    if kept := context.step.options.get("kept", ""):
        return Done(output={GIVEN: {"image": kept, "digest": kept.partition("@")[2]}})
    return not_here(context, context.step.options["processes"])


def _begin(context: StepContext) -> Effect:
    if "request" in context.step.options:
        return CallHttp(inputs=context.inputs)
    return run_job(context, context.step.options["processes"])


def _of_server(context: StepContext) -> Outcome:
    run, reason = context.run, Reason("building", {"step": context.name})
    if run.sent > run.output.get("asked", 0):
        again = context.now + PERIOD
        return Waiting(reason=reason, wake_at=again, output={"asked": run.sent, "next": again.isoformat()})
    again = datetime.fromisoformat(run.output["next"])
    if context.now >= again:
        return Act(effects=(_begin(context),), reason=reason)
    return Waiting(reason=reason, wake_at=again)


def _failed(context: StepContext, words: str) -> Failed:
    return Failed(reason=Reason("build_failed", {"step": context.name, "words": words}))
