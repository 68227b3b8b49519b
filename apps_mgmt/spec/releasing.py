"""How a release of the app goes: strategy, order of clusters, hooks, when it goes back by itself."""

from __future__ import annotations

from typing import ClassVar, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field, model_validator

from apps_mgmt.spec.base import ShortText, SpecModel, Text, refuse_doubles
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.resources import Resources

StrategyKind = Literal["rolling", "recreate", "batches", "canary", "blue-green"]
Across = Literal["one-after-another", "together", "first-then-rest"]
RollbackCause = Literal["failed-step", "failed-check", "crash-loop", "deadline"]
ALL_CAUSES: tuple[RollbackCause, ...] = ("failed-step", "failed-check", "crash-loop", "deadline")


class HeaderMatch(SpecModel):
    """Requests that carry this header go to the canary."""

    name: ShortText
    value: ShortText


class CanaryStep(SpecModel):
    """One step: instances (a number or %), share of traffic (%), then a pause: seconds, or until told (-1)."""

    replicas: ShortText = ""
    traffic: int | None = Field(default=None, ge=0, le=100)
    header: HeaderMatch | None = None
    pause: int = Field(default=0, ge=-1, le=86_400)
    checks: tuple[ShortText, ...] = ()


class Strategy(SpecModel):
    """`batch` is how many instances (a number or %) a batch replaces; `keep` how long the old are kept after (seconds).

    `saved` and `saved_version` name the tenant's saved strategy this one was taken from.
    """

    kind: StrategyKind = "rolling"
    batch: ShortText = "25%"
    batch_pause: int = Field(default=0, ge=-1, le=86_400)
    steps: tuple[CanaryStep, ...] = ()
    keep: int = Field(default=600, ge=0, le=86_400)
    preview_host: ShortText = ""
    saved: ShortText = ""
    saved_version: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _sound(self) -> Strategy:
        if self.kind == "canary" and not self.steps:
            raise SpecError(_("A canary needs at least one step."), field="release.strategy")
        amounts = [self.batch, *(step.replicas for step in self.steps if step.replicas)]
        for text in amounts:
            number = text.removesuffix("%")
            if not (number.isascii() and number.isdigit() and int(number) > 0) or (
                text.endswith("%") and int(number) > 100
            ):
                sentence = _("{text} is neither a number of instances nor a percentage. Write 1 or 25%.")
                raise SpecError(say(sentence, text=text or "“”"), field="release.strategy")
        return self


class Waves(SpecModel):
    """The order over clusters. `order` lists clusters that go first; `failures` is how many may fail. Seconds."""

    across: Across = "one-after-another"
    order: tuple[ShortText, ...] = ()
    pause: int = Field(default=0, ge=-1, le=86_400)
    failures: int = Field(default=0, ge=0, le=50)


class ReleaseHook(SpecModel):
    """Run before or after: a command in the cluster, with a process's image and variables, or an HTTP call."""

    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: ShortText
    when: Literal["before", "after"]
    command: tuple[Text, ...] = ()
    process: ShortText = ""
    url: ShortText = ""
    timeout: int = Field(default=600, ge=1, le=86_400)
    resources: Resources = Resources()

    @model_validator(mode="after")
    def _one(self) -> ReleaseHook:
        if bool(self.command) == bool(self.url):
            sentence = _("The hook {name} is either a command or an HTTP call. Give one of them.")
            raise SpecError(say(sentence, name=self.name), field="release.hooks")
        if self.url and not self.url.startswith(("https://", "http://")):
            raise SpecError(_("The address of a hook begins with https:// or http://."), field="release.hooks")
        return self


class AutoRollback(SpecModel):
    """Whether a release goes back by itself, and on what."""

    on: bool = True
    causes: tuple[RollbackCause, ...] = ALL_CAUSES

    @model_validator(mode="after")
    def _some_cause(self) -> AutoRollback:
        if self.on and not self.causes:
            raise SpecError(
                _("Going back by itself needs at least one cause. Choose one, or turn it off."),
                field="release.auto_rollback",
            )
        return self


class ReleasePolicy(SpecModel):
    """All of it. Defaults: rolling, one cluster after another, no failure allowed; failures wait for a person."""

    strategy: Strategy = Strategy()
    waves: Waves = Waves()
    hooks: tuple[ReleaseHook, ...] = ()
    auto_rollback: AutoRollback = AutoRollback(on=False)

    @model_validator(mode="after")
    def _sound(self) -> ReleasePolicy:
        refuse_doubles(self.hooks, what=_("hook"), field="release.hooks")
        return self
