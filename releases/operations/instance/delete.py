from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.values import AppFacts
from portal.access import permissions
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.fields import PickerField
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases.asking import DeleteInstance
from releases.operations.nowhere import nowhere
from releases.stopping import found_instance


class DeleteInstanceOperation(Operation):
    """Delete one instance of an app; whatever controls it makes another one."""

    name = "instance.delete"
    kind = NOW
    title = _("Delete an instance")
    permission = permissions.APP_OPERATE
    sentence = _("deleted {instance} on {cluster} with release {release}")
    icon = "trash-2"
    example = {"instance": "shop--web-1"}

    class Input(serializers.Serializer[Any]):
        instance = PickerField(picker="instance", label=_("Instance"))
        cluster = PickerField(
            picker="cluster", label=_("Cluster"), required=False, allow_blank=True, default="",
            help_text=_("Blank: wherever there is one of that name."),
        )  # fmt: skip

    def initial(self, value: AppFacts, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        return {name: chosen[name] for name in ("instance", "cluster") if chosen.get(name)}

    def hidden(self, value: AppFacts) -> Collection[str]:
        """Who chooses from the list has chosen the cluster, too."""
        return ("cluster",)

    def blocked(self, value: AppFacts) -> Any:
        return nowhere(value) or None

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        """Which one that is at this moment goes into the log."""
        found = found_instance(context.subject, name=given["instance"], cluster=given["cluster"])
        return {**given, "found": dict(found), "cluster": found.get("cluster", given["cluster"])}

    def apply(self, value: AppFacts, resolved: Mapping[str, Any]) -> DeleteInstance:
        found = resolved["found"]
        if not found:
            sentence = _("No instance {name} is known. It may have gone: look at the app's page.")
            raise Refused(str(sentence).format(name=resolved["instance"]), field="instance")
        names = ("cluster", "name", "uid", "kind", "workload")
        return DeleteInstance(**{name: found[name] for name in names})
