from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt import strategies
from apps_mgmt.operations.releasing.step_checks import check_branches, check_kinds, check_rows
from apps_mgmt.operations.releasing.step_rows import A_DAY, StepRow
from apps_mgmt.operations.releasing.step_shapes import rows_of, steps_of
from apps_mgmt.spec import AppSpec, Strategy
from apps_mgmt.spec.second_sets import check_second_sets
from apps_mgmt.spec.steps_placed import check_places
from portal.access import permissions
from portal.operations.context import Context
from portal.operations.fields import PickerField, rows
from portal.operations.kinds import SPEC
from portal.operations.operation import Operation

KINDS = [
    ("rolling", _("Rolling: a few at a time")),
    ("recreate", _("Recreate: all down, then up")),
    ("batches", _("Batches: so many, a pause, so many more")),
    ("canary", _("Canary: steps of your own")),
    ("blue-green", _("Blue-green: a second full set, then a switch")),
]

WITH_STEPS = ("canary", "rolling", "recreate")
"""Strategies of which people plan the steps; the others go by their own fields alone."""


def _of(*kinds: str) -> dict[str, Any]:
    """Shown with these strategies."""
    return {"only": {"kind": kinds}}


def takes_steps(chosen: Mapping[str, Any], strategy: Strategy) -> bool:
    """Whether what is chosen, or else the present strategy, has steps of its own."""
    return chosen.get("kind", strategy.kind) in WITH_STEPS


class SetStrategy(Operation):
    """Choose how a release replaces the instances of an app, and in which steps."""

    name = "release.strategy"
    kind = SPEC
    title = _("Strategy")
    permission = permissions.APP_DEPLOY
    sentence = _("chose the strategy {kind}")
    icon = "route"
    foresees = True
    example = {"kind": "canary", "steps": [{"kind": "batch", "name": "first", "replicas": "25%"}]}

    class Input(serializers.Serializer[Any]):
        saved = PickerField(
            picker="strategy", label=_("Saved strategy"), required=False, allow_blank=True, default="", max_length=40,
            help_text=_("Its newest version takes the place of what is said below, but for the preview host."),
        )  # fmt: skip
        kind = serializers.ChoiceField(label=_("Strategy"), choices=KINDS, required=False, default="rolling")
        batch = serializers.CharField(
            label=_("Batch"), max_length=10, required=False, default="25%", style=_of("batches"),
            help_text=_("How many instances one replaces, a number or 25%."),
        )  # fmt: skip
        batch_pause = serializers.IntegerField(
            label=_("Pause between batches, in seconds"), min_value=-1, max_value=A_DAY, required=False, default=0,
            style=_of("batches"),
            help_text=_("-1: until somebody lets it go on."),
        )  # fmt: skip
        keep = serializers.IntegerField(
            label=_("Keep the old set, in seconds"), min_value=0, max_value=A_DAY, required=False, default=600,
            style=_of("blue-green"),
            help_text=_("After the switch, to go back to at once."),
        )  # fmt: skip
        preview_host = serializers.CharField(
            label=_("Preview host"), max_length=253, required=False, allow_blank=True, default="",
            style=_of("canary", "blue-green"),
            help_text=_("Under which the new instances are reached before anybody else reaches them."),
        )  # fmt: skip
        steps = rows(
            StepRow, label=_("Steps"), most=50, least=0, style=_of(*WITH_STEPS),
            help_text=_("Without any, rolling and recreate go as usual. Batches and blue-green take none."),
        )  # fmt: skip

    def told(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**values, "kind": values.get("saved") or values.get("kind", "")}

    def initial(self, value: AppSpec, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        strategy = value.release.strategy
        shown = strategy.model_dump(mode="json", include={"kind", "batch", "batch_pause", "keep", "preview_host"})
        # Whoever names a kind, and no saved strategy, goes a way of the app's own from now on.
        if "kind" not in chosen:
            shown["saved"] = strategy.saved
        return {**shown, "steps": rows_of(strategy.steps) if takes_steps(chosen, strategy) else []}

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        """What the saved strategy says at this moment goes into the log, and into the spec.

        What the app cannot go by is refused here, not by `apply`: the log of an app that went by it replays.
        """
        if not given["saved"]:
            before = context.value.release.strategy.steps
            check_rows(given["steps"], tenant=context.subject.tenant, before=before)
            check_second_sets(context.value, given["kind"], field="kind")
            return given
        found = strategies.resolved(context.subject.tenant, given["saved"])
        if found["content"]:
            check_second_sets(context.value, found["content"]["kind"], field="saved")
            check_branches(strategies.taken(found).steps, field="saved")
        return {**given, **found}

    def apply(self, value: AppSpec, resolved: Mapping[str, Any]) -> AppSpec:
        if resolved.get("saved"):
            return value.with_release(strategy=strategies.taken(resolved))
        given = {key: one for key, one in resolved.items() if key != "steps"}
        check_kinds(given["kind"], resolved["steps"], among=WITH_STEPS)
        steps = steps_of(resolved["steps"])
        strategy = Strategy.model_validate({**given, "steps": steps})
        check_places(strategy, hooks=value.release.hooks.before)
        return value.with_release(strategy=strategy)
