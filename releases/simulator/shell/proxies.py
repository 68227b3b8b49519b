"""``GET …/pods/name:port/proxy/path``: what an instance answers to somebody who is not in the cluster.

An instance that is ready knows the paths that its log speaks of, and no others; a broken one knows none.
"""

from __future__ import annotations

from aiohttp import web

from ..core import errors
from ..core.images import BROKEN, parse
from ..core.kinds import POD
from ..core.logs import PATHS
from ..core.objects import condition_true
from .paths import Target
from .runner import Runner


def serve(runner: Runner, target: Target, path: str) -> web.Response:
    """Answer as the instance would; 503 where nothing listens."""
    name, _colon, port = target.name.partition(":")
    pod = runner.touch().store.need(POD, target.namespace, name)
    listening = {str(row["containerPort"]) for one in pod["spec"]["containers"] for row in one.get("ports") or ()}
    if not condition_true(pod, "Ready") or (port or next(iter(listening), "")) not in listening:
        address = pod.get("status", {}).get("podIP", "")
        words = f"error trying to reach service: dial tcp {address}:{port}: connect: connection refused"
        raise errors.ApiError(503, "ServiceUnavailable", words)
    asked = path.partition("/proxy")[2] or "/"
    if any(parse(one["image"]).conduct == BROKEN for one in pod["spec"]["containers"]):
        return web.Response(status=500, text="500 internal server error")
    if asked not in PATHS:
        return web.Response(status=404, text="404 page not found")
    return web.Response(text="ok")
