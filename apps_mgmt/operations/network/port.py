from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.fields import choose_process, process_field
from apps_mgmt.spec import AppSpec
from portal.access import permissions
from portal.operations.kinds import SPEC
from portal.operations.operation import Operation

PROTOCOLS = [("http", _("HTTP")), ("grpc", _("gRPC")), ("tcp", _("TCP")), ("udp", _("UDP"))]


class AddPort(Operation):
    """Add a port on which a process listens. Other apps reach it by the app's service."""

    name = "port.add"
    kind = SPEC
    title = _("Add a port")
    permission = permissions.APP_NETWORK
    sentence = _("added the port {name} ({port}) to {process}")
    icon = "plug"
    example = {"process": "web", "name": "metrics", "port": 9090, "protocol": "http"}

    class Input(serializers.Serializer[Any]):
        process = process_field()
        name = serializers.CharField(label=_("Name"), max_length=15)
        port = serializers.IntegerField(label=_("Port"), min_value=1, max_value=65535)
        protocol = serializers.ChoiceField(label=_("Protocol"), choices=PROTOCOLS, required=False, default="http")

    def initial(self, value: AppSpec, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        process = choose_process(value, chosen)
        return {"process": process.name if process else "", "protocol": "http"}

    def apply(self, value: AppSpec, resolved: Mapping[str, Any]) -> AppSpec:
        return value.with_port(resolved["process"], resolved["name"], resolved["port"], protocol=resolved["protocol"])
