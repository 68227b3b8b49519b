"""Names, labels and selectors on a cluster. They cannot be changed once apps run: selectors are immutable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from apps_mgmt.rendering.facts import Facts, Manifest
from apps_mgmt.spec.names import CANARY
from apps_mgmt.spec.store import digest_json

APP = "slipway.dev/app"
APP_ID = "slipway.dev/app-id"
TENANT = "slipway.dev/tenant"
PROCESS = "slipway.dev/process"
TRACK = "slipway.dev/track"
MANAGED_BY = "app.kubernetes.io/managed-by"
MANAGER = "slipway"

RESTARTED_AT = "slipway.dev/restarted-at"
SECRETS = "slipway.dev/secrets"
CONTENT = "slipway.dev/content"
# On instances of an app that has a network policy of its own: the one of the namespace leaves them alone.
OWN_NETWORK = "slipway.dev/own-network"

Track = Literal["stable", "canary", "job"]
DIGEST = 10


def object_name(app: str, process: str, *, track: Track = "stable") -> str:
    """`<app>--<process>`, with `--canary` for the second track."""
    return f"{app}--{process}{CANARY if track == 'canary' else ''}"


def headless_name(app: str, process: str) -> str:
    """The Service that gives the instances of a StatefulSet their own addresses."""
    return f"{app}--{process}--peers"


def config_name(app: str, process: str, content: object) -> str:
    """`<app>--<process>--<digest>`, or `<app>--env-<digest>` for what all processes share (`process` `""`)."""
    short = digest_json(content)[:DIGEST]
    return f"{app}--{process}--{short}" if process else f"{app}--env-{short}"


def route_name(app: str, host: str) -> str:
    """One object for each host of an app."""
    return f"{app}--route-{digest_json(host)[:DIGEST]}"


def owner_labels(facts: Facts) -> dict[str, str]:
    """On every object of an app: by these it is found and pruned."""
    return {APP: facts.app, APP_ID: facts.app_id, TENANT: facts.tenant, MANAGED_BY: MANAGER}


def process_labels(facts: Facts, process: str, *, track: Track = "stable") -> dict[str, str]:
    """On everything of one process, and on its pods."""
    return {**owner_labels(facts), PROCESS: process, TRACK: track}


def selector(facts: Facts, process: str, *, track: Track = "stable") -> dict[str, str]:
    """What workloads and Services select by."""
    return {APP: facts.app, PROCESS: process, TRACK: track}


def manifest(
    api_version: str,
    kind: str,
    *,
    name: str,
    facts: Facts,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    **body: Any,
) -> Manifest:
    """An object of the app in its namespace. Empty values of `body` are left out."""
    metadata: Manifest = {"name": name, "namespace": facts.namespace, "labels": dict(labels or owner_labels(facts))}
    if annotations:
        metadata["annotations"] = dict(annotations)
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **given(**body)}


def key_of(manifest: Manifest) -> str:
    """What tells an object apart among those of an app on a cluster: `Kind/name`."""
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def given(**values: Any) -> dict[str, Any]:
    """Those that are not empty. 0 and False are values."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {}, ())}
