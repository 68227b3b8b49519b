"""What containers say: lines that follow from image, pod and time alone, so that nothing needs to be kept.

A container that runs says a few words when it starts and then something every few seconds. One that crashes says why,
and `echo` says what it is told to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from . import errors, images
from .kinds import POD
from .objects import Object, fraction, micro_timestamp
from .world import World

_EVERY = 7.0
PATHS = ("/", "/healthz", "/api/v1/items", "/cart", "/product/OLJCESPC7Z", "/static/app.css", "/api/v1/orders")
_CRASH_WORDS = (
    'level=fatal msg="cannot start: the setting LISTEN_ADDRESS has no value"',
    "panic: runtime error: invalid memory address or nil pointer dereference",
    "Error: connect ECONNREFUSED 10.96.0.53:5432: the database does not answer",
    "Traceback (most recent call last): ModuleNotFoundError: No module named 'app.settings'",
)


_NAMED = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")


class Line(NamedTuple):
    """One line and the cluster time it was written at."""

    at: float
    text: str


class Source(NamedTuple):
    """A run of one container whose words are wanted; ``end`` is None while it goes on."""

    seed: str
    image: images.Image
    container: Object
    start: float
    end: float | None


def _status_refusal(pod: Object, container: str) -> errors.ApiError:
    for row in pod.get("status", {}).get("containerStatuses") or ():
        if row["name"] == container and "waiting" in row["state"]:
            reason = row["state"]["waiting"].get("reason", "ContainerCreating")
            words = "trying and failing to pull image" if "Pull" in reason else reason
            return errors.bad_request(
                f'container "{container}" in pod "{pod["metadata"]["name"]}" is waiting to start: {words}'
            )
    return errors.bad_request(f'container "{container}" in pod "{pod["metadata"]["name"]}" is not available')


def source(world: World, namespace: str, name: str, *, container: str, previous: bool) -> Source:
    """The run that ``kubectl logs`` would show; 400 when there is none, as the API says it."""
    pod = world.store.need(POD, namespace, name)
    names = [row["name"] for row in pod["spec"]["containers"]]
    if not container and len(names) > 1:
        raise errors.bad_request(
            f"a container name must be specified for pod {name}, choose one of: [{' '.join(names)}]"
        )
    container = container or names[0]
    if container not in names:
        raise errors.bad_request(f"container {container} is not valid for pod {name}")
    spec = next(row for row in pod["spec"]["containers"] if row["name"] == container)
    memory: dict[str, Any] = world.runtime.get(pod["metadata"]["uid"], {})
    state = memory.get("containers", {}).get(container)
    if state is None:
        raise _status_refusal(pod, container)
    image = images.parse(spec["image"])
    restarts = state["restarts"]
    if state["started"] is not None and not previous:
        return Source(f"{pod['metadata']['uid']}/{restarts}", image, spec, state["started"], None)
    if state["last"] is None:
        if previous:
            raise errors.bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
        raise _status_refusal(pod, container)
    start = state["last_started"]
    return Source(f"{pod['metadata']['uid']}/{max(0, restarts - 1)}", image, spec, start, start + 0.7)


def _command(run: Source) -> list[str]:
    """What is run, with the variables that it names filled in as a kubelet does."""
    known = {row["name"]: row["value"] for row in run.container.get("env") or () if "value" in row}
    words = [*(run.container.get("command") or ()), *(run.container.get("args") or ())]
    return [_NAMED.sub(lambda found: known.get(found[1], found[0]), str(word)) for word in words]


def _opening(run: Source) -> Iterator[Line]:
    said = _command(run)
    if said[:1] == ["echo"]:
        yield Line(run.start + 0.02, " ".join(said[1:]))
        return
    program = run.image.name.rsplit("/", 1)[-1]
    ports = [str(port["containerPort"]) for port in run.container.get("ports") or ()]
    yield Line(run.start + 0.02, f"{program} {run.image.tag} starting")
    yield Line(run.start + 0.05, f"read {len(run.container.get('env') or ())} settings from the environment")
    if run.image.conduct == images.CRASH:
        yield Line(run.start + 0.4, "waiting for dependencies")
        yield Line(run.start + 0.65, _CRASH_WORDS[int(fraction(run.image.name) * len(_CRASH_WORDS))])
        yield Line(run.start + 0.69, "exit status 1")
        return
    if run.image.conduct == images.STALL:
        yield Line(run.start + 0.2, "waiting for the cache to warm up; not ready")
        return
    yield Line(run.start + 0.15, f"listening on :{', :'.join(ports)}" if ports else "ready")


def _request(run: Source, number: int) -> Line:
    luck = fraction(f"{run.seed}/{number}")
    at = run.start + number * _EVERY + luck * 5.0
    if run.image.conduct == images.STALL:
        return Line(at, f"still warming up, {int(luck * 90)} of 100; not ready")
    path = PATHS[int(luck * len(PATHS))]
    return Line(at, f"level=info method=GET path={path} status=200 duration_ms={1 + int(luck * 37)}")


def lines(run: Source, *, now: float, since: float = 0.0, tail: int | None = None) -> list[Line]:
    """What was said until ``now``, from ``since`` on, the last ``tail`` lines of it."""
    end = now if run.end is None else min(now, run.end)
    opening = [line for line in _opening(run) if since < line.at <= end]
    first, last = 1, int((end - run.start) / _EVERY) + 1
    if since > run.start:
        first = max(1, int((since - run.start) / _EVERY) - 1)
    if tail is not None:
        first = max(first, last - tail - 1)
    if run.image.conduct == images.CRASH:
        first = last
    later = [line for number in range(first, last) if since < (line := _request(run, number)).at <= end]
    found = opening + later
    return found[max(0, len(found) - tail) :] if tail is not None else found


def next_line_at(run: Source, *, now: float) -> float | None:
    """When this run says something next; None when it has ended."""
    if run.end is not None or run.image.conduct == images.CRASH:
        return None
    coming = [line.at for line in _opening(run) if line.at > now]
    number = max(1, int((now - run.start) / _EVERY))
    coming += [line.at for place in range(number, number + 3) if (line := _request(run, place)).at > now]
    return min(coming)


def shown(line: Line, *, timestamps: bool) -> str:
    return (f"{micro_timestamp(line.at)} " if timestamps else "") + line.text + "\n"
