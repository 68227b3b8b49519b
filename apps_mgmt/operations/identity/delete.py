from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.deleting import DeleteAction
from apps_mgmt.values import AppFacts
from portal.access import permissions
from portal.operations.kinds import NOW
from portal.operations.operation import Operation


class DeleteApp(Operation):
    """Delete an app: its instances, services and configuration go from every cluster; volumes are kept."""

    name = "app.delete"
    kind = NOW
    title = _("Delete")
    permission = permissions.APP_DELETE
    sentence = _("deleted the app {app}")
    danger = _("All instances, services, configuration and routes of this app, on every cluster. Its volumes stay.")
    icon = "trash-2"
    example: ClassVar[Mapping[str, Any]] = {"confirm": "shop"}

    class Input(serializers.Serializer[Any]):
        """Nothing but the app's name, to confirm."""

    def apply(self, value: AppFacts, resolved: Mapping[str, Any]) -> DeleteAction:
        clusters = {cluster for cluster, _number in value.deployed}
        if value.releasing:  # which may have brought something to a cluster where nothing is deployed yet
            clusters |= {target.cluster for target in value.spec.placement.targets}
        return DeleteAction(app=value.name, clusters=tuple(sorted(clusters)))
