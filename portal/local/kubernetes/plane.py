"""One control plane as programs: etcd, API server, controllers, scheduler, and kwok for the nodes."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from portal.local.kubernetes import certificates, files
from portal.local.kubernetes.assets import Assets
from portal.local.program import Program, free_port, started

SERVICE_RANGE = "10.96.0.0/16"
POD_RANGE = "10.244.0.1/16"
# Busy machines lose heartbeats; no node of these is ever really gone.
NODE_GRACE = "1h"
# Clients slow themselves down to 20 requests a second; starting forty controllers at that pace took four seconds.
PACE = {"kube-api-qps": "1000", "kube-api-burst": "2000"}


@dataclass(frozen=True)
class Plane:
    """A control plane in a folder of its own, listening on the loopback address only."""

    name: str
    folder: Path
    port: int
    etcd_port: int
    kubelet_port: int

    @property
    def server(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def kubeconfig(self) -> Path:
        """For an administrator."""
        return self.folder / "admin.kubeconfig"


def prepare(name: str, folder: Path, *, port: int = 0) -> Plane:
    """Choose ports and write certificates and configuration; what was started before comes back at its address."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    plane = Plane(name, folder, port or _same_port(folder), free_port(), free_port())
    certificates.make(folder)
    files.write_kubeconfigs(folder, server=plane.server, name=name)
    files.write_kwok(folder)
    return plane


def _same_port(folder: Path) -> int:
    """The port of the last start, so that whoever knows the cluster finds it again; another one if that is taken."""
    kept = folder / "port"
    before = kept.read_text("ascii").strip() if kept.exists() else ""
    port = free_port(prefer=int(before) if before.isdecimal() else None)
    kept.write_text(f"{port}\n", "ascii")
    return port


def programs(plane: Plane, assets: Assets) -> list[list[Program]]:
    """What to start, in groups: each group needs the ones before to be ready."""
    return [[_etcd(plane, assets)], [_api_server(plane, assets)], _around(plane, assets)]


def _etcd(plane: Plane, assets: Assets) -> Program:
    client, peer = f"http://127.0.0.1:{plane.etcd_port}", f"http://127.0.0.1:{free_port()}"
    flags = {
        "name": plane.name,
        "data-dir": str(plane.folder / "etcd"),
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"{plane.name}={peer}",
        # What is in it lasts as long as the machine does; waiting for the disk would make every write slow.
        "unsafe-no-fsync": "true",
        # A member alone still waits out an election before it leads: a second, as delivered.
        "heartbeat-interval": "20",
        "election-timeout": "200",
        "log-level": "warn",
    }

    async def ready(_pid: int) -> bool:
        return await _answers(plane.etcd_port, "/readyz", secure=None)

    return _program(plane, assets, "etcd", flags, ready=ready, stop_last=True)


def _api_server(plane: Plane, assets: Assets) -> Program:
    folder = plane.folder
    flags = {
        "bind-address": "127.0.0.1",
        "secure-port": str(plane.port),
        "etcd-servers": f"http://127.0.0.1:{plane.etcd_port}",
        "service-cluster-ip-range": SERVICE_RANGE,
        "authorization-mode": "Node,RBAC",
        "client-ca-file": str(folder / "ca.crt"),
        "tls-cert-file": str(folder / "server.crt"),
        "tls-private-key-file": str(folder / "server.key"),
        "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
        "service-account-key-file": str(folder / "accounts.pub"),
        "service-account-signing-key-file": str(folder / "accounts.key"),
        "kubelet-client-certificate": str(folder / "kube-apiserver-kubelet.crt"),
        "kubelet-client-key": str(folder / "kube-apiserver-kubelet.key"),
        # Nobody reaches this server by the address of the `kubernetes` service, and it may not be a loopback one.
        "endpoint-reconciler-type": "none",
        "profiling": "false",
        "v": "0",
    }
    trusted = ssl.create_default_context(cafile=str(folder / "ca.crt"))

    async def ready(_pid: int) -> bool:
        return await _answers(plane.port, "/readyz", secure=trusted)

    # Most of its start makes garbage: collected less often, it needs a quarter less of the processor.
    env = {"GOGC": "400"}
    return _program(plane, assets, "kube-apiserver", flags, env=env, ready=ready, stop_last=True)


def _around(plane: Plane, assets: Assets) -> list[Program]:
    folder = plane.folder
    controllers = {
        "kubeconfig": str(folder / "kube-controller-manager.kubeconfig"),
        "leader-elect": "false",
        "secure-port": "0",
        "root-ca-file": str(folder / "ca.crt"),
        "service-account-private-key-file": str(folder / "accounts.key"),
        "use-service-account-credentials": "true",
        "node-monitor-grace-period": NODE_GRACE,
        "profiling": "false",
        **PACE,
    }
    scheduler = {
        "kubeconfig": str(folder / "kube-scheduler.kubeconfig"),
        "leader-elect": "false",
        "secure-port": "0",
        "profiling": "false",
        **PACE,
    }
    kwok = {
        "kubeconfig": str(folder / "kwok.kubeconfig"),
        "config": str(folder / "kwok.yaml"),
        "manage-all-nodes": "true",
        "node-ip": "127.0.0.1",
        "node-port": str(plane.kubelet_port),
        "server-address": f"127.0.0.1:{plane.kubelet_port}",
        "tls-cert-file": str(folder / "server.crt"),
        "tls-private-key-file": str(folder / "server.key"),
        # With leases, a kwok that was killed keeps the one that comes after it from its nodes until they run out.
        "node-lease-duration-seconds": "0",
        "cidr": POD_RANGE,
    }
    return [
        _program(plane, assets, "kube-controller-manager", controllers),
        _program(plane, assets, "kube-scheduler", scheduler),
        _program(plane, assets, "kwok", kwok),
    ]


def _program(
    plane: Plane,
    assets: Assets,
    name: str,
    flags: dict[str, str],
    *,
    env: Mapping[str, str] | None = None,
    ready: Callable[[int], Awaitable[bool]] = started,
    stop_last: bool = False,
) -> Program:
    argv = (assets.program(name), *(f"--{flag}={value}" for flag, value in flags.items()))
    return Program(
        name=f"{plane.name}-{name}", argv=argv, env=env or {}, cwd=plane.folder, stop_last=stop_last, ready=ready
    )


async def _answers(port: int, path: str, *, secure: ssl.SSLContext | None) -> bool:
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=secure)
            try:
                writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
                parts = (await reader.readline()).split()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
    return len(parts) > 1 and parts[1] == b"200"
