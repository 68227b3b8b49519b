"""Tell people of a tenant something, once for all clusters: `options["message"]` to those in `options["channel"]`.

A channel is a role of the tenant, or `everyone` who sees the app. The notice is the run itself, so it is told in the
transaction in which its step is done, and exactly once: it stands on the release page, in the log, and for a week where
things wait for people. Whoever wants another server to know plans a call beside it.
"""

from collections.abc import Mapping
from typing import Any

from releases.effects import Effect
from releases.insets import filled_in
from releases.observation import Observation
from releases.steps.base import Done, Outcome, StepContext, StepLogic

TOLD = "told"
MOST = 2_000
"""Characters that are told of a message with its inputs."""


def written(output: Mapping[str, Any]) -> list[str]:
    """The lines that a run wrote, or what it told people."""
    return [output[TOLD]["message"]] if TOLD in output else list(output.get("log", ()))


class Notify(StepLogic):
    def effects(self, context: StepContext) -> tuple[Effect, ...]:
        return ()

    def observe(self, context: StepContext, observation: Observation | None) -> Outcome:
        if any(TOLD in run.output for run in context.elsewhere):
            return Done()
        options = context.step.options
        words = filled_in(options["message"], context.inputs) or context.name
        return Done(output={TOLD: {"channel": options["channel"], "message": words[:MOST]}})
