"""Pods and everything inside a pod template."""

from __future__ import annotations

from .model import (
    BOOLEAN,
    BYTES,
    CONDITIONS,
    INT_OR_STRING,
    INTEGER,
    LABEL_SELECTOR,
    META,
    OPEN,
    QUANTITY,
    STRING,
    STRINGS,
    TEXTS,
    TIME,
    ListOf,
    MapOf,
    Schema,
    Struct,
    atomic,
    rows,
    standing,
    struct,
    whole,
)

_KEY_REF = atomic("name", "key", optional=BOOLEAN)
_FIELD_REF = atomic("apiVersion", "fieldPath")
_RESOURCE_FIELD = atomic("containerName", "resource", divisor=QUANTITY)
_ENV = struct(
    "name",
    "value",
    valueFrom=struct(
        configMapKeyRef=_KEY_REF, secretKeyRef=_KEY_REF, fieldRef=_FIELD_REF, resourceFieldRef=_RESOURCE_FIELD
    ),
)
_SOURCE = struct("name", optional=BOOLEAN)
_HTTP_GET = struct("host", "path", "scheme", port=INT_OR_STRING, httpHeaders=ListOf(struct("name", "value")))
_HANDLER: dict[str, Schema] = {
    "exec": struct(command=TEXTS),
    "httpGet": _HTTP_GET,
    "tcpSocket": struct("host", port=INT_OR_STRING),
}
_PROBE = Struct(
    {
        **_HANDLER,
        "grpc": struct("service", port=INTEGER),
        "initialDelaySeconds": INTEGER,
        "timeoutSeconds": INTEGER,
        "periodSeconds": INTEGER,
        "successThreshold": INTEGER,
        "failureThreshold": INTEGER,
        "terminationGracePeriodSeconds": INTEGER,
    }
)
_HOOK = Struct({**_HANDLER, "sleep": struct(seconds=INTEGER)})
RESOURCES = struct(limits=MapOf(QUANTITY), requests=MapOf(QUANTITY), claims=rows(struct("name", "request"), "name"))
_SECURITY: dict[str, Schema] = {
    "runAsUser": INTEGER,
    "runAsGroup": INTEGER,
    "runAsNonRoot": BOOLEAN,
    "seLinuxOptions": OPEN,
    "windowsOptions": OPEN,
    "seccompProfile": struct("type", "localhostProfile"),
    "appArmorProfile": struct("type", "localhostProfile"),
}
_CONTAINER_SECURITY = Struct(
    {
        **_SECURITY,
        "privileged": BOOLEAN,
        "allowPrivilegeEscalation": BOOLEAN,
        "readOnlyRootFilesystem": BOOLEAN,
        "procMount": STRING,
        "capabilities": struct(add=TEXTS, drop=TEXTS),
    }
)
_POD_SECURITY = Struct(
    {
        **_SECURITY,
        "fsGroup": INTEGER,
        "fsGroupChangePolicy": STRING,
        "supplementalGroups": ListOf(INTEGER),
        "supplementalGroupsPolicy": STRING,
        "sysctls": ListOf(struct("name", "value")),
    }
)
CONTAINER = struct(
    "name",
    "image",
    "workingDir",
    "imagePullPolicy",
    "restartPolicy",
    "terminationMessagePath",
    "terminationMessagePolicy",
    command=TEXTS,
    args=TEXTS,
    ports=rows(
        struct("name", "protocol", "hostIP", containerPort=INTEGER, hostPort=INTEGER),
        "containerPort",
        "protocol",
        protocol="TCP",
    ),
    env=rows(_ENV, "name"),
    envFrom=ListOf(struct("prefix", configMapRef=_SOURCE, secretRef=_SOURCE)),
    resources=RESOURCES,
    resizePolicy=ListOf(struct("resourceName", "restartPolicy")),
    volumeMounts=rows(
        struct(
            "name", "mountPath", "subPath", "subPathExpr", "mountPropagation", "recursiveReadOnly", readOnly=BOOLEAN
        ),
        "mountPath",
    ),
    volumeDevices=rows(struct("name", "devicePath"), "devicePath"),
    livenessProbe=_PROBE,
    readinessProbe=_PROBE,
    startupProbe=_PROBE,
    lifecycle=struct("stopSignal", preStop=_HOOK, postStart=_HOOK),
    securityContext=_CONTAINER_SECURITY,
    stdin=BOOLEAN,
    stdinOnce=BOOLEAN,
    tty=BOOLEAN,
)
_ITEMS = ListOf(struct("key", "path", mode=INTEGER))
_VOLUME = Struct(
    {
        "name": STRING,
        "configMap": struct("name", defaultMode=INTEGER, optional=BOOLEAN, items=_ITEMS),
        "secret": struct("secretName", defaultMode=INTEGER, optional=BOOLEAN, items=_ITEMS),
        "emptyDir": struct("medium", sizeLimit=QUANTITY),
        "projected": struct(defaultMode=INTEGER, sources=ListOf(OPEN)),
        "downwardAPI": OPEN,
        "persistentVolumeClaim": struct("claimName", readOnly=BOOLEAN),
        "hostPath": struct("path", "type"),
        "csi": OPEN,
        "ephemeral": OPEN,
        "image": struct("reference", "pullPolicy"),
        "nfs": struct("server", "path", readOnly=BOOLEAN),
    }
)
POD_SPEC = struct(
    "restartPolicy",
    "dnsPolicy",
    "serviceAccountName",
    "serviceAccount",
    "nodeName",
    "hostname",
    "subdomain",
    "schedulerName",
    "priorityClassName",
    "preemptionPolicy",
    "runtimeClassName",
    containers=standing(rows(CONTAINER, "name")),
    initContainers=rows(CONTAINER, "name"),
    ephemeralContainers=rows(OPEN, "name"),
    volumes=rows(_VOLUME, "name"),
    terminationGracePeriodSeconds=INTEGER,
    activeDeadlineSeconds=INTEGER,
    nodeSelector=MapOf(STRING, atomic=True),
    automountServiceAccountToken=BOOLEAN,
    hostNetwork=BOOLEAN,
    hostPID=BOOLEAN,
    hostIPC=BOOLEAN,
    hostUsers=BOOLEAN,
    shareProcessNamespace=BOOLEAN,
    setHostnameAsFQDN=BOOLEAN,
    enableServiceLinks=BOOLEAN,
    priority=INTEGER,
    securityContext=_POD_SECURITY,
    imagePullSecrets=rows(atomic("name"), "name"),
    affinity=OPEN,
    tolerations=ListOf(struct("key", "operator", "value", "effect", tolerationSeconds=INTEGER)),
    hostAliases=rows(struct("ip", hostnames=TEXTS), "ip"),
    dnsConfig=OPEN,
    readinessGates=ListOf(struct("conditionType")),
    schedulingGates=rows(struct("name"), "name"),
    overhead=MapOf(QUANTITY),
    os=struct("name"),
    resources=RESOURCES,
    topologySpreadConstraints=rows(
        struct(
            "topologyKey",
            "whenUnsatisfiable",
            "nodeAffinityPolicy",
            "nodeTaintsPolicy",
            maxSkew=INTEGER,
            minDomains=INTEGER,
            labelSelector=LABEL_SELECTOR,
            matchLabelKeys=TEXTS,
        ),
        "topologyKey",
        "whenUnsatisfiable",
    ),
)
POD_TEMPLATE = standing(struct(metadata=standing(META), spec=standing(POD_SPEC)))
_STATUSES = ListOf(OPEN)
POD = whole(
    spec=POD_SPEC,
    status=struct(
        "phase",
        "message",
        "reason",
        "hostIP",
        "podIP",
        "qosClass",
        "nominatedNodeName",
        "resize",
        observedGeneration=INTEGER,
        startTime=TIME,
        hostIPs=rows(atomic("ip"), "ip"),
        podIPs=rows(struct("ip"), "ip"),
        conditions=CONDITIONS,
        containerStatuses=_STATUSES,
        initContainerStatuses=_STATUSES,
        ephemeralContainerStatuses=_STATUSES,
    ),
)
CONFIG_MAP = whole(data=STRINGS, binaryData=MapOf(BYTES), immutable=BOOLEAN)
SECRET = whole(data=MapOf(BYTES), stringData=STRINGS, type=STRING, immutable=BOOLEAN)
SERVICE_ACCOUNT = whole(
    automountServiceAccountToken=BOOLEAN,
    secrets=rows(OPEN, "name"),
    imagePullSecrets=ListOf(atomic("name")),
)
