"""What a spec can say and no release can do yet. It is refused when a release starts, never left out in silence. Pure.

Whoever teaches the engine one of these takes its line out here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext_lazy as _

from apps_mgmt.spec import AppSpec, SpecError
from apps_mgmt.spec.errors import say
from releases.strategies import STRATEGIES
from releases.strategies.user_steps import is_known, unlike_branches
from releases.strategies.writing import BY_THEMSELVES

PLANNED = ("canary", *BY_THEMSELVES)
"""Strategies of which people plan the steps."""


def not_yet(spec: AppSpec) -> tuple[SpecError, ...]:
    """A sentence for each thing this spec asks for that cannot be done yet, with its field; nothing when all can."""
    return (*_release(spec), *_placement(spec), *_around(spec))


def _release(spec: AppSpec) -> Iterator[SpecError]:
    strategy = spec.release.strategy
    if strategy.kind not in STRATEGIES:
        sentence = _("Slipway cannot release by the strategy {name} yet. Choose one of {known}.")
        known = ", ".join(sorted(STRATEGIES))
        yield SpecError(say(sentence, name=strategy.kind, known=known), field="strategy")
    elif strange := [step.name for step in strategy.steps if not is_known(step) or strategy.kind not in PLANNED]:
        sentence = _("Slipway cannot follow these steps yet: {names}. Take them out.")
        yield SpecError(say(sentence, names=_listed(strange)), field="strategy")
    elif beside := [name for step in strategy.steps for name in unlike_branches(step)]:
        sentence = _(
            "Steps beside others run while all goes well, and the group as a whole has no time, further attempts or "
            "inputs of its own: {names}. Put steps for a failure after the group, and say the rest of its steps."
        )
        yield SpecError(say(sentence, names=_listed(beside)), field="strategy")


def _placement(spec: AppSpec) -> Iterator[SpecError]:
    if spec.placement.auto is not None:
        sentence = _("Slipway cannot choose clusters by itself yet. Name the clusters.")
        yield SpecError(sentence, field="placement.auto")
    if spec.placement.failover is not None:
        sentence = _("Slipway cannot move the share of a lost cluster to others yet. Turn failover off.")
        yield SpecError(sentence, field="placement.failover")
    for process in spec.processes:
        if process.autoscaler and process.autoscaler.hours:
            sentence = _("Slipway cannot change the limits of {process} by the clock yet. Take its scaling hours out.")
            yield SpecError(say(sentence, process=process.name), field=f"processes.{process.name}.autoscaler")
        if process.auto_update:
            sentence = _("Slipway cannot update the image of {process} by webhook yet. Turn that off.")
            yield SpecError(say(sentence, process=process.name), field=f"processes.{process.name}.auto_update")


def _around(spec: AppSpec) -> Iterator[SpecError]:
    for rows, sentence, field in (
        (spec.env_groups, _("Slipway cannot give variable groups to apps yet: {names}. Detach them."), "env_groups"),
        (spec.bindings, _("Slipway cannot bind services to apps yet: {names}. Unbind them."), "bindings"),
        (spec.drains, _("Slipway cannot send log lines elsewhere yet: {names}. Remove these log drains."), "drains"),
    ):
        if rows:
            yield SpecError(say(sentence, names=_listed(row.row_key for row in rows)), field=field)
    if spec.hibernate is not None:
        yield SpecError(_("Slipway cannot let apps sleep by the clock yet. Turn hibernation off."), field="hibernate")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
