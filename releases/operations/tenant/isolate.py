from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.spec.names import check_label_key, check_label_value
from portal.access import permissions
from portal.access.ref import TENANT
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from releases.clusters.inspecting import about_nodes, check_runtime
from tenants.clusters import dedicated, grants_of
from tenants.isolation import CLUSTER, LEVELS, NODES, SANDBOX, Isolation
from tenants.operations.pages import TENANT as TENANT_PAGE
from tenants.values import TenantRecord


class IsolateTenant(Operation):
    """Choose how far a tenant is kept from the others: in a namespace of its own, on nodes of its own, in a sandboxed
    runtime, or on clusters of its own. Each app follows with its next release.
    """

    name = "tenant.isolate"
    kind = RECORD
    subject = TENANT
    title = _("Isolate")
    permission = permissions.PLATFORM_TENANTS
    sentence = _("chose the isolation of the tenant: {level}")
    icon = "shield-check"
    page = TENANT_PAGE
    example = {"level": NODES, "key": "example.com/tenant", "value": "boutique"}

    class Input(serializers.Serializer[Any]):
        level = serializers.ChoiceField(label=_("Isolation"), choices=list(LEVELS.items()))
        key = serializers.CharField(
            label=_("Key of its nodes"), max_length=253, required=False, allow_blank=True, default="",
            help_text=_("For nodes of its own: they have a label and a taint of this key, both with the value below."),
        )  # fmt: skip
        value = serializers.CharField(label=_("Value"), max_length=63, required=False, allow_blank=True, default="")
        runtime_class = serializers.CharField(
            label=_("RuntimeClass"), max_length=253, required=False, allow_blank=True, default="",
            help_text=_("For a sandboxed runtime: the name of a RuntimeClass that each of its clusters has."),
        )  # fmt: skip

    def initial(self, value: TenantRecord, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        now = value.isolation
        return {"level": now.level, "key": now.key, "value": now.value, "runtime_class": now.runtime_class}

    def told(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**values, "level": LEVELS.get(values.get("level", ""), "…")}

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        """The clusters are asked for the runtime before anything depends on it, and for nodes with the label: those may
        still come.
        """
        notes: list[str] = []
        if given["level"] == SANDBOX and given["runtime_class"]:
            for grant in grants_of(context.subject.pk):
                check_runtime(given["runtime_class"], grant.cluster, seconds=context.time_left())
        if given["level"] == NODES and given["key"] and given["value"]:
            check_label_key(given["key"], field="key")
            check_label_value(given["value"], field="value")
            clusters = [grant.cluster for grant in grants_of(context.subject.pk)]
            said = (about_nodes(given["key"], given["value"], one, seconds=context.time_left()) for one in clusters)
            notes += [sentence for sentence in said if sentence]
        return {**given, "notes": notes}

    def apply(self, value: TenantRecord, resolved: Mapping[str, Any]) -> TenantRecord:
        level = resolved["level"]
        isolation = Isolation(level=level)
        if level == NODES:
            _refuse_blank(resolved, "key", "value")
            isolation = Isolation(level=level, key=resolved["key"], value=resolved["value"])
        elif level == SANDBOX:
            _refuse_blank(resolved, "runtime_class")
            isolation = Isolation(level=level, runtime_class=resolved["runtime_class"])
        elif level == CLUSTER and value.shared:
            raise dedicated.refusal(value.name, value.shared)
        return value.change(isolation=isolation, notes=tuple(resolved["notes"]))


def _refuse_blank(resolved: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if not resolved[name]:
            sentence = _now("Isolation by {level} needs this, too.")
            raise Refused(sentence.format(level=LEVELS[resolved["level"]]), field=name)
