"""The web application: who asks, what for, and which part answers."""

from __future__ import annotations

import asyncio

from aiohttp import web

from ..core import access, errors
from ..core.access import User
from ..core.api import APPLY_PATCH
from . import asking, bodies, discovery, logs, openapi, paths, proxies, queries, reading, rendering, writing
from .auth import Tokens
from .faults import Faults
from .paths import Target
from .runner import Runner
from .watching import Watch

_OPEN = ("/version", "/healthz", "/livez", "/readyz")
_WRITES = ("POST", "PUT", "PATCH", "DELETE")


class Shell:
    """Answers requests for one cluster."""

    def __init__(self, runner: Runner, tokens: Tokens) -> None:
        self.runner = runner
        self.tokens = tokens
        self.faults = Faults()

    def application(self) -> web.Application:
        app = web.Application(client_max_size=bodies.LIMIT)
        app.router.add_route("*", "/{path:.*}", self.handle)
        return app

    async def handle(self, request: web.Request) -> web.StreamResponse:
        try:
            if request.path.startswith("/simulator/"):
                return await self._simulator(request)
            await self._suffer(request)
            response = await self._answer(request)
        except errors.ApiError as error:
            response = reading.refusal(error)
        if request.method in _WRITES and self.faults.loses_answer():
            self._cut(request)
        return response

    async def _suffer(self, request: web.Request) -> None:
        """Whatever fault is on."""
        if self.faults.delay_ms:
            await asyncio.sleep(self.faults.delay_ms / 1000)
        if self.faults.down:
            self._cut(request)
        if self.faults.status:
            raise errors.ApiError(self.faults.status, "InternalError", "the simulated cluster was told to fail")

    def _cut(self, request: web.Request) -> None:
        """Close the connection without an answer."""
        if request.transport is not None:
            request.transport.abort()
        raise asyncio.CancelledError

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        if path in _OPEN:
            return reading.answer(discovery.version()) if path == "/version" else web.Response(text="ok")
        query, store = dict(request.query), self.runner.cluster.store
        user = self.tokens.user(request.headers.get("Authorization", ""), store)
        access.check(store, user, asking.attributes(request.method, path, query))
        if not paths.is_served(path):
            return web.Response(status=404, text="404 page not found\n")
        accept = request.headers.get("Accept", "")
        if path.startswith("/openapi/"):
            return openapi.answer(path, accept=accept)
        parts = path.strip("/").split("/")
        if path.rstrip("/") in ("/api", "/apis") or len(parts) == (2 if parts[0] == "api" else 3) or len(parts) == 2:
            return self._discover(path, accept)
        return await self._resource(request, paths.parse(path), user, accept)

    def _discover(self, path: str, accept: str) -> web.Response:
        aggregated = "as=APIGroupDiscoveryList" in accept and "v=v2;" in accept.replace(" ", "") + ";"
        response = reading.answer(discovery.document(path, aggregated=aggregated))
        if aggregated and path.rstrip("/") in ("/api", "/apis"):
            response.headers["Content-Type"] = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
        return response

    async def _resource(self, request: web.Request, target: Target, user: User, accept: str) -> web.StreamResponse:
        query = dict(request.query)
        if request.method == "GET" and "get" in target.kind.verbs:
            if target.subresource == "log":
                return await logs.serve(self.runner, request, target, query)
            if target.subresource == "proxy":
                return proxies.serve(self.runner, target, request.path)
            if not target.subresource and (target.watch or queries.flag(query, "watch")):
                self.runner.touch()
                return await Watch(self.runner, self.faults, target, query, accept=accept).serve(request)
            return reading.get(self.runner.touch(), target, query, accept=accept)
        if request.method not in _WRITES or target.subresource in ("log", "proxy"):
            raise errors.method_not_allowed()
        # The body is read before the clock is set: nothing may come between the clock and the write.
        await request.read()
        cluster = self.runner.touch()
        if request.method == "POST":
            return await writing.post(cluster, target, query, request, user=user, tokens=self.tokens)
        if "get" not in target.kind.verbs:
            raise errors.method_not_allowed()
        if request.content_type == APPLY_PATCH:
            self._check_creation(target, user)
        handler = {"PUT": writing.put, "PATCH": writing.patch, "DELETE": writing.delete}[request.method]
        return await handler(cluster, target, query, request, user=user)

    def _check_creation(self, target: Target, user: User) -> None:
        """To apply what is not there takes the right to create it, too."""
        store, kind = self.runner.cluster.store, target.kind
        if not target.subresource and store.get(kind, target.namespace, target.name) is None:
            wanted = access.Attributes("create", kind.group, kind.plural, "", target.namespace, target.name)
            access.check(store, user, wanted)

    async def _simulator(self, request: web.Request) -> web.Response:
        """The endpoints no real cluster has: faults, counts, the journal of writes."""
        if not self.tokens.is_admin(request.headers.get("Authorization", "")):
            raise errors.unauthorized()
        journal, place = self.runner.cluster.api.journal, (request.method, request.path)
        if place == ("POST", "/simulator/faults"):
            forget, _ = self.faults.set(await bodies.read(request))
            if forget:
                self.runner.cluster.store.compact()
            self.runner.wake_watchers()
            return reading.answer(self.faults.shown())
        if place == ("GET", "/simulator/faults"):
            return reading.answer(self.faults.shown())
        if place == ("GET", "/simulator/counts"):
            return reading.answer(journal.counts)
        if place == ("DELETE", "/simulator/counts"):
            journal.clear()
            return reading.answer({})
        if place == ("GET", "/simulator/changes"):
            since = queries.number(dict(request.query), "since")
            rows = [row for row in journal.rows if row["resourceVersion"] > since]
            return web.Response(body=rendering.to_bytes(rows), content_type="application/json")
        raise errors.no_such_path()
