"""``GET …/pods/name/log``: the words of a container, followed as they come where asked."""

from __future__ import annotations

from contextlib import suppress

from aiohttp import web

from ..core import errors, logs
from ..core.objects import parse_timestamp
from ..core.validate import names
from .paths import Target
from .queries import Query, flag, number
from .runner import Runner

_LONGEST_WAIT = 1.0


def _since(query: Query, now: float) -> float:
    if query.get("sinceSeconds"):
        return now - number(query, "sinceSeconds")
    if text := query.get("sinceTime"):
        try:
            return parse_timestamp(text)
        except ValueError as error:
            raise errors.bad_request(f'sinceTime: Invalid value: "{text}"') from error
    return 0.0


def _check(pod: str, query: Query) -> None:
    """422 for what nobody can be told."""
    causes = []
    if query.get("tailLines"):
        causes += names.not_negative("tailLines", number(query, "tailLines"))
    for name in ("limitBytes", "sinceSeconds"):
        if query.get(name) and number(query, name) < 1:
            causes.append(names.bad(name, number(query, name), "must be greater than 0"))
    if causes:
        raise errors.invalid_log_options(pod, causes)


async def serve(runner: Runner, request: web.Request, target: Target, query: Query) -> web.StreamResponse:
    cluster = runner.touch()
    _check(target.name, query)
    run = logs.source(
        cluster.world,
        target.namespace,
        target.name,
        container=query.get("container", ""),
        previous=flag(query, "previous"),
    )
    timestamps = flag(query, "timestamps")
    tail = number(query, "tailLines") if query.get("tailLines") else None
    found = logs.lines(run, now=cluster.now, since=_since(query, cluster.now), tail=tail)
    text = "".join(logs.shown(line, timestamps=timestamps) for line in found)
    if limit := number(query, "limitBytes"):
        text = text[:limit]
    if not flag(query, "follow"):
        return web.Response(text=text, content_type="text/plain")
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    with suppress(ConnectionResetError):
        await response.write(text.encode())
        await _follow(runner, target, run, response, timestamps=timestamps)
        await response.write_eof()
    return response


async def _follow(
    runner: Runner, target: Target, run: logs.Source, response: web.StreamResponse, *, timestamps: bool
) -> None:
    """Send lines as they are written, until the container's run is over."""
    container, seen = run.container["name"], runner.now()
    while (due := logs.next_line_at(run, now=seen)) is not None:
        await runner.sleep(min(due - runner.now(), _LONGEST_WAIT * runner.speed))
        cluster = runner.touch()
        try:
            present = logs.source(cluster.world, target.namespace, target.name, container=container, previous=False)
        except errors.ApiError:
            return
        if present.seed != run.seed or present.end is not None:
            return
        for line in logs.lines(run, now=cluster.now, since=seen):
            await response.write(logs.shown(line, timestamps=timestamps).encode())
        seen = cluster.now
