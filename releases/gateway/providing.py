"""Making one object of a provision release what it should be, whatever somebody did to it.

Server-side apply with force, and no fence: these objects belong to nobody but the platform, the rows that make them run
one after another, and doing one twice leaves it as doing it once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from releases.gateway.client import APPLY, Client, object_path
from releases.gateway.errors import ManifestRefused, StillThere
from releases.gateway.kinds import NAMESPACE, Kind, kind_of
from releases.gateway.ownership import MANAGER
from releases.gateway.refusals import Absent, Outdated
from releases.gateway.removing import delete

ATTEMPTS = 4
_QUERY = (("fieldManager", MANAGER), ("force", "true"))


def provide(client: Client, manifest: Mapping[str, Any]) -> None:
    """Raises StillThere while its namespace is being removed, and what a cluster that refuses or is away raises."""
    kind, metadata = kind_of(manifest), manifest["metadata"]
    what = f"{kind.kind} {metadata['name']}"
    path = object_path(kind, metadata["name"], namespace=metadata.get("namespace", ""))
    namespace = metadata["name"] if kind.kind == "Namespace" else metadata.get("namespace", "")
    if kind.kind == "Namespace":
        _check(client, namespace)
    for _attempt in range(ATTEMPTS):
        try:
            client.json("PATCH", path, what=what, query=_QUERY, body=manifest, content_type=APPLY)
            return
        except Outdated:
            continue
        except Absent:
            break
        except ManifestRefused:
            if not _made_way(client, kind, manifest):
                raise
    raise _leaving(client, namespace)


def _check(client: Client, name: str) -> None:
    live = client.find(NAMESPACE, name)
    if live is not None and live["metadata"].get("deletionTimestamp"):
        raise _leaving(client, name)


def _made_way(client: Client, kind: Kind, manifest: Mapping[str, Any]) -> bool:
    """Whether a binding of that name gave another role, and is removed: which one it gives cannot be changed."""
    metadata, namespace = manifest["metadata"], manifest["metadata"].get("namespace", "")
    live = client.find(kind, metadata["name"], namespace=namespace) if "roleRef" in manifest else None
    if live is None or live["roleRef"] == manifest["roleRef"]:
        return False
    return delete(client, kind, metadata["name"], namespace=namespace, uid=live["metadata"]["uid"])


def _leaving(client: Client, namespace: str) -> StillThere:
    sentence = _("Namespace {name} on cluster {cluster} is being removed. It is tried again.")
    return StillThere(sentence.format(name=namespace, cluster=client.cluster))
