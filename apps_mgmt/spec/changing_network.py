"""Changes to ports, routes, hosts and dependencies."""

from __future__ import annotations

from typing import Any, Self

from django.utils.translation import gettext_lazy as _

from apps_mgmt.spec.base import drop, find, put
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.names import check_name
from apps_mgmt.spec.network import Dependency, Domain, Route
from apps_mgmt.spec.ports import Port
from apps_mgmt.spec.process import Process
from apps_mgmt.spec.shape import SpecShape


class NetworkChanges(SpecShape):
    """How the app is reached and whom it calls."""

    def with_port(self, process: str, name: str, port: int, **fields: Any) -> Self:
        """One more port of a process: `protocol`, `service_port`, `exposure`."""
        owner = self.process(process)
        check_name(name, what=_("port"), field="name", longest=15)
        if any(row.name == name for row in owner.ports):
            sentence = _("{process} has a port {name} already. Choose another name, or change that port.")
            raise SpecError(say(sentence, process=process, name=name), field="name")
        return self._with(owner.change(ports=(*owner.ports, Port(name=name, port=port, **fields))))

    def with_port_changed(self, process: str, name: str, /, **changes: Any) -> Self:
        """A port with these fields changed. Under another name, probes and routes follow."""
        owner = self.process(process)
        port = owner.port(name)
        changed = port.change(**changes)
        if changed.name == port.name:
            return self._with(owner.change(ports=put(owner.ports, changed)))
        if any(row.name == changed.name for row in owner.ports):
            sentence = _("{process} has a port {name} already. Choose another name.")
            raise SpecError(say(sentence, process=process, name=changed.name), field="name")
        probes = {kind: probe.change(port=changed.name) for kind, probe in owner.probes.given() if probe.port == name}
        ports = tuple(changed if row is port else row for row in owner.ports)
        routes = tuple(
            row.change(port=changed.name) if (row.process, row.port) == (process, name) else row for row in self.routes
        )
        moved = owner.change(ports=ports, probes=owner.probes.change(**probes))
        return self.change(processes=put(self.processes, moved), routes=routes)

    def without_port(self, process: str, name: str) -> Self:
        """Without a port. SpecError while a probe or a route needs it."""
        owner = self.process(process)
        port = owner.port(name)
        for which, probe in owner.probes.given():
            if probe.kind != "exec" and owner.port(probe.port) is port:
                sentence = _("The {probe} probe of {process} uses the port {name}. Change the probe first.")
                raise SpecError(say(sentence, probe=which, process=process, name=name), field="port")
        for route in self.routes:
            if route.process == process and owner.port(route.port) is port:
                sentence = _("The route {route} leads to the port {name}. Remove the route first.")
                raise SpecError(say(sentence, route=route.row_key, name=name), field="port")
        return self._with(owner.change(ports=drop(owner.ports, [port.name], what=_("port"))))

    def with_route(self, host: str, path: str = "/", *, process: str, port: str = "", exact: bool = False) -> Self:
        """A route, new or in place of the one of that host and path."""
        row = Route(host=host, path=path, process=process, port=port, exact=exact)
        return self.change(routes=put(self.routes, row))

    def without_route(self, host: str, path: str = "/") -> Self:
        """Without a route. What was said of its host goes with the last route of it."""
        routes = drop(self.routes, [f"{host}{path}"], what=_("route"))
        kept = {route.host for route in routes}
        domains = tuple(row for row in self.domains if row.host in kept or row.host != host)
        return self.change(routes=routes, domains=domains)

    def domain(self, host: str) -> Domain:
        """What is said of a host; nothing yet gives an empty one. SpecError for a host that no route has."""
        for row in self.domains:
            if row.host == host:
                return row
        find(self.routes, next((r.row_key for r in self.routes if r.host == host), host), what=_("route"), field="host")
        return Domain(host=host)

    def with_domain(self, host: str, **changes: Any) -> Self:
        """A host with these changed: redirect, headers, timeouts, allowed networks, tls."""
        known = next((row for row in self.domains if row.host == host), Domain(host=host))
        return self.change(domains=put(self.domains, known.change(**changes)))

    def without_domain(self, host: str) -> Self:
        """Nothing said of a host any more."""
        return self.change(domains=drop(self.domains, [host], what=_("host")))

    def with_dependency(self, app: str, *, port: str = "", prefix: str = "") -> Self:
        """Another app that this one calls, by one of its ports (`""`: its first)."""
        return self.change(dependencies=put(self.dependencies, Dependency(app=app, port=port, prefix=prefix)))

    def without_dependency(self, app: str, *, port: str = "") -> Self:
        """Without a dependency. SpecError while a variable refers to it."""
        rows = drop(self.dependencies, [f"{app}:{port}" if port else app], what=_("dependency on"))
        return self.change(dependencies=rows)

    def _with(self, process: Process) -> Self:
        return self.change(processes=put(self.processes, process))
