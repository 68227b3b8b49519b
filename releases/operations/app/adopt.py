from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from apps_mgmt.adopting import adopted_spec
from apps_mgmt.values import AppFacts
from portal.access import permissions
from portal.errors import Conflict
from portal.operations.context import Context
from portal.operations.fields import PickerField
from portal.operations.kinds import NOW
from portal.operations.operation import Operation
from releases import adopting
from releases.asking import AdoptWorkload

_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


def _is_name(text: str) -> None:
    """It becomes a part of an address of the cluster, so nothing else may be asked for by it."""
    if not _NAME.fullmatch(text) or ".." in text:
        sentence = _("A Deployment is called by small letters, digits, dots and dashes. Write it as kubectl lists it.")
        raise serializers.ValidationError(sentence)


class Adopt(Operation):
    """Take over a Deployment that runs in the tenant's namespace as a process of the app: under its own name, with its
    own selector and template, without a restart. The cluster is asked first whether it would stay as it is.
    """

    name = "app.adopt"
    kind = NOW
    reserves = True
    title = _("Take over a workload")
    permission = permissions.APP_DEPLOY
    sentence = _("took over {workload} on {cluster} as {process}, with release {release}")
    icon = "hand-helping"
    example = {"cluster": "east", "workload": "frontend", "process": "web"}

    class Input(serializers.Serializer[Any]):
        cluster = PickerField(picker="cluster", label=_("Cluster"))
        namespace = serializers.CharField(
            label=_("Namespace"), max_length=63, required=False, allow_blank=True, default="",
            help_text=_("Blank: the one that the tenant has there. No other can be."),
        )  # fmt: skip
        workload = serializers.CharField(
            label=_("Deployment"), max_length=253, validators=[_is_name],
            help_text=_("As kubectl get deployments lists it."),
        )  # fmt: skip
        process = serializers.CharField(
            label=_("Process"), max_length=40,
            help_text=_(
                "A new process, or one that runs nowhere yet; it becomes what the workload is. Also the process of a "
                "workload that was taken over, and which others deleted and made again."
            ),
        )  # fmt: skip

    def initial(self, value: AppFacts, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        free = [one.name for one in value.spec.processes if one.name not in value.running]
        return {"process": free[0] if free else ""} | ({"cluster": value.clusters[0]} if value.clusters else {})

    def blocked(self, value: AppFacts) -> Any:
        if value.releasing:
            return _("A release is under way. Wait for it to end.")
        return _("It is stopped, and what it takes over would stop, too. Start it first.") if value.stopped else None

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        """What stands in the way whatever is asked for is told before what a release under way has yet to bring."""
        if why := self.blocked(context.value):
            raise Conflict(why, code="blocked")
        return {**given, **adopting.look(context.subject, context.value, given, seconds=context.time_left())}

    def apply(self, value: AppFacts, resolved: Mapping[str, Any]) -> AdoptWorkload:
        if adopting.basis(value) != resolved["basis"]:
            raise Conflict(_("The app changed while the workload was looked at. Try again."), code="stale_version")
        return AdoptWorkload(
            spec=adopted_spec(value.spec, adopting.adoption_in(resolved)),
            process=resolved["process"],
            cluster=resolved["cluster"],
            namespace=resolved["namespace"],
            workload=resolved["workload"],
            running=resolved.get("running", resolved["live"].get("replicas", 1)),
            managers=tuple(resolved["managers"]),
            relabelled=tuple((label, old, new) for label, old, new in resolved.get("relabelled", ())),
        )
