"""What a cluster is asked outside the agent's watches: logs, events, and everything of one app."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, unquote

from releases.gateway.client import Client, object_path
from releases.gateway.discovery import served
from releases.gateway.errors import ManifestRefused
from releases.gateway.kinds import EVENT, POD, REPLICASET, WORKLOADS, Kind, kind_named
from releases.gateway.ownership import ADOPTED, APP_ID, MANAGED_BY, MANAGER, controller_of, is_adopted, is_ours
from releases.gateway.refusals import Absent
from releases.gateway.taken import Taken
from releases.gateway.trimming import plain_text, trim, trim_event

MAX_LOG_BYTES = 256 * 1024


def logs(client: Client, pod: str, *, namespace: str, container: str, tail: int, previous: bool) -> list[str]:
    """The last lines of an instance. A container that has not started yet has none, and so has one that is gone."""
    query = [("tailLines", str(max(tail, 1))), ("limitBytes", str(MAX_LOG_BYTES))]
    query += [("container", container)] if container else []
    query += [("previous", "true")] if previous else []
    path = object_path(POD, pod, namespace=namespace, subresource="log")
    try:
        raw = client.raw("GET", path, what=f"Pod {pod}", query=query)
    except (Absent, ManifestRefused):
        return []
    return [plain_text(line) for line in raw.decode("utf-8", "replace").splitlines()][-tail:]


def look(client: Client, pod: str, *, namespace: str, port: int, path: str, most: int) -> tuple[int, bytes]:
    """See `Gateway.look`. What is behind the API server must not be left again: there are Secrets beside it."""
    plain, question, query = path.partition("?")
    if any(part in (".", "..") for part in unquote(plain).split("/")) or not plain.startswith("/"):
        raise ValueError(f"{path} leads elsewhere.")
    base = object_path(POD, pod, namespace=namespace) + f":{port}/proxy"
    return client.look(f"{base}{quote(plain)}{question}{quote(query, safe='=&')}", most=most)


def events_for(client: Client, uid: str, *, namespace: str) -> list[dict[str, Any]]:
    events = client.list(EVENT, namespace=namespace, fields=f"involvedObject.uid={uid}")
    return sorted((trim_event(event) for event in events), key=lambda event: str(event["at"]))


def scaled_by(client: Client, kind: str, name: str, *, namespace: str) -> str:
    return next((str(one["metadata"]["name"]) for one in _scalers(client, kind, name, namespace=namespace)), "")


def scaler_of_others(client: Client, kind: str, name: str, *, namespace: str) -> tuple[str, str] | None:
    """See `Gateway.scaler_of_others`."""
    for scaler in _scalers(client, kind, name, namespace=namespace):
        if is_ours(scaler):
            continue
        rows = scaler["metadata"].get("managedFields") or ()
        makers = (row for row in rows if "f:scaleTargetRef" in ((row.get("fieldsV1") or {}).get("f:spec") or {}))
        by = next((plain_text(str(row.get("manager") or ""), limit=128) for row in makers), "")
        return str(scaler["metadata"]["name"]), by
    return None


def _scalers(client: Client, kind: str, name: str, *, namespace: str) -> list[dict[str, Any]]:
    targets = (
        (one, (one.get("spec") or {}).get("scaleTargetRef") or {})
        for one in client.list(kind_named("HorizontalPodAutoscaler"), namespace=namespace)
    )
    return [one for one, target in targets if (target.get("kind"), target.get("name")) == (kind, name)]


def instances_of(
    client: Client, workload: dict[str, Any], *, namespace: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(ReplicaSets, Pods) of a workload, by their owners: those of one that was taken over carry no label of ours."""
    selected = ((workload.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    labels = ",".join(f"{key}={value}" for key, value in sorted(selected.items()))
    sets = [
        one
        for one in client.list(REPLICASET, namespace=namespace, labels=labels)
        if controller_of(one) == workload["metadata"]["uid"]
    ]
    uids = {workload["metadata"]["uid"], *(one["metadata"]["uid"] for one in sets)}
    pods = client.list(POD, namespace=namespace, labels=labels)
    return sets, [pod for pod in pods if controller_of(pod) in uids]


def taken_over(client: Client, app_id: str, *, namespace: str) -> list[tuple[str, str]]:
    """See `Gateway.taken_over`. Nothing but a Deployment is ever taken over."""
    labels = f"{MANAGED_BY}={MANAGER},{APP_ID}={app_id},{ADOPTED}"
    kind = kind_named("Deployment")
    return [(kind.kind, one["metadata"]["name"]) for one in client.list(kind, namespace=namespace, labels=labels)]


def list_app(client: Client, app_id: str, *, namespace: str, taken: Iterable[Taken]) -> dict[str, Any]:
    labels = f"{MANAGED_BY}={MANAGER},{APP_ID}={app_id}"
    newest = 0
    found: dict[str, list[dict[str, Any]]] = {"workloads": [], "replicasets": [], "pods": []}
    workloads = [(kind, "workloads") for kind in served(client, [kind_named(name) for name in WORKLOADS])]
    for kind, place in [*workloads, (REPLICASET, "replicasets"), (POD, "pods")]:
        items, version = _listed(client, kind, namespace=namespace, labels=labels)
        found[place] += [trim(item, kind=kind.kind, api_version=kind.api_version) for item in items]
        newest = max(newest, version)
        for item in items:
            if is_adopted(item):
                sets, pods = instances_of(client, item, namespace=namespace)
                found["replicasets"] += [trim(one, kind="ReplicaSet", api_version="apps/v1") for one in sets]
                found["pods"] += [trim(one, kind="Pod", api_version="v1") for one in pods]
    known = {one["metadata"]["uid"] for one in found["workloads"]}
    for lost in (one for one in taken if one.uid not in known):
        live = client.find(kind_named(lost.kind), lost.name, namespace=namespace)
        if live is not None and lost.is_lost(live):
            found["workloads"].append(lost.told(live))
            sets, pods = instances_of(client, live, namespace=namespace)
            found["replicasets"] += [trim(one, kind="ReplicaSet", api_version="apps/v1") for one in sets]
            found["pods"] += [trim(one, kind="Pod", api_version="v1") for one in pods]
    ordered = {key: sorted(items, key=lambda item: str(item["metadata"]["name"])) for key, items in found.items()}
    return {**ordered, "resource_version": str(newest)}


def _listed(client: Client, kind: Kind, *, namespace: str, labels: str) -> tuple[list[dict[str, Any]], int]:
    items: list[dict[str, Any]] = []
    version = 0
    try:
        for metadata, page in client.pages(kind, namespace=namespace, labels=labels):
            items += page
            text = str(metadata.get("resourceVersion") or "")
            version = max(version, int(text) if text.isdecimal() else 0)
    except Absent:
        return [], 0
    return items, version
