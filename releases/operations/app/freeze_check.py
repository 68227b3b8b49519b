from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from apps_mgmt import approvers
from apps_mgmt.app_subject import blocked_by_app
from apps_mgmt.spec import AppSpec, parse_image
from portal.access import permissions
from portal.operations.context import Context
from portal.operations.kinds import READ
from portal.operations.operation import Operation
from releases import ready
from releases.operations.release.start import StartReleaseOperation
from tenants.clusters import unseen


class CheckBeforeFreeze(Operation):
    """Go through what a deploy would be refused for, and what is wise to have before it: versions, health checks, room
    for a failure.
    """

    name = "config.freeze_check"
    kind = READ
    title = gettext_lazy("Check before deploy")
    permission = permissions.APP_VIEW
    sentence = gettext_lazy("went through the checks before a deploy")
    icon = "list-checks"
    example: ClassVar[Mapping[str, Any]] = {}

    class Input(serializers.Serializer[Any]):
        """Nothing to fill in."""

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        blocked = blocked_by_app(context.subject, StartReleaseOperation) or ""
        asked = [(_("Open for a deploy"), blocked), *ready.checks(context.subject, actor=context.actor)]
        unable = " ".join(approvers.lacking(context.subject, context.value))
        silent = unseen.warnings(unseen.of_tenant(context.subject.tenant_id), names=_placed(context.value))
        return {**given, "asked": [*asked, (_("Approvals that can be given"), unable)], "silent": silent}

    def apply(self, value: AppSpec, resolved: Mapping[str, Any]) -> dict[str, Any]:
        refused = [_check(title, not why, why) for title, why in resolved["asked"]]
        checks = [
            *refused,
            _answering(value, resolved["silent"]),
            _has_process(value),
            *(check for process in value.processes for check in _of_process(process)),
        ]
        checks.append(
            _check(_("More than one cluster"), len(value.placement.targets) > 1, _("One cluster can be lost."))
        )
        return {"ready": all(one["ok"] for one in checks), "checks": checks}


def _placed(spec: AppSpec) -> set[str]:
    return {row.cluster for row in spec.placement.targets}


def _answering(spec: AppSpec, silent: Sequence[str]) -> dict[str, Any]:
    """Clusters that are away are told in any case. The draft is not ready where a release of it cannot succeed without
    them: where they are all there are, or more than it lets fail. It is not refused for them, and goes to the others.
    """
    clusters, may_fail = len(_placed(spec)), spec.release.waves.failures
    fails = bool(silent) and (len(silent) > may_fail or len(silent) == clusters)
    return {"title": _("Clusters that answer"), "ok": not fails, "sentence": " ".join(silent)}


def _has_process(spec: AppSpec) -> dict[str, Any]:
    return _check(_("A process"), bool(spec.processes), _("Without one nothing runs."))


def _of_process(process: Any) -> list[dict[str, Any]]:
    name = process.name
    return [
        _check(
            _("{process}: image names a version").format(process=name),
            not parse_image(process.image).floating,
            _("Name a tag other than latest, or a digest, so that the same revision always runs the same image."),
        ),
        _check(
            _("{process}: readiness probe").format(process=name),
            process.probes.readiness is not None or not process.ports,
            _("Without one an instance gets traffic before it can answer. Set a health check path."),
        ),
        _check(
            _("{process}: more than one instance").format(process=name),
            process.autoscaler is not None or process.replicas > 1,
            _("A single instance is away whenever its machine is. Scale to two."),
        ),
    ]


def _check(title: str, ok: bool, sentence: str) -> dict[str, Any]:
    return {"title": title, "ok": ok, "sentence": "" if ok else sentence}
