"""What a cluster serves, asked over asyncio; the same facts as `releases.gateway.discovery` gives."""

from __future__ import annotations

from typing import Any

from releases.agent.session import Refused, Session
from releases.gateway.client import object_path
from releases.gateway.discovery import IDENTITY, identity_in, versions_of
from releases.gateway.kinds import CLONESET_GROUP, GATEWAY_GROUP, NAMESPACE, Kind


async def capabilities(session: Session) -> dict[str, Any]:
    """`{server_version, groups, gateway_api, cloneset, uid}`; "" for what is not served, no uid where the account may
    not read it. Raises `session.TROUBLES`.
    """
    version = await session.get("/version")
    listing = await session.get("/apis")
    groups = {str(group["name"]): versions_of(group) for group in listing.get("groups") or []}
    return {
        "server_version": str(version.get("gitVersion") or ""),
        "groups": groups,
        "gateway_api": await _version_with(session, GATEWAY_GROUP, "httproutes", groups),
        "cloneset": await _version_with(session, CLONESET_GROUP, "clonesets", groups),
        **await _identity(session),
    }


def cloneset_kind(found: dict[str, Any]) -> Kind | None:
    """CloneSet in the version the capabilities name, None without."""
    version = found["cloneset"]
    return Kind(f"{CLONESET_GROUP}/{version}", "CloneSet", "clonesets") if version else None


async def _identity(session: Session) -> dict[str, str]:
    try:
        return identity_in(await session.get(object_path(NAMESPACE, IDENTITY)))
    except Refused as refusal:
        if refusal.status not in (403, 404):
            raise
        return {}


async def _version_with(session: Session, group: str, plural: str, groups: dict[str, list[str]]) -> str:
    for version in groups.get(group, []):
        try:
            listing = await session.get(f"/apis/{group}/{version}")
        except Refused as refusal:
            if refusal.status != 404:
                raise
            continue
        if any(resource.get("name") == plural for resource in listing.get("resources") or []):
            return version
    return ""
