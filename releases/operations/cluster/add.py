from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import PLATFORM
from portal.operations.context import Context
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from releases.clusters.fields import context_field, kubeconfig_field
from releases.clusters.taking import access_in, take
from releases.clusters.values import NewCluster
from tenants.models.tenant import NAME_LENGTH, check_name
from tenants.operations.pages import CLUSTERS
from tenants.values import PlatformValue


class AddCluster(Operation):
    """Take a cluster in from its kubeconfig. It is asked first: connection, version, what it serves, and the rights of
    the account. Kept are the server, its CA, and a token or client certificate, sealed; nothing else of the file.
    """

    name = "cluster.add"
    kind = RECORD
    subject = PLATFORM
    title = _("Add a cluster")
    permission = permissions.PLATFORM_CLUSTERS
    sentence = _("added the cluster {name} at {server}")
    icon = "plus"
    adds = True
    page = CLUSTERS
    example = {"name": "east", "title": "East", "kubeconfig": "apiVersion: v1\nkind: Config\n…"}

    class Input(serializers.Serializer[Any]):
        name = serializers.CharField(
            label=_("Name"),
            max_length=NAME_LENGTH,
            validators=[check_name],
            help_text=_("Lower-case letters, digits and hyphens; cannot be changed."),
        )
        title = serializers.CharField(label=_("Title"), max_length=100, required=False, allow_blank=True, default="")
        kubeconfig = kubeconfig_field()
        use_context = context_field()

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        new = {"id": str(uuid.uuid4()), "name": given["name"], "title": given["title"] or given["name"]}
        taken = take(given["kubeconfig"], context=given["use_context"], cluster_id=new["id"], name=new["name"])
        return {**new, **taken}

    def apply(self, value: PlatformValue, resolved: Mapping[str, Any]) -> PlatformValue:
        new = {key: resolved[key] for key in ("id", "name", "title", "report")}
        return value.change(new=NewCluster(**new, access=access_in(resolved)))
