from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.rule_makers import check_keepable
from portal.access import permissions
from portal.access.ref import PLATFORM
from portal.operations.fields import TextField
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from tenants.operations.pages import RULES
from tenants.rules import PlatformRules
from tenants.values import PlatformValue


class SetPlatformRules(Operation):
    """Set the rules that every app keeps to. What runs already runs on; no edit breaks a rule anew, and the next
    release has to keep them all. What is left out stays as it is; blank, or false, takes a rule away.
    """

    name = "platform.rules"
    kind = RECORD
    subject = PLATFORM
    title = _("Set the rules")
    permission = permissions.PLATFORM_TENANTS
    sentence = _("set the rules that every app keeps to")
    icon = "scale"
    page = RULES
    example = {"registries": "registry.example.com", "tagged": True, "cpu": "4", "memory": "8Gi"}

    class Input(serializers.Serializer[Any]):
        registries = TextField(
            label=_("Allowed registries"), lines=1, max_length=2000, required=False, allow_blank=True,
            help_text=_(
                "What images have to begin with, such as registry.example.com/team; several with spaces between them. "
                "Blank: any."
            ),
        )  # fmt: skip
        tagged = serializers.BooleanField(
            label=_("Images need a version: neither the tag latest nor none"), required=False
        )
        probed = serializers.BooleanField(label=_("What listens needs a readiness probe"), required=False)
        requested = serializers.BooleanField(
            label=_("Every container says how much CPU and memory it needs"), required=False
        )
        cpu = serializers.CharField(
            label=_("Most CPU of one instance"), max_length=20, required=False, allow_blank=True,
            help_text=_("Such as 4 or 500m. Blank: any."),
        )  # fmt: skip
        memory = serializers.CharField(
            label=_("Most memory of one instance"), max_length=20, required=False, allow_blank=True,
            help_text=_("Such as 8Gi. Blank: any."),
        )  # fmt: skip
        annotations = TextField(
            label=_("Allowed annotations"), lines=1, max_length=2000, required=False, allow_blank=True,
            help_text=_("What the keys of annotations have to begin with, such as example.com/; several with spaces "
                        "between them. Blank: any."),
        )  # fmt: skip

    def initial(self, value: PlatformValue, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        lists = {name: " ".join(getattr(value.rules, name)) for name in ("registries", "annotations")}
        return {**value.rules.dump(), **lists}

    def apply(self, value: PlatformValue, resolved: Mapping[str, Any]) -> PlatformValue:
        lists = {name: tuple(sorted(set(resolved[name].split()))) for name in ("registries", "annotations")}
        rules = PlatformRules(**{**resolved, **lists})
        check_keepable(rules)
        return value.change(rules=rules)
