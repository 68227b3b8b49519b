"""What the API server fills in before it stores an object."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from . import kinds, policy_defaults
from .kinds import Kind
from .objects import Object
from .schema import schema_of

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_GATEWAY_GROUP = "gateway.networking.k8s.io"


def _fill(target: Object, **values: Any) -> None:
    for key, value in values.items():
        target.setdefault(key, value)


def _container(container: Object) -> None:
    image = container.get("image", "")
    tag = image.rsplit("/", 1)[-1].partition(":")[2]
    always = "@" not in image and tag in ("", "latest")
    _fill(
        container,
        imagePullPolicy="Always" if always else "IfNotPresent",
        terminationMessagePath="/dev/termination-log",
        terminationMessagePolicy="File",
        resources={},
    )
    for port in container.get("ports") or ():
        _fill(port, protocol="TCP")
    for row in container.get("env") or ():
        source = row.get("valueFrom", {})
        if "fieldRef" in source:
            _fill(source["fieldRef"], apiVersion="v1")
        if "resourceFieldRef" in source:
            _fill(source["resourceFieldRef"], divisor="0")
    for name in _PROBES:
        probe = container.get(name)
        if probe is not None:
            _fill(probe, timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)
            if "httpGet" in probe:
                _fill(probe["httpGet"], path="/", scheme="HTTP")
            if "grpc" in probe:
                _fill(probe["grpc"], service="")
    for hook in (container.get("lifecycle") or {}).values():
        if isinstance(hook, dict) and "httpGet" in hook:
            _fill(hook["httpGet"], path="/", scheme="HTTP")


def _volume(volume: Object) -> None:
    if set(volume) == {"name"}:
        volume["emptyDir"] = {}
    for source in ("configMap", "secret", "projected"):
        if source in volume:
            _fill(volume[source], defaultMode=420)


def _pod_spec(spec: Object) -> None:
    _fill(
        spec,
        restartPolicy="Always",
        terminationGracePeriodSeconds=30,
        dnsPolicy="ClusterFirst",
        securityContext={},
        schedulerName="default-scheduler",
    )
    if "serviceAccountName" in spec:
        spec["serviceAccount"] = spec["serviceAccountName"]
    elif "serviceAccount" in spec:
        spec["serviceAccountName"] = spec["serviceAccount"]
    for field in ("containers", "initContainers"):
        for container in spec.get(field) or ():
            _container(container)
    for volume in spec.get("volumes") or ():
        _volume(volume)


def _template(spec: Object) -> None:
    template = spec.get("template")
    if isinstance(template, dict):
        template.setdefault("metadata", {})
        if isinstance(template.get("spec"), dict):
            _pod_spec(template["spec"])


def _deployment(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    _fill(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600, strategy={})
    strategy = spec["strategy"]
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        _fill(strategy.setdefault("rollingUpdate", {}), maxSurge="25%", maxUnavailable="25%")
    _template(spec)
    obj.setdefault("status", {})


def _replica_set(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    _fill(spec, replicas=1)
    _template(spec)
    _fill(obj.setdefault("status", {}), replicas=0)


def _claim(obj: Object) -> None:
    _fill(obj.setdefault("spec", {}), volumeMode="Filesystem")
    _fill(obj.setdefault("status", {}), phase="Pending")


def _stateful_set(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    _fill(
        spec,
        replicas=1,
        serviceName="",
        revisionHistoryLimit=10,
        podManagementPolicy="OrderedReady",
        persistentVolumeClaimRetentionPolicy={},
        updateStrategy={},
    )
    _fill(spec["persistentVolumeClaimRetentionPolicy"], whenDeleted="Retain", whenScaled="Retain")
    strategy = spec["updateStrategy"]
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        _fill(strategy.setdefault("rollingUpdate", {}), partition=0)
    for claim in spec.get("volumeClaimTemplates") or ():
        _fill(claim, apiVersion="v1", kind="PersistentVolumeClaim", metadata={})
        _claim(claim)
    _template(spec)
    _fill(obj.setdefault("status", {}), replicas=0, availableReplicas=0)


def _job(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    if "parallelism" not in spec:
        _fill(spec, completions=1, parallelism=1)
    labels = (spec.get("template", {}).get("metadata") or {}).get("labels")
    if labels and not obj["metadata"].get("labels"):
        # The same, not equal ones: what the API server adds to the one, it adds to the other.
        obj["metadata"]["labels"] = labels
    limit = 2**31 - 1 if "backoffLimitPerIndex" in spec else 6
    _fill(
        spec,
        backoffLimit=limit,
        completionMode="NonIndexed",
        manualSelector=False,
        suspend=False,
        podReplacementPolicy="Failed" if "podFailurePolicy" in spec else "TerminatingOrFailed",
    )
    _template(spec)
    obj.setdefault("status", {})


def _cron_job(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    _fill(spec, concurrencyPolicy="Allow", suspend=False, successfulJobsHistoryLimit=3, failedJobsHistoryLimit=1)
    template = spec.setdefault("jobTemplate", {})
    template.setdefault("metadata", {})
    _template(template.get("spec") or {})
    obj.setdefault("status", {})


def _pod(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    _pod_spec(spec)
    _fill(spec, enableServiceLinks=True)
    for container in (*spec.get("containers", ()), *spec.get("initContainers", ())):
        if limits := container["resources"].get("limits"):
            _fill(container["resources"].setdefault("requests", {}), **limits)
        for port in container.get("ports", ()) if spec.get("hostNetwork") else ():
            _fill(port, hostPort=port.get("containerPort", 0))
    _fill(obj.setdefault("status", {}), phase="Pending")


def _service(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    _fill(spec, type="ClusterIP", sessionAffinity="None")
    if spec["type"] != "ExternalName":
        _fill(spec, internalTrafficPolicy="Cluster")
    if spec["type"] in ("NodePort", "LoadBalancer"):
        _fill(spec, externalTrafficPolicy="Cluster")
    obj.setdefault("status", {}).setdefault("loadBalancer", {})
    for port in spec.get("ports") or ():
        _fill(port, protocol="TCP")
        if "port" in port:
            _fill(port, targetPort=port["port"])


def _autoscaler(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    _fill(spec, minReplicas=1)
    if not spec.get("metrics"):
        target = {"type": "Utilization", "averageUtilization": 80}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    if "behavior" in spec:
        up, down = (spec["behavior"].setdefault(name, {}) for name in ("scaleUp", "scaleDown"))
        whole = {"type": "Percent", "value": 100, "periodSeconds": 15}
        some = {"type": "Pods", "value": 4, "periodSeconds": 15}
        _fill(up, stabilizationWindowSeconds=0, selectPolicy="Max", policies=[some, dict(whole)])
        _fill(down, selectPolicy="Max", policies=[whole])
    _fill(obj.setdefault("status", {}), desiredReplicas=0, currentMetrics=None)


def _secret(obj: Object) -> None:
    obj.setdefault("type", "Opaque")
    texts = obj.pop("stringData", None)
    if texts:
        data = obj.setdefault("data", {})
        for key, text in texts.items():
            data[key] = base64.b64encode(text.encode()).decode()


def _namespace(obj: Object) -> None:
    obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = obj["metadata"].get("name", "")
    obj.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
    obj.setdefault("status", {}).setdefault("phase", "Active")


def _http_route(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    for parent in spec.get("parentRefs") or ():
        _fill(parent, group=_GATEWAY_GROUP, kind="Gateway")
    if "rules" not in spec:
        spec["rules"] = [{}]
    for rule in spec["rules"]:
        _fill(rule, matches=[{}])
        for match in rule["matches"]:
            _fill(match.setdefault("path", {}), type="PathPrefix", value="/")
            for row in (*match.get("headers", ()), *match.get("queryParams", ())):
                _fill(row, type="Exact")
        for backend in rule.get("backendRefs") or ():
            _fill(backend, group="", kind="Service", weight=1)


def _gateway(obj: Object) -> None:
    for listener in obj.setdefault("spec", {}).get("listeners") or ():
        allowed = listener.setdefault("allowedRoutes", {})
        _fill(allowed.setdefault("namespaces", {}), **{"from": "Same"})


_DEFAULTS: dict[str, Callable[[Object], None]] = {
    kinds.DEPLOYMENT.resource: _deployment,
    kinds.REPLICA_SET.resource: _replica_set,
    kinds.STATEFUL_SET.resource: _stateful_set,
    kinds.CLAIM.resource: _claim,
    kinds.JOB.resource: _job,
    kinds.CRON_JOB.resource: _cron_job,
    kinds.POD.resource: _pod,
    kinds.SERVICE.resource: _service,
    kinds.AUTOSCALER.resource: _autoscaler,
    kinds.SECRET.resource: _secret,
    kinds.NAMESPACE.resource: _namespace,
    kinds.HTTP_ROUTE.resource: _http_route,
    kinds.GATEWAY.resource: _gateway,
    **policy_defaults.DEFAULTS,
}


def fill(obj: Object, *, kind: Kind) -> None:
    """Fill in the defaults of ``kind``, in place; ``obj`` must be a copy of the caller's own."""
    if "spec" in schema_of(kind).fields:
        obj.setdefault("spec", {})
    default = _DEFAULTS.get(kind.resource)
    if default is not None:
        default(obj)
