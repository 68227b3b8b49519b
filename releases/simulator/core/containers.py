"""One container on its node: pull, start, run, and what the image makes of it, as a small machine on a clock.

Its memory is a plain dict (``stage``, ``at`` = when it moves next, ``restarts``, ``started``, ``ready`` …), so that a
whole cluster can be written to a file and go on where it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from . import images
from .images import CRASH, MISSING, STALL, Image
from .objects import Object, controller_of, fraction, timestamp

State = dict[str, Any]
Tell = Callable[[str, str, str], None]
"""Reports ``(reason, message, Normal or Warning)`` as an Event of the pod."""

_RUNS = 0.7
"""Seconds until a container crashes, or a Job's has done its work."""
_FIRST_RESTART = 0.3
_FIRST_BACKOFF = 10.0
_LONGEST_BACKOFF = 300.0
EXIT_CODE = 1


def fresh(now: float) -> State:
    return {"stage": "pull", "at": now, "restarts": 0, "started": None, "ready": False, "fails": 0, "last": None}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def image_id(image: Image) -> str:
    return f"{images.canonical(image).partition(':')[0]}@sha256:{_hash(image.reference)}"


def _pause(count: int) -> float:
    return min(_FIRST_BACKOFF * 2.0 ** max(0, count), _LONGEST_BACKOFF)


def _ready_delay(container: Object, seed: str) -> float:
    """Seconds from start to ready: as long as the probes ask, and a moment for the program itself."""
    delay = 0.2 + 0.4 * fraction(seed + "/ready")
    for probe in ("startupProbe", "readinessProbe"):
        delay = max(delay, float((container.get(probe) or {}).get("initialDelaySeconds", 0)))
    return delay


class Machine:
    """Moves one container's state; ``cached`` are the images its node has."""

    def __init__(self, pod: Object, container: Object, state: State, *, now: float, cached: list[str]) -> None:
        self.pod = pod
        self.container = container
        self.state = state
        self.now = now
        self.cached = cached
        self.image = images.parse(container["image"])
        self.seed = f"{pod['metadata']['uid']}/{container['name']}/{state['restarts']}"

    def step(self, tell: Tell) -> None:
        """Do whatever is due; ``at`` says when the next thing is, None when nothing will happen by itself."""
        for _ in range(8):
            if self.state["at"] is None or self.state["at"] > self.now:
                return
            getattr(self, "_" + self.state["stage"])(tell)

    def _to(self, stage: str, *, after: float | None = 0.0) -> None:
        self.state["stage"] = stage
        self.state["at"] = None if after is None else self.now + after

    def _pull(self, tell: Tell) -> None:
        reference = self.container["image"]
        seconds = images.pull_seconds(self.image, self.container, cached=reference in self.cached)
        if seconds is None:
            tell("Pulled", f'Container image "{reference}" already present on machine', "Normal")
            self._to("create", after=0.1 + 0.2 * fraction(self.seed))
            return
        tell("Pulling", f'Pulling image "{reference}"', "Normal")
        self.state["pull"] = seconds
        self._to("pulling", after=seconds)

    def _pulling(self, tell: Tell) -> None:
        reference = self.container["image"]
        if self.image.conduct == MISSING:
            message = images.missing_message(self.image)
            tell("Failed", f'Failed to pull image "{reference}": {message}', "Warning")
            tell("Failed", "Error: ErrImagePull", "Warning")
            self.state["fails"] += 1
            self._to("pull_failed", after=1.5)
            return
        if reference not in self.cached:
            self.cached.append(reference)
        took = self.state.pop("pull", 0.0)
        words = f'Successfully pulled image "{reference}" in {took:.3f}s ({took:.3f}s including waiting). Image size: '
        tell("Pulled", words + f"{images.size_bytes(self.image)} bytes.", "Normal")
        self._to("create", after=0.1 + 0.2 * fraction(self.seed))

    def _pull_failed(self, tell: Tell) -> None:
        tell("BackOff", f'Back-off pulling image "{self.container["image"]}"', "Normal")
        tell("Failed", "Error: ImagePullBackOff", "Warning")
        self._to("pull_backoff", after=_pause(self.state["fails"] - 1))

    def _pull_backoff(self, tell: Tell) -> None:
        self._pull(tell)

    def _create(self, tell: Tell) -> None:
        name = self.container["name"]
        tell("Created", f"Created container: {name}", "Normal")
        tell("Started", f"Started container {name}", "Normal")
        self.state.update(started=self.now, ready=False, fails=0)
        if self.image.conduct == CRASH:
            self._to("crash", after=_RUNS)
        elif self.image.conduct == STALL:
            probe = self.container.get("readinessProbe") or {}
            self._to("stall", after=float(probe.get("initialDelaySeconds", 0)) + probe.get("periodSeconds", 1) / 10)
        elif self._has_an_end():
            self.state["ready"] = "readinessProbe" not in self.container
            self._to("end", after=_RUNS)
        else:
            self._to("become_ready", after=_ready_delay(self.container, self.seed))

    def _become_ready(self, tell: Tell) -> None:
        self.state["ready"] = True
        self._to("running", after=None)

    def _stall(self, tell: Tell) -> None:
        self.state["fails"] += 1
        tell("Unhealthy", self._probe_message(), "Warning")
        self._to("stall", after=_pause(self.state["fails"] - 1))

    def _probe_message(self) -> str:
        probe = self.container.get("readinessProbe") or {}
        if "tcpSocket" in probe:
            address = f"{self.pod.get('status', {}).get('podIP', '')}:{probe['tcpSocket'].get('port')}"
            return f"Readiness probe failed: dial tcp {address}: connect: connection refused"
        if "grpc" in probe:
            address = f"{self.pod.get('status', {}).get('podIP', '')}:{probe['grpc'].get('port')}"
            return f'Readiness probe failed: timeout: failed to connect service "{address}" within 1s'
        if "exec" in probe:
            return "Readiness probe failed: command exited with 1"
        return "Readiness probe failed: HTTP probe failed with statuscode: 503"

    def _has_an_end(self) -> bool:
        """What a Job runs comes to an end by itself."""
        owner = controller_of(self.pod)
        return owner is not None and owner["kind"] == "Job"

    def _end(self, tell: Tell) -> None:
        self._exit(0, "Completed")
        self._to("done", after=None)

    def _exit(self, code: int, reason: str) -> None:
        self.state["last"] = {
            "exitCode": code,
            "reason": reason,
            "startedAt": timestamp(self.state["started"]),
            "finishedAt": timestamp(self.now),
            "containerID": self.container_id(),
        }
        self.state["last_started"], self.state["started"] = self.state["started"], None
        self.state["ready"] = False

    def _crash(self, tell: Tell) -> None:
        self._exit(EXIT_CODE, "Error")
        if self.pod["spec"].get("restartPolicy") == "Never":
            self._to("done", after=None)
            return
        self._to("dead", after=_FIRST_RESTART)

    def _dead(self, tell: Tell) -> None:
        if self.state["restarts"] == 0:
            self._restart(tell)
            return
        tell(
            "BackOff", f"Back-off restarting failed container {self.container['name']} in pod {self._pod()}", "Warning"
        )
        self._to("backoff", after=_pause(self.state["restarts"] - 1))

    def _backoff(self, tell: Tell) -> None:
        self._restart(tell)

    def _restart(self, tell: Tell) -> None:
        self.state["restarts"] += 1
        self._to("pull")

    def _pod(self) -> str:
        meta = self.pod["metadata"]
        return f"{meta['name']}_{meta['namespace']}({meta['uid']})"

    def container_id(self) -> str:
        return "containerd://" + _hash(self.seed)

    def _state(self) -> Object:
        stage = self.state["stage"]
        if self.state["started"] is not None:
            return {"running": {"startedAt": timestamp(self.state["started"])}}
        if stage in ("dead", "done"):
            return {"terminated": self.state["last"]}
        if stage == "backoff":
            wait = int(_pause(self.state["restarts"] - 1))
            message = f"back-off {wait}s restarting failed container={self.container['name']} pod={self._pod()}"
            return {"waiting": {"reason": "CrashLoopBackOff", "message": message}}
        if stage == "pull_failed":
            return {"waiting": {"reason": "ErrImagePull", "message": images.missing_message(self.image)}}
        if stage == "pull_backoff" or (stage in ("pull", "pulling") and self.state["fails"]):
            message = (
                f'Back-off pulling image "{self.container["image"]}": ErrImagePull: '
                f"{images.missing_message(self.image)}"
            )
            return {"waiting": {"reason": "ImagePullBackOff", "message": message}}
        if stage == "config":
            return {"waiting": {"reason": "CreateContainerConfigError", "message": self.state["problem"]}}
        return {"waiting": {"reason": self.state.get("waiting", "ContainerCreating")}}

    def status(self) -> Object:
        """The container's row in ``containerStatuses``."""
        running = self.state["started"] is not None
        there = running or self.state["last"] is not None
        row: Object = {
            "name": self.container["name"],
            "state": self._state(),
            "lastState": {},
            "ready": bool(self.state["ready"]),
            "restartCount": self.state["restarts"],
            "image": self.container["image"],
            "imageID": image_id(self.image) if there else "",
            "started": running and self.state["stage"] != "crash" if there else False,
        }
        if self.state["last"] is not None and self.state["stage"] not in ("dead", "done"):
            row["lastState"] = {"terminated": self.state["last"]}
        if running:
            row["containerID"] = self.container_id()
        elif there:
            row["containerID"] = self.state["last"]["containerID"]
        return row
