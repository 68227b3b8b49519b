from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import RELEASE
from portal.errors import Refused
from portal.operations.fields import PickerField
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases.asking import ReleaseFacts, WeighRoute


class WeighRouteOperation(Operation):
    """Give the new instances another share of a host's traffic while a canary step waits; the next step that moves
    traffic goes on from the plan. It takes the right to deploy as well.
    """

    name = "route.weight"
    kind = NOW
    subject = RELEASE
    title = _("Change the share of traffic")
    permission = permissions.APP_NETWORK
    sentence = _("gave new instances of release {release} {canary} % of the traffic of {host}")
    icon = "split"
    example: ClassVar[Mapping[str, Any]] = {"host": "shop.example.com", "stable": 80, "canary": 20}

    class Input(serializers.Serializer[Any]):
        host = PickerField(picker="weighed", label=_("Host"))
        canary = serializers.IntegerField(label=_("To new instances, in %"), min_value=0, max_value=100)
        stable = serializers.IntegerField(
            label=_("To old instances, in %"), min_value=0, max_value=100, required=False, allow_null=True,
            default=None, help_text=_("Blank: the rest."),
        )  # fmt: skip

    def initial(self, value: ReleaseFacts, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        first = next(iter(value.weighed), ("", 0))
        host, share = next((one for one in value.weighed if one[0] == chosen.get("host")), first)
        return {"host": host, "canary": share, "stable": None}

    def blocked(self, value: ReleaseFacts) -> Any:
        if value.weighed:
            return None
        if value.unweighed:
            sentence = _now("No route gives a share on {clusters}: there the traffic goes with the instances.")
            return sentence.format(clusters=", ".join(value.unweighed))
        return _("Shares can be changed while a step of a canary waits and new instances serve. That is not so now.")

    def apply(self, value: ReleaseFacts, resolved: Mapping[str, Any]) -> WeighRoute:
        hosts, canary, stable = [name for name, _share in value.weighed], resolved["canary"], resolved["stable"]
        if resolved["host"] not in hosts:
            sentence = _now("{host} gives no share now. Choose from {known}.")
            raise Refused(sentence.format(host=resolved["host"], known=", ".join(hosts)), field="host")
        if stable is not None and stable + canary != 100:
            sentence = _now("{stable} % and {canary} % are {sum} % together, not 100 %. Leave the old ones' blank.")
            raise Refused(sentence.format(stable=stable, canary=canary, sum=stable + canary), field="stable")
        return WeighRoute(host=resolved["host"], share=canary)
