"""Specs for tests: one with something of everything, and strategies that make any."""

from __future__ import annotations

from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from apps_mgmt.rendering import Address, Facts
from apps_mgmt.spec import AppSpec, Autoscaler, Domain, Probe, Process, Reference, SpecError, load
from apps_mgmt.spec.names import RESERVED_PROCESSES
from tests.pure.golden.steps import STEPS

RICH: dict[str, Any] = {
    "processes": [
        {
            "name": "web",
            "image": "registry.example.com/shop/web:1.4.2",
            "pull_policy": "IfNotPresent",
            "args": ["serve", "--workers", "4"],
            "replicas": 4,
            "resources": {"size": "medium", "memory_limit": "768Mi", "gpu": {"count": 1}},
            "ports": [
                {"name": "http", "port": 8080, "service_port": 80, "exposure": "public"},
                {"name": "grpc", "port": 9090, "protocol": "grpc"},
                {"name": "admin", "port": 9000, "exposure": "hidden"},
            ],
            "env": [
                {"name": "ROLE", "value": "web"},
                {"name": "POD", "reference": {"field": "metadata.name"}},
                {"name": "MEMORY", "reference": {"field": "limits.memory"}},
                {"name": "SESSION_KEY", "secret": {"name": "SESSION_KEY", "version": 3}},
            ],
            "probes": {
                "startup": {"kind": "tcp", "port": "http", "failures": 30, "period": 2},
                "liveness": {"path": "/live"},
                "readiness": {"kind": "grpc", "port": "grpc", "service": "shop", "successes": 2},
            },
            "termination_seconds": 45,
            "hooks": {"pre_stop": {"kind": "sleep", "seconds": 5}, "post_start": {"kind": "exec", "command": ["warm"]}},
            "sidecars": [
                {
                    "name": "proxy",
                    "image": "envoy:1.31",
                    "ready_port": 9901,
                    "env": [
                        {"name": "LEVEL", "value": "info"},
                        {"name": "TOKEN", "secret": {"name": "TOKEN", "version": 7}},
                    ],
                }
            ],
            "inits": [{"name": "migrate", "image": "registry.example.com/shop/web:1.4.2", "command": ["migrate"]}],
            "security": {"user": 1000, "group": 1000, "file_group": 1000, "read_only_root": True},
            "autoscaler": {
                "least": 3,
                "most": 11,
                "cpu": 60,
                "metrics": [{"name": "queue", "source": "external", "target": "30"}],
                "behavior": [{"direction": "down", "stabilization": 300, "amount": 2, "unit": "Pods"}],
            },
            "temp": [{"path": "/tmp", "size": "64Mi", "in_memory": True}],
            "restarted_at": "2025-03-01T10:00:00Z",
        },
        {
            "name": "worker",
            "kind": "CloneSet",
            "image": "registry.example.com/shop/worker@sha256:" + "ab" * 32,
            "command": ["work"],
            "replicas": 5,
            "security": {"profile": "baseline"},
            "service_account": {"name": "reader", "token": True},
            "update": {"in_place": True, "max_surge": "1", "max_unavailable": "20%", "min_ready": 10},
            "mounts": [{"volume": "shared", "path": "/shared", "read_only": True}],
        },
        {
            "name": "store",
            "kind": "StatefulSet",
            "image": "redis:7.4",
            "replicas": 2,
            "ports": [{"name": "redis", "port": 6379, "protocol": "tcp"}],
            "probes": {"readiness": {"kind": "exec", "command": ["redis-cli", "ping"], "initial_delay": 3}},
            "mounts": [{"volume": "data", "path": "/data", "sub_path": "redis"}],
        },
    ],
    "registry_credential": "shop",
    "env": [
        {"name": "BANNER", "value": "Sommer — 20 %"},
        {"name": "DATABASE_URL", "secret": {"name": "DATABASE_URL", "version": 2}},
        {"name": "CATALOGUE", "reference": {"dependency": "catalogue", "part": "url"}},
    ],
    "env_groups": [{"name": "common", "version": 4}],
    "files": [
        {"name": "settings", "path": "/etc/shop/settings.ini", "content": "[shop]\nopen = yes\n"},
        {"name": "key", "path": "/etc/shop/key.pem", "process": "web", "secret": {"name": "key", "version": 1}},
    ],
    "bindings": [{"instance": "orders-db", "prefix": "ORDERS_"}],
    "volumes": [
        {"name": "shared", "size": "5Gi", "access_mode": "ReadWriteMany", "storage_class": "nfs"},
        {"name": "data", "size": "1Gi"},
    ],
    "routes": [
        {"host": "shop.example.com", "process": "web", "port": "http"},
        {"host": "shop.example.com", "path": "/api", "process": "web", "port": "grpc"},
        {"host": "plain.example.com", "path": "/exact", "exact": True, "process": "web"},
    ],
    "domains": [
        {
            "host": "shop.example.com",
            "headers": [
                {"direction": "request", "name": "X-From", "value": "slipway"},
                {"direction": "response", "action": "remove", "name": "Server"},
            ],
            "request_timeout": 30,
            "backend_timeout": 10,
            "tls": {"certificate": "shop", "force": True},
        },
        {"host": "old.example.com", "redirect": {"host": "shop.example.com", "status": 302}},
    ],
    "platform_domain": True,
    "network_policy": {
        "sources": [{"app": "cart"}, {"namespace": "monitoring"}],
        "egress": [{"network": "10.0.0.0/8"}],
    },
    "host_aliases": [{"ip": "10.1.2.3", "names": ["legacy"]}],
    "dependencies": [{"app": "catalogue"}, {"app": "gone", "port": "http"}],
    "placement": {
        "targets": [{"cluster": "north", "weight": 2}, {"cluster": "south"}],
        "priority": "online",
        "overrides": [
            {
                "cluster": "south",
                "registry": "mirror.example.com",
                "env": [{"name": "BANNER", "value": "Summer"}],
                "replicas": [{"process": "worker", "replicas": 1}],
                "hosts": [{"host": "plain.example.com", "instead": "south.example.com"}],
            }
        ],
        "nodes": [{"key": "disk", "value": "ssd"}],
        "tolerations": [{"key": "dedicated", "value": "shop", "effect": "NoSchedule"}],
        "spread": [{"topology": "topology.kubernetes.io/zone", "hard": True}],
        "affinity": [{"app": "cart", "near": True}, {"app": "batch", "near": False, "hard": True}],
        "budget": {"min_available": "50%"},
    },
    "release": {
        "strategy": {"kind": "canary", "steps": STEPS},
        "waves": {
            "order": [{"clusters": ["north"], "pause": 600}, {"clusters": ["south", "east"], "failures": 1}],
            "failures": 1,
        },
        "hooks": {
            "before": [{"kind": "job", "name": "backup", "process": "store", "command": ["backup"], "once": True}],
            "after": [{"kind": "http-call", "name": "tell", "request": {"url": "https://ci.example.com/done"}}],
        },
        "auto_rollback": {"causes": ["crash-loop", "failed-check"], "pace": "in-batches"},
    },
    "template": {"name": "shop", "version": 3, "parameters": [{"name": "region", "value": "eu"}]},
    "jobs": [
        {
            "name": "report",
            "cron": "30 6 * * mon-fri",
            "time_zone": "Europe/Berlin",
            "process": "web",
            "command": ["report"],
        }
    ],
    "drains": [{"name": "central", "kind": "syslog", "target": "logs.example.com:514"}],
    "labels": [{"key": "team", "value": "storefront"}],
    "annotations": [{"key": "example.com/on-call", "value": "olga@example.com"}],
}


def rich() -> AppSpec:
    """Something of everything."""
    return load(RICH)


def facts(**changes: Any) -> Facts:
    """Of the app `shop` of the tenant `harbor`, on the cluster north."""
    usual: dict[str, Any] = {
        "app": "shop",
        "app_id": "0f0e2c9a-7b1d-4a57-9a44-3c1f6d9b8e21",
        "tenant": "harbor",
        "namespace": "slipway-harbor",
        "cluster": "north",
        "dependencies": {("catalogue", ""): Address("catalogue--web", 3550)},
        "env_groups": {"common": {"REGION": "eu", "BANNER": "of the group"}},
        "bindings": {"orders-db": {"HOST": "orders.example.com"}},
        "platform_domain": "apps.example.com",
    }
    return Facts(**{**usual, **changes})


NAMES = st.from_regex(r"[a-z][a-z0-9]{0,7}", fullmatch=True).filter(lambda name: name not in RESERVED_PROCESSES)
VARIABLES = st.from_regex(r"[A-Z][A-Z0-9_]{0,8}", fullmatch=True).filter(lambda name: not name.startswith("SLIPWAY_"))
VALUES = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
IMAGES = st.sampled_from(["nginx:1.27", "registry.example.com/a/b:2", "redis@sha256:" + "0" * 64, "app"])
HOSTS = st.sampled_from(["a.example.com", "b.example.com", "c.example.org"])


@st.composite
def processes(draw: st.DrawFn, name: str) -> Process:
    """A process that may be."""
    ports = draw(st.lists(NAMES, max_size=3, unique=True))
    numbers = draw(st.lists(st.integers(1, 60_000), min_size=len(ports), max_size=len(ports), unique=True))
    least, more = draw(st.integers(1, 5)), draw(st.integers(0, 9))
    probe = st.builds(Probe, path=st.sampled_from(["/", "/ready"]), period=st.integers(1, 60)) if ports else st.none()
    return Process(
        name=name,
        image=draw(IMAGES),
        kind=draw(st.sampled_from(["Deployment", "CloneSet", "StatefulSet"])),
        command=draw(st.lists(VALUES, max_size=2)),
        replicas=draw(st.integers(0, 30)),
        suspended=draw(st.booleans()),
        resources={
            "size": draw(st.sampled_from(["", "tiny", "large"])),
            "cpu_request": draw(st.sampled_from(["", "30m"])),
        },
        ports=[
            {"name": port, "port": number, "protocol": draw(st.sampled_from(["http", "grpc", "tcp"]))}
            for port, number in zip(ports, numbers, strict=True)
        ],
        env=[{"name": key, "value": draw(VALUES)} for key in draw(st.lists(VARIABLES, max_size=3, unique=True))],
        probes={"liveness": draw(st.none() | probe), "readiness": draw(st.none() | probe)},
        autoscaler=draw(st.none() | st.just(Autoscaler(least=least, most=least + more, cpu=50))),
        restarted_at=draw(st.sampled_from(["", "2025-01-01T00:00:00Z"])),
    )


@st.composite
def specs(draw: st.DrawFn) -> AppSpec:
    """Any spec that may be, with up to three processes."""
    names = draw(st.lists(NAMES, max_size=3, unique=True))
    made = [draw(processes(name)) for name in names]
    web = [(process, port) for process in made for port in process.ports if port.protocol != "tcp"]
    variables = draw(st.lists(VARIABLES, max_size=4, unique=True))
    clusters = draw(st.lists(st.sampled_from(["north", "south", "east"]), max_size=3, unique=True))
    routes = [
        {"host": draw(HOSTS), "path": f"/{port.name}", "process": process.name, "port": port.name}
        for process, port in web
    ]
    fields: dict[str, Any] = {
        "processes": made,
        "env": [_variable(draw, name) for name in variables],
        "routes": {f"{row['host']}{row['path']}": row for row in routes}.values(),
        "placement": {"targets": [{"cluster": name, "weight": draw(st.integers(1, 5))} for name in clusters]},
        "labels": [{"key": name, "value": "x"} for name in draw(st.lists(NAMES, max_size=2, unique=True))],
        "release": {"strategy": {"kind": draw(st.sampled_from(["rolling", "recreate", "batches"]))}},
        "stopped": draw(st.booleans()),
    }
    try:
        return AppSpec(**{**fields, "routes": tuple(fields["routes"])})
    except SpecError:
        assume(False)
        raise


def _variable(draw: st.DrawFn, name: str) -> dict[str, Any]:
    if draw(st.booleans()):
        return {"name": name, "value": draw(VALUES)}
    if draw(st.booleans()):
        return {"name": name, "secret": {"name": name, "version": draw(st.integers(1, 9))}}
    return {"name": name, "reference": Reference(field="status.podIP")}


def with_allowed(spec: AppSpec, host: str, cidr: str) -> AppSpec:
    """The same, letting in only this network at a host."""
    return spec.change(domains=(*(row for row in spec.domains if row.host != host), Domain(host=host, allow=(cidr,))))
