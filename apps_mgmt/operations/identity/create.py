from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt import strategies
from apps_mgmt.fields import image_field
from apps_mgmt.pages import APPS
from apps_mgmt.spec import AppSpec, Port, Process, Target
from apps_mgmt.spec.names import check_app_name, check_process_name, check_together
from apps_mgmt.spec.resources import DEFAULT_SIZES, Resources
from apps_mgmt.values import NewApp, TenantValue
from portal.access import permissions
from portal.access.ref import TENANT
from portal.operations.context import Context
from portal.operations.fields import PickerField
from portal.operations.kinds import SPEC
from portal.operations.operation import Operation

SIZES = [(name, f"{name}: {one.cpu_request} CPU, {one.memory_request}") for name, one in DEFAULT_SIZES.items()]


class CreateApp(Operation):
    """Create an app with one process from an image, placed on all clusters of the tenant, with a strategy it saved."""

    name = "app.create"
    kind = SPEC
    subject = TENANT
    title = _("Create an app")
    permission = permissions.APP_CREATE
    adds = True
    page = APPS
    sentence = _("created the app {name} from {image}")
    icon = "plus"
    example = {"name": "shop", "image": "registry.example.com/shop:1.0", "port": 8080, "replicas": 2}

    class Input(serializers.Serializer[Any]):
        name = serializers.CharField(
            label=_("Name"), max_length=40, help_text=_("Lower-case letters, digits and hyphens; cannot be changed.")
        )
        title = serializers.CharField(label=_("Title"), max_length=100, required=False, allow_blank=True, default="")
        image = image_field()
        process = serializers.CharField(
            label=_("Process"), max_length=20, required=False, default="web",
            help_text=_("What its first process is called."),
        )  # fmt: skip
        port = serializers.IntegerField(
            label=_("Port"), min_value=1, max_value=65535, required=False, allow_null=True, default=None,
            help_text=_("Where the process listens for HTTP; blank when it does not."),
        )  # fmt: skip
        size = serializers.ChoiceField(label=_("Size"), choices=SIZES, required=False, default="small")
        replicas = serializers.IntegerField(
            label=_("Instances"), min_value=0, max_value=500, required=False, default=1,
            help_text=_("In all, over all clusters."),
        )  # fmt: skip
        strategy = PickerField(
            picker="strategy", label=_("Strategy"), required=False, allow_blank=True, default="", max_length=40,
            help_text=_("A saved one. Blank: the one called default, where the tenant has one, else rolling."),
        )  # fmt: skip

    def initial(self, value: TenantValue, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"process": "web", "size": "small", "replicas": max(1, len(value.clusters))}

    def blocked(self, value: TenantValue) -> Any:
        if not value.clusters:
            return _("The tenant may use no cluster yet, so nothing could run. A platform operator can allow one.")
        return None

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        """The clusters go into the log with the input, and what its strategy says: what the tenant has later says
        nothing about today.
        """
        found = strategies.resolved(context.subject, given["strategy"] or strategies.DEFAULT)
        taken = {"release": found} if given["strategy"] or found["content"] else {}
        return {**given, "clusters": list(context.value.clusters), **taken}

    def apply(self, value: TenantValue, resolved: Mapping[str, Any]) -> TenantValue:
        check_app_name(resolved["name"])
        # Entries of an earlier time do not name it.
        process = resolved.get("process", "web")
        check_process_name(process, field="process")
        check_together(app=resolved["name"], process=process)
        ports = (Port(name="http", port=resolved["port"]),) if resolved["port"] else ()
        first = Process(
            name=process,
            image=resolved["image"],
            replicas=resolved["replicas"],
            ports=ports,
            resources=Resources(size=resolved["size"]),
        )
        spec = AppSpec(processes=(first,)).with_targets(Target(cluster=name) for name in resolved["clusters"])
        if resolved.get("release"):
            spec = spec.with_release(strategy=strategies.taken(resolved["release"], field="strategy"))
        return value.with_app(NewApp(name=resolved["name"], title=resolved["title"] or resolved["name"], spec=spec))
