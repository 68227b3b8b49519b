"""`make kubernetes`: builds the control plane from the Go modules in `tests/kubernetes`, once per machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from portal.local.kubernetes import assets
from portal.local.problem import LocalProblem

OLDEST_GO = (1, 24)
VERSION = "v1.34.4"
"""Which Kubernetes `tests/kubernetes/control/go.mod` names; a program built from a module does not know by itself."""
_SAYS = ("gitVersion", VERSION), ("gitMajor", "1"), ("gitMinor", VERSION.split(".")[1])
GATEWAY_MODULE = "sigs.k8s.io/gateway-api"
BUILT = (
    ("etcd", "etcd", "go.etcd.io/etcd/server/v3"),
    ("kwok", "kwok", "sigs.k8s.io/kwok/cmd/kwok"),
    ("faults", assets.FAULTS, "github.com/Shopify/toxiproxy/v2/cmd/server"),
    ("control", "kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
    ("control", "kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager"),
    ("control", "kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler"),
)
"""Module folder, name of the program, package it is built from."""

Say = Callable[[str], None]


def build(place: Path, *, say: Say) -> None:
    """Build what `place` lacks; what is there stays. Raises LocalProblem."""
    lacks = assets.missing(place)
    if not lacks:
        say(f"The Kubernetes control plane is in {place}.")
        return
    go = _go()
    place.mkdir(parents=True, exist_ok=True)
    say(f"Building {', '.join(lacks)} into {place}; the first time it takes some ten minutes …")
    for module, name, package in BUILT:
        if name in lacks:
            _build(go, module=module, package=package, target=place / name, say=say)
    if assets.GATEWAY_CRDS in lacks:
        _copy_definitions(go, place / assets.GATEWAY_CRDS)
        say("The definitions of the Gateway API are there.")


def _go() -> str:
    go = shutil.which("go")
    if go is None:
        raise LocalProblem(
            "Go is not on this machine. Install Go 1.24 or newer, then `make kubernetes`. Debian 12's golang-go "
            "is 1.19, too old for this: see https://go.dev/doc/install."
        )
    said = subprocess.run([go, "version"], capture_output=True, text=True).stdout
    found = re.search(r"go(\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) < OLDEST_GO:
        raise LocalProblem(f"The control plane needs Go 1.24 or newer; this is {said.strip() or 'broken'}.")
    return go


def _build(go: str, *, module: str, package: str, target: Path, say: Say) -> None:
    """Into a file beside the target first, so that a build cut short leaves no half program."""
    began = time.monotonic()
    say(f"  {target.name} …")
    unfinished = target.with_name(f".{target.name}.new")
    # Without cgo nothing but Go is needed; without symbols the programs are a third smaller.
    flags = " ".join(["-s -w", *(f"-X k8s.io/component-base/version.{name}={value}" for name, value in _SAYS)])
    argv = [go, "build", "-mod=readonly", "-trimpath", f"-ldflags={flags}", "-o", str(unfinished), package]
    _run(argv, module=module, what=target.name)
    unfinished.replace(target)
    say(f"  {target.name} is built ({time.monotonic() - began:.0f} s).")


def _copy_definitions(go: str, target: Path) -> None:
    _run([go, "mod", "download", GATEWAY_MODULE], module="gateway", what=GATEWAY_MODULE)
    source = _run([go, "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", GATEWAY_MODULE], module="gateway", what="it")
    unfinished = target.with_name(f".{target.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    for file in sorted((Path(source.strip()) / "config" / "crd" / "standard").glob("*.yaml")):
        (unfinished / file.name).write_bytes(file.read_bytes())
    shutil.rmtree(target, ignore_errors=True)
    unfinished.replace(target)


def _run(argv: list[str], *, module: str, what: str) -> str:
    done = subprocess.run(
        argv, cwd=assets.MODULES / module, env={**os.environ, "CGO_ENABLED": "0"}, capture_output=True, text=True
    )
    if done.returncode:
        last = "\n".join(f"    {line}" for line in (done.stderr or done.stdout).strip().splitlines()[-8:])
        raise LocalProblem(f"{what} could not be built. What is built so far is kept; Go's last words:\n{last}")
    return done.stdout


def main() -> int:
    """Exit code 0 when all is there, 1 after a problem that has been printed."""
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {line}", flush=True)

    try:
        build(assets.folder(), say=say)
    except LocalProblem as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. What is built so far is kept for the next time.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
