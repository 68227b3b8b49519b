from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.fields import choose_process, process_field
from apps_mgmt.spec import AppSpec
from portal.access import permissions
from portal.operations.fields import ExactField
from portal.operations.kinds import SPEC
from portal.operations.operation import Operation


class SetProbePath(Operation):
    """Set the path by which a process says that it lives and is ready: readiness and liveness together."""

    name = "probe.path"
    kind = SPEC
    title = _("Health check path")
    permission = permissions.APP_CONFIGURE
    sentence = _("set the health check of {process} to {path}")
    icon = "heart-pulse"
    example = {"process": "web", "path": "/healthz"}

    class Input(serializers.Serializer[Any]):
        process = process_field()
        path = ExactField(label=_("Path"), max_length=500, help_text=_("Like /healthz."))

    def initial(self, value: AppSpec, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        process = choose_process(value, chosen)
        held = (process.probes.readiness, process.probes.liveness) if process else ()
        paths = {one.path for one in held if one is not None and one.kind == "http"}
        # Of two that differ neither is filled in: the other would be lost.
        return {"process": process.name if process else "", "path": paths.pop() if len(paths) == 1 else ""}

    def apply(self, value: AppSpec, resolved: Mapping[str, Any]) -> AppSpec:
        return value.with_probe_path(resolved["process"], resolved["path"])
