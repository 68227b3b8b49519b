from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.operations.releasing.step_checks import check_kinds, check_rows
from apps_mgmt.operations.releasing.step_shapes import rows_of, steps_of
from apps_mgmt.operations.releasing.strategy import WITH_STEPS, SetStrategy, takes_steps
from apps_mgmt.pages import STRATEGIES
from apps_mgmt.spec import Strategy, check_step_paths
from apps_mgmt.spec.steps_placed import check_places
from apps_mgmt.strategies import OWN, SavedStrategy, content
from portal.access import permissions
from portal.access.ref import TENANT
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.fields import PickerField
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from tenants.values import TenantRecord

MOST = 50


class SaveStrategy(Operation):
    """Save a strategy that the apps of a tenant can take, or a new version of one.

    Apps that took an earlier version keep it until they take the new one.
    """

    name = "strategy.save"
    kind = RECORD
    subject = TENANT
    title = _("Save a strategy")
    permission = permissions.TENANT_STRATEGIES
    sentence = _("saved the strategy {name}")
    icon = "route"
    page = STRATEGIES
    example = {
        "name": "careful",
        "title": "One, then a word, then all",
        "kind": "canary",
        "steps": [{"kind": "batch", "name": "first", "replicas": "1"}, {"kind": "pause", "name": "look"}],
    }

    class Input(SetStrategy.Input):
        name = serializers.RegexField(
            r"[a-z][a-z0-9-]*", label=_("Name"), max_length=40,
            help_text=_("Small letters, digits and hyphens. One of the same name gets a new version."),
        )  # fmt: skip
        title = serializers.CharField(label=_("Title"), max_length=100)

        def get_fields(self) -> dict[str, Any]:
            """What it is called comes first; what is an app's own is left out."""
            fields = super().get_fields()
            named = {name: fields[name] for name in ("name", "title")}
            return named | {name: one for name, one in fields.items() if name not in OWN}

    def initial(self, value: TenantRecord, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        found = next((one for one in value.strategies if one.name == chosen.get("name")), None)
        shown = content(found.strategy if found else Strategy())
        steps = rows_of(found.strategy.steps) if found and takes_steps(chosen, found.strategy) else []
        named = {"name": found.name, "title": found.title} if found else {}
        return {**{name: shown[name] for name in ("kind", "batch", "batch_pause", "keep")}, **named, "steps": steps}

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        old = next((one for one in context.value.strategies if one.name == given["name"]), None)
        check_rows(given["steps"], tenant=context.subject, before=old.strategy.steps if old else ())
        return given

    def apply(self, value: TenantRecord, resolved: Mapping[str, Any]) -> TenantRecord:
        given = {name: resolved[name] for name in ("kind", "batch", "batch_pause", "keep")}
        check_kinds(given["kind"], resolved["steps"], among=WITH_STEPS)
        steps = steps_of(resolved["steps"])
        strategy = Strategy.model_validate({**given, "steps": steps})
        check_places(strategy)
        old = next((one for one in value.strategies if one.name == resolved["name"]), None)
        check_step_paths(strategy.steps, before=old.strategy.steps if old else ())
        others = tuple(one for one in value.strategies if one is not old)
        if len(others) >= MOST:
            raise Refused(str(_("A tenant can have {most} strategies. Retire one first.")).format(most=MOST))
        number = old.number if old else 0
        new = SavedStrategy(resolved["name"], resolved["title"], strategy, number)
        return value.change(strategies=tuple(sorted((*others, new), key=lambda one: one.name)))


class RetireStrategy(Operation):
    """Retire a saved strategy: no app can take it any more. Those that did keep what they took."""

    name = "strategy.retire"
    kind = RECORD
    subject = TENANT
    title = _("Retire a strategy")
    permission = permissions.TENANT_STRATEGIES
    sentence = _("retired the strategy {name}")
    icon = "archive"
    page = STRATEGIES
    example = {"name": "careful"}

    class Input(serializers.Serializer[Any]):
        name = PickerField(picker="strategy", label=_("Strategy"))

    def apply(self, value: TenantRecord, resolved: Mapping[str, Any]) -> TenantRecord:
        others = tuple(one for one in value.strategies if one.name != resolved["name"])
        if others == value.strategies:
            sentence = _("There is no strategy {name}. See the list of them.")
            raise Refused(str(sentence).format(name=resolved["name"]), field="name")
        return value.change(strategies=others)
