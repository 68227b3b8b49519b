from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.fields import choose_process, process_field
from apps_mgmt.spec import AppSpec
from portal.access import permissions
from portal.errors import Refused
from portal.operations.kinds import SPEC
from portal.operations.operation import Operation


class ScaleProcess(Operation):
    """Change how many instances of a process run, over all clusters together."""

    name = "process.scale"
    kind = SPEC
    title = _("Scale")
    permission = permissions.APP_SCALE
    sentence = _("scaled {process} to {replicas}")
    icon = "scaling"
    example = {"process": "web", "replicas": 3}

    class Input(serializers.Serializer[Any]):
        process = process_field()
        replicas = serializers.IntegerField(
            label=_("Instances"), min_value=0, max_value=500, help_text=_("In all, over all clusters.")
        )

    def initial(self, value: AppSpec, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        process = choose_process(value, chosen)
        return {"process": process.name, "replicas": process.replicas} if process else {}

    def apply(self, value: AppSpec, resolved: Mapping[str, Any]) -> AppSpec:
        process = value.process(resolved["process"])
        if process.autoscaler:
            sentence = _("{process} scales by itself between {least} and {most}. Change its limits instead.")
            least, most = process.autoscaler.least, process.autoscaler.most
            raise Refused(format_lazy(sentence, process=process.name, least=least, most=most), field="process")
        return value.with_process(process.name, replicas=resolved["replicas"])
