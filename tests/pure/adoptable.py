"""Deployments as a cluster tells them, with all that it fills in."""

from __future__ import annotations

from typing import Any

Raw = dict[str, Any]
FILLED_IN = {"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}
TIMES = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}


def container(name: str = "server", *, image: str = "registry.example.com/frontend:v1", **fields: Any) -> Raw:
    return {"name": name, "image": image, "imagePullPolicy": "IfNotPresent", "resources": {}, **FILLED_IN, **fields}


def deployment(
    *containers: Raw, replicas: int = 2, pod: Raw | None = None, meta: Raw | None = None, **spec: Any
) -> Raw:
    """The spec of a Deployment of these containers, one plain container by default."""
    return {
        "replicas": replicas,
        "selector": {"matchLabels": {"app": "frontend"}},
        "revisionHistoryLimit": 10,
        "progressDeadlineSeconds": 600,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
        "template": {
            "metadata": {"creationTimestamp": None, "labels": {"app": "frontend"}, **(meta or {})},
            "spec": {
                "containers": list(containers) or [container()],
                "restartPolicy": "Always",
                "terminationGracePeriodSeconds": 30,
                "dnsPolicy": "ClusterFirst",
                "securityContext": {},
                "schedulerName": "default-scheduler",
                **(pod or {}),
            },
        },
        **spec,
    }


def boutique() -> Raw:
    """`frontend` of the Online Boutique, as its own manifests make it: a port without a name, probes by number."""
    may = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
        "readOnlyRootFilesystem": True,
    }
    asked = {"path": "/_healthz", "port": 8080, "scheme": "HTTP"}
    headers = {"httpHeaders": [{"name": "Cookie", "value": "shop_session-id=x-readiness-probe"}]}
    server = container(
        securityContext=may,
        ports=[{"containerPort": 8080, "protocol": "TCP"}],
        readinessProbe={"httpGet": {**asked, **headers}, "initialDelaySeconds": 10, **TIMES},
        livenessProbe={"httpGet": {**asked, **headers}, "initialDelaySeconds": 10, **TIMES},
        env=[
            {"name": "PORT", "value": "8080"},
            {"name": "AD_SERVICE_ADDR", "value": "adservice:9555"},
            {"name": "ENABLE_PROFILER", "value": "0"},
        ],
        resources={"limits": {"cpu": "200m", "memory": "128Mi"}, "requests": {"cpu": "100m", "memory": "64Mi"}},
    )
    return deployment(
        server,
        meta={"annotations": {"sidecar.istio.io/rewriteAppHTTPProbers": "true"}},
        pod={
            "serviceAccountName": "frontend",
            "serviceAccount": "frontend",
            "securityContext": {"fsGroup": 1000, "runAsGroup": 1000, "runAsNonRoot": True, "runAsUser": 1000},
        },
    )


def odd() -> Raw:
    """Named as few do: two containers and one before them, a shared volume, a hook, other ways to spell a port."""
    seen = [{"name": "scratch", "mountPath": "/var/scratch"}]
    app = container(
        "app",
        image="registry.example.com/team/app:latest",
        command=["/bin/app"],
        args=["--listen", ":9000"],
        ports=[{"name": "web", "containerPort": 9000, "protocol": "TCP"}, {"containerPort": 53, "protocol": "UDP"}],
        readinessProbe={"grpc": {"port": 9001, "service": ""}, **TIMES},
        startupProbe={"exec": {"command": ["true"]}, **TIMES},
        lifecycle={"preStop": {"sleep": {"seconds": 5}}},
        env=[
            {"name": "EMPTY"},
            {"name": "POD", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}},
        ],
        volumeMounts=seen,
        resources={"limits": {"nvidia.com/gpu": "1"}, "requests": {"nvidia.com/gpu": "1"}},
    ) | {"imagePullPolicy": "Always"}
    proxy = container("proxy", image="registry.example.com/proxy:3", volumeMounts=seen)
    waits = container("wait", image="registry.example.com/wait:1", env=app["env"])
    return deployment(
        proxy,
        app,
        replicas=3,
        meta={
            "annotations": {"kubectl.kubernetes.io/default-container": "app"},
            "labels": {"app": "frontend", "tier": "edge"},
        },
        minReadySeconds=5,
        pod={
            "initContainers": [waits],
            "volumes": [{"name": "scratch", "emptyDir": {"sizeLimit": "1Gi"}}],
            "nodeSelector": {"disk": "fast"},
            "tolerations": [{"key": "edge", "operator": "Exists", "effect": "NoSchedule"}],
            "topologySpreadConstraints": [
                {
                    "maxSkew": 1,
                    "topologyKey": "zone",
                    "whenUnsatisfiable": "ScheduleAnyway",
                    "labelSelector": {"matchLabels": {"app": "frontend"}},
                }
            ],
            "hostAliases": [{"ip": "10.0.0.9", "hostnames": ["db.internal.example.com"]}],
            "priorityClassName": "online",
            "terminationGracePeriodSeconds": 60,
            "automountServiceAccountToken": False,
        },
    )


def replaced_at_once() -> Raw:
    """All its instances go before new ones come."""
    return deployment(strategy={"type": "Recreate"})
