"""How the app is reached, and what it may reach: routes, hosts, dependencies, policy."""

from __future__ import annotations

import re
from typing import ClassVar, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field, model_validator

from apps_mgmt.spec.base import ShortText, SpecModel, refuse_doubles
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.health import check_header
from apps_mgmt.spec.names import check_app_name, check_cidr, check_env_name, check_host, check_ip, check_name

# What proxies read as more than a path (quotes, braces, semicolons, spaces) never gets into their configuration.
_PATH = re.compile(r"/[A-Za-z0-9/._~%:@+,=-]*")

HeaderAction = Literal["set", "add", "remove"]
Direction = Literal["request", "response"]


class Route(SpecModel):
    """A host and path that lead to a port of a process. `port` `""` is its first."""

    KEY: ClassVar[tuple[str, ...]] = ("host", "path")

    host: ShortText
    path: ShortText = "/"
    exact: bool = False
    process: ShortText
    port: ShortText = ""

    @model_validator(mode="after")
    def _sound(self) -> Route:
        check_host(self.host, field="routes")
        if not _PATH.fullmatch(self.path) or "//" in self.path:
            sentence = _(
                "{path} cannot be the path of a route. It begins with / and holds letters, digits and / . _ ~ - %."
            )
            raise SpecError(say(sentence, path=self.path or "“”"), field="routes")
        return self


class HeaderRule(SpecModel):
    """Sets, adds or removes one header on the way in (`request`) or out (`response`)."""

    KEY: ClassVar[tuple[str, ...]] = ("direction", "action", "name")

    direction: Direction
    action: HeaderAction = "set"
    name: ShortText
    value: ShortText = ""

    @model_validator(mode="after")
    def _sound(self) -> HeaderRule:
        check_header(self.name, self.value)
        return self


class Redirect(SpecModel):
    """Everything of the host is sent on to another one, with a status that every Gateway API knows."""

    host: ShortText
    status: Literal[301, 302] = 301

    @model_validator(mode="after")
    def _sound(self) -> Redirect:
        check_host(self.host, field="redirect")
        return self


class Tls(SpecModel):
    """Encryption of a host: a certificate of the tenant by name, or one that an issuer gets by itself."""

    certificate: ShortText = ""
    issuer: ShortText = ""
    force: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> Tls:
        if self.certificate and self.issuer:
            sentence = _("A host takes its certificate from the tenant or from an issuer, not both. Choose one.")
            raise SpecError(sentence, field="tls")
        if self.force and not (self.certificate or self.issuer):
            raise SpecError(
                _("Plain HTTP can only be turned away once there is a certificate. Add one first."), field="tls"
            )
        return self


class Domain(SpecModel):
    """What holds for a host as a whole. Times in seconds, 0 is the gateway's own; `allow` `()` lets everybody in."""

    KEY: ClassVar[tuple[str, ...]] = ("host",)

    host: ShortText
    redirect: Redirect | None = None
    headers: tuple[HeaderRule, ...] = ()
    request_timeout: int = Field(default=0, ge=0, le=3600)
    backend_timeout: int = Field(default=0, ge=0, le=3600)
    allow: tuple[ShortText, ...] = ()
    tls: Tls = Tls()

    @model_validator(mode="after")
    def _sound(self) -> Domain:
        check_host(self.host, field="domains")
        refuse_doubles(self.headers, what=_("header rule"), field="headers")
        for cidr in self.allow:
            check_cidr(cidr, field="allow")
        if self.redirect and self.redirect.host == self.host:
            raise SpecError(_("A host cannot be sent on to itself. Choose another target."), field="redirect")
        if 0 < self.request_timeout < self.backend_timeout:
            raise SpecError(
                _("The time for the backend is longer than that for the whole request. Lower it."),
                field="backend_timeout",
            )
        return self


class Maintenance(SpecModel):
    """While on, routes answer a page with this message in place of the app."""

    on: bool = False
    message: ShortText = ""


class Peer(SpecModel):
    """Who may come in: an app of this tenant, or everything of a namespace."""

    KEY: ClassVar[tuple[str, ...]] = ("app", "namespace")

    app: ShortText = ""
    namespace: ShortText = ""

    @model_validator(mode="after")
    def _one(self) -> Peer:
        if bool(self.app) == bool(self.namespace):
            raise SpecError(_("An allowed source is either an app or a namespace. Choose one."), field="network_policy")
        return self


class Destination(SpecModel):
    """Where the app may go: a network, or everything of a namespace; by these ports, `()` by any."""

    KEY: ClassVar[tuple[str, ...]] = ("network", "namespace")

    network: ShortText = ""
    namespace: ShortText = ""
    ports: tuple[int, ...] = Field(default=(), max_length=50)

    @model_validator(mode="after")
    def _one(self) -> Destination:
        if bool(self.network) == bool(self.namespace):
            sentence = _("A destination is either a network or a namespace. Choose one.")
            raise SpecError(sentence, field="network_policy")
        if self.network:
            check_cidr(self.network, field="network_policy")
        for number in self.ports:
            if not 1 <= number <= 65_535:
                sentence = _("{number} is not the number of a port. It is between 1 and 65535.")
                raise SpecError(say(sentence, number=number), field="network_policy")
        return self


class NetworkPolicy(SpecModel):
    """Who may reach the app (`sources`), and where it may go beside the tenant's own apps (`egress` `()`: anywhere)."""

    sources: tuple[Peer, ...] = ()
    from_gateway: bool = True
    egress: tuple[Destination, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> NetworkPolicy:
        refuse_doubles(self.sources, what=_("source"), field="network_policy")
        refuse_doubles(self.egress, what=_("destination"), field="network_policy")
        return self


class HostAlias(SpecModel):
    """Names that stand for an address inside the instances."""

    KEY: ClassVar[tuple[str, ...]] = ("ip",)

    ip: ShortText
    names: tuple[ShortText, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _sound(self) -> HostAlias:
        check_ip(self.ip, field="host_aliases")
        for name in self.names:
            if "." in name:
                check_host(name, field="host_aliases")
            else:
                check_name(name, what=_("host"), field="host_aliases", longest=63)
        return self


class Dependency(SpecModel):
    """Another app of the tenant that this one calls. Its port gives `<PREFIX>_HOST`, `_PORT` and `_ADDR` (host:port).

    `port` is `http`, or `web.http` where several processes have one of that name, or `""` for the first there is.
    `prefix` `""` is the app's name in capitals.
    """

    KEY: ClassVar[tuple[str, ...]] = ("app", "port")

    app: ShortText
    port: ShortText = ""
    prefix: ShortText = ""

    @model_validator(mode="after")
    def _sound(self) -> Dependency:
        check_app_name(self.app)
        for name in self.variables:
            check_env_name(name, field="dependencies")
        return self

    @property
    def row_key(self) -> str:
        return f"{self.app}:{self.port}" if self.port else self.app

    @property
    def variables(self) -> tuple[str, str, str]:
        """The names of the variables it gives: host, port, address."""
        prefix = self.prefix or self.app.upper().replace("-", "_")
        return f"{prefix}_HOST", f"{prefix}_PORT", f"{prefix}_ADDR"


def hosts_of(routes: tuple[Route, ...]) -> tuple[str, ...]:
    """The hosts of these routes, each once, in order."""
    return tuple(dict.fromkeys(route.host for route in routes))


def check_domains(routes: tuple[Route, ...], domains: tuple[Domain, ...]) -> None:
    """SpecError for a domain that no route uses and that sends nowhere."""
    for domain in domains:
        if domain.host not in hosts_of(routes) and not domain.redirect:
            sentence = _("No route leads to {host}. Add the route first, or take what is said of the host away.")
            raise SpecError(say(sentence, host=domain.host), field="domains")
