from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.fields import choose_process, image_field, process_or_all_field
from apps_mgmt.spec import AppSpec
from apps_mgmt.spec.image import parse
from portal.access import permissions
from portal.operations.kinds import SPEC
from portal.operations.operation import Operation


class SetImage(Operation):
    """Change the image of one process, or of all of them."""

    name = "image.set"
    kind = SPEC
    title = _("Change image")
    permission = permissions.APP_CONFIGURE
    sentence = _("set the image of {process} to {image}")
    icon = "box"
    example = {"process": "web", "image": "registry.example.com/shop:2.0"}

    class Input(serializers.Serializer[Any]):
        process = process_or_all_field()
        image = image_field()

    def initial(self, value: AppSpec, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        process = choose_process(value, chosen)
        only = process.name if process and len(value.processes) == 1 else ""
        # Meant for all, the image of one would replace those of the others.
        of_one = process and (chosen.get("process") or len({one.image for one in value.processes}) == 1)
        return {"process": only, "image": process.image if process and of_one else ""}

    def blocked(self, value: AppSpec) -> Any:
        return None if value.processes else _("The app has no process yet, so there is no image to change.")

    def apply(self, value: AppSpec, resolved: Mapping[str, Any]) -> AppSpec:
        image = str(parse(resolved["image"]))
        names = [resolved["process"]] if resolved["process"] else [one.name for one in value.processes]
        for name in names:
            value = value.with_process(name, image=image)
        return value
