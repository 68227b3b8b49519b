"""StatefulSets: what is asked of a new one, and what of it may change later."""

from __future__ import annotations

from ..errors import Cause
from ..objects import Object
from ..selectors import selector_matches
from . import names
from .claims import claim_spec
from .pods import pod_spec
from .workloads import selector_causes

_CHANGEABLE = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)
_RETENTION = ("Retain", "Delete")


def stateful_set(obj: Object) -> list[Cause]:
    spec = obj.get("spec") or {}
    causes = _name("metadata.name", obj["metadata"]["name"]) + _management(spec) + _strategy(spec)
    for field in ("whenDeleted", "whenScaled"):
        policy = spec["persistentVolumeClaimRetentionPolicy"].get(field)
        if policy not in _RETENTION:
            here = f"spec.persistentVolumeClaimRetentionPolicy.{field}"
            causes.append(names.unsupported(here, policy, _RETENTION))
    causes += names.not_negative("spec.replicas", spec.get("replicas"))
    causes += names.not_negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    causes += names.not_negative("spec.ordinals.start", (spec.get("ordinals") or {}).get("start"))
    if spec.get("serviceName"):
        causes += _name("spec.serviceName", spec["serviceName"])
    for place, template in enumerate(spec.get("volumeClaimTemplates") or ()):
        causes += claim_spec(template.get("spec") or {}, f"spec.volumeClaimTemplates[{place}].spec")
    return causes + selector_causes(spec.get("selector"), "spec.selector", of="statefulset") + _template(spec)


def stateful_set_update(old: Object, new: Object) -> list[Cause]:
    """Names, volumes and the way instances are managed belong to the set for ever."""

    def frozen(obj: Object) -> Object:
        return {key: value for key, value in obj["spec"].items() if key not in _CHANGEABLE}

    if frozen(old) == frozen(new):
        return []
    listed = ", ".join(f"'{name}'" for name in _CHANGEABLE[:-1]) + f" and '{_CHANGEABLE[-1]}'"
    return [names.forbidden("spec", f"updates to statefulset spec for fields other than {listed} are forbidden")]


def _name(field: str, name: str) -> list[Cause]:
    """Pods and their addresses are named after it, which is why it is a label."""
    return [names.bad(field, name, "must not contain dots")] if "." in name else names.dns_label(field, name)


def _management(spec: Object) -> list[Cause]:
    policy = spec["podManagementPolicy"]
    if policy in ("OrderedReady", "Parallel"):
        return []
    return [names.bad("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'")]


def _strategy(spec: Object) -> list[Cause]:
    field, strategy = "spec.updateStrategy", spec["updateStrategy"]
    rolling = strategy.get("rollingUpdate")
    inside = None if rolling is None else _inside(rolling)
    if strategy["type"] not in ("RollingUpdate", "OnDelete"):
        shown = {"Type": strategy["type"], "RollingUpdate": inside}
        return [names.bad(field, shown, "must be 'RollingUpdate' or 'OnDelete'")]
    if strategy["type"] == "OnDelete" and rolling is not None:
        return [names.bad(f"{field}.rollingUpdate", inside, "only allowed for updateStrategy 'RollingUpdate'")]
    return names.not_negative(f"{field}.rollingUpdate.partition", (rolling or {}).get("partition"))


def _inside(rolling: Object) -> Object:
    """A rolling update by the names the API server has for its fields inside."""
    return {"Partition": rolling.get("partition"), "MaxUnavailable": rolling.get("maxUnavailable")}


def _template(spec: Object) -> list[Cause]:
    template = spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    causes = names.labels("spec.template.metadata.labels", labels)
    if not spec.get("selector") or not selector_matches(spec["selector"], labels):
        words = "`selector` does not match template `labels`"
        causes += [names.bad("spec.template.metadata.labels", labels, words)] if spec.get("selector") != {} else []
    pod = template.get("spec") or {}

    causes += pod_spec(pod, "spec.template.spec", restart=("Always",), claimed=_claimed(spec))
    if pod.get("activeDeadlineSeconds"):
        words = "activeDeadlineSeconds in StatefulSet is not Supported"
        causes.append(names.forbidden("spec.template.spec.activeDeadlineSeconds", words))
    return causes


def _claimed(spec: Object) -> set[str]:
    """The volumes an instance has by its own claims."""
    return {row["metadata"].get("name", "") for row in spec.get("volumeClaimTemplates") or ()}
