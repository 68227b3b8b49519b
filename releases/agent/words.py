"""What an instance in trouble says itself: its last log lines and the events about it, asked once per restart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from releases.agent.session import Refused, Session
from releases.gateway.client import object_path
from releases.gateway.kinds import EVENT, POD
from releases.gateway.trimming import plain_text, trim_event

LINES = 10
LINE_LENGTH = 500
EVENTS = 8
MAX_BYTES = "32768"

_NORMAL_WAITING = frozenset({"", "ContainerCreating", "PodInitializing"})


class Question(NamedTuple):
    """Whom to ask: the container in trouble, at which restart. `token` names the occasion.

    `began`: it has run before, so it may have said something. Whatever the log of another one holds is not its words.
    """

    namespace: str
    pod: str
    uid: str
    container: str
    restarts: int
    previous: bool
    began: bool = True

    @property
    def token(self) -> str:
        return f"{self.uid}/{self.container}/{self.restarts}"


def question(pod: Mapping[str, Any]) -> Question | None:
    """What to ask about a pod; None while its containers neither ended badly nor wait for a bad reason. Pure."""
    metadata, status = pod.get("metadata") or {}, pod.get("status") or {}
    containers = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    for container in containers:
        state = container.get("state") or {}
        waiting = str((state.get("waiting") or {}).get("reason") or "")
        if waiting not in _NORMAL_WAITING or (state.get("terminated") or {}).get("exitCode"):
            restarts = int(container.get("restartCount") or 0)
            return Question(
                namespace=str(metadata.get("namespace", "")),
                pod=str(metadata.get("name", "")),
                uid=str(metadata.get("uid", "")),
                container=str(container.get("name", "")),
                restarts=restarts,
                previous=bool(restarts and not state.get("terminated")),
                began=bool(restarts or state.get("terminated") or (container.get("lastState") or {}).get("terminated")),
            )
    return None


def is_ready(pod: Mapping[str, Any]) -> bool:
    """Whether the pod says of itself that it is ready: what it said in trouble is then past. Pure."""
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(entry.get("type") == "Ready" and entry.get("status") == "True" for entry in conditions)


async def ask(session: Session, asked: Question) -> dict[str, Any]:
    """`{container, restarts, previous, log: [line], events: [event]}`. Raises what `session.TROUBLES` lists."""
    log = await _log(session, asked, previous=asked.previous) if asked.began else []
    if not log and asked.restarts:
        log = await _log(session, asked, previous=not asked.previous)
    return {
        "container": asked.container,
        "restarts": asked.restarts,
        "previous": asked.previous,
        "log": log,
        "events": await _events(session, asked),
    }


async def _log(session: Session, asked: Question, *, previous: bool) -> list[str]:
    query = {"container": asked.container, "tailLines": str(LINES), "limitBytes": MAX_BYTES}
    if previous:
        query["previous"] = "true"
    path = object_path(POD, asked.pod, namespace=asked.namespace, subresource="log")
    try:
        raw = await session.text(path, query)
    except Refused:
        # It never started, or the log is gone with its node: there is nothing to show.
        return []
    return [plain_text(line, limit=LINE_LENGTH) for line in raw.decode("utf-8", "replace").splitlines()][-LINES:]


async def _events(session: Session, asked: Question) -> list[dict[str, Any]]:
    path = object_path(EVENT, "", namespace=asked.namespace)
    query = {"fieldSelector": f"involvedObject.uid={asked.uid}", "limit": "100"}
    try:
        answer = await session.get(path, query)
    except Refused:
        return []
    events = sorted((trim_event(event) for event in answer.get("items") or ()), key=lambda event: str(event["at"]))
    return events[-EVENTS:]
