from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.operations.releasing.step_checks import check_rows
from apps_mgmt.operations.releasing.step_rows import KINDS, StepRow
from apps_mgmt.operations.releasing.step_shapes import checked, row_of
from apps_mgmt.spec import AppSpec
from apps_mgmt.spec.releasing import ReleaseHooks
from portal.access import permissions
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.fields import rows
from portal.operations.kinds import SPEC
from portal.operations.operation import Operation

HOOKS = ("job", "http-call", "notify")


class HookRow(StepRow):
    """A command in the cluster, a call, or a notice."""

    kind = serializers.ChoiceField(label=_("Step"), choices=[(kind, KINDS[kind][0]) for kind in HOOKS])


class SetHooks(Operation):
    """Run commands and call servers before and after everything else that a release does, whatever its strategy."""

    name = "release.hooks"
    kind = SPEC
    title = _("Release hooks")
    permission = permissions.APP_DEPLOY
    sentence = _("changed what releases do before and after")
    icon = "list-checks"
    foresees = True
    example = {"before": [{"kind": "job", "name": "migrate", "process": "web", "command": "bin/migrate", "once": True}]}

    class Input(serializers.Serializer[Any]):
        before = rows(HookRow, label=_("Before"), most=20, least=0)
        after = rows(HookRow, label=_("After"), most=20, least=0)

    def initial(self, value: AppSpec, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        hooks = value.release.hooks
        return {"before": [row_of(step) for step in hooks.before], "after": [row_of(step) for step in hooks.after]}

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        for name in ("before", "after"):
            check_rows(given[name], tenant=context.subject.tenant, field=name, kinds=HOOKS)
            for number, row in enumerate(given[name]):
                if row.get("beside"):
                    sentence = _now("Hooks run one after another: {step} runs beside no other. Take {text} out.")
                    told = sentence.format(step=row["name"], text=row["beside"])
                    raise Refused(told, field=f"{name}[{number}].beside")
                if row.get("process"):
                    context.value.process(row["process"], field=f"{name}[{number}].process")
        return given

    def apply(self, value: AppSpec, resolved: Mapping[str, Any]) -> AppSpec:
        steps = {
            name: [checked(row, at=f"{name}[{number}]") for number, row in enumerate(resolved[name])]
            for name in ("before", "after")
        }
        return value.with_release(hooks=ReleaseHooks.model_validate(steps))
