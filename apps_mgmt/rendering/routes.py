"""Routes: one object for each host. HTTPRoute on the tenant's Gateway, or Ingress where there is no Gateway API."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps_mgmt.rendering.facts import GATEWAY_API, Facts, Manifest
from apps_mgmt.rendering.ingress import ingress
from apps_mgmt.rendering.names import given, manifest, object_name, route_name
from apps_mgmt.spec.app import AppSpec
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.network import Domain, HeaderRule, Route, hosts_of
from apps_mgmt.spec.steps import leaves
from apps_mgmt.spec.steps_acting import TrafficStep
from apps_mgmt.spec.store import digest_json

Notes = list[str | Promise]
ACTIONS = ("set", "add", "remove")


def routes(spec: AppSpec, facts: Facts) -> tuple[tuple[Manifest, ...], tuple[str | Promise, ...]]:
    """The objects for all hosts of the app, and remarks on what this cluster cannot do."""
    rows = all_routes(spec, facts)
    notes: Notes = []
    if spec.maintenance.on and rows and not facts.maintenance:
        notes.append(
            say(_("{cluster} has no maintenance page: routes answer an error meanwhile."), cluster=facts.cluster)
        )
    found: list[Manifest] = []
    hosts = dict.fromkeys((*hosts_of(rows), *(row.host for row in spec.domains if row.redirect)))
    for host in hosts:
        domain = next((row for row in spec.domains if row.host == host), Domain(host=host))
        mine = by_length(row for row in rows if row.host == host)
        if GATEWAY_API in facts.capabilities:
            found += _http_routes(spec, facts, domain, mine)
        else:
            objects, remarks = ingress(spec, facts, domain, mine)
            found += objects
            notes += remarks
    if found and GATEWAY_API not in facts.capabilities:
        notes += _without_shares(spec, facts)
    return tuple(found), tuple(notes)


def _without_shares(spec: AppSpec, facts: Facts) -> list[str | Promise]:
    """What becomes of the steps of a canary that move traffic, where no route can give a share of it."""
    steps = [step for step in leaves(spec.release.strategy.steps) if isinstance(step, TrafficStep)]
    said: list[str | Promise] = []
    if any(step.traffic for step in steps):
        sentence = _(
            "{cluster} has no Gateway API, so routes give no shares of the traffic there: how many instances are new "
            "comes as near to them as it can."
        )
        said.append(say(sentence, cluster=facts.cluster))
    for name in dict.fromkeys(step.header.name for step in steps if step.header):
        sentence = _("{cluster} has no Gateway API, so requests with {header} are not sent to new instances there.")
        said.append(say(sentence, cluster=facts.cluster, header=name))
    return said


def all_routes(spec: AppSpec, facts: Facts) -> tuple[Route, ...]:
    """The spec's routes, and the one of the platform's own address where it is on."""
    front = spec.front() if spec.platform_domain and facts.platform_domain else None
    if front is None:
        return spec.routes
    host = platform_host(facts.app, facts.tenant, facts.platform_domain)
    return (*spec.routes, Route(host=host, process=front[0].name, port=front[1].name))


def platform_host(app: str, tenant: str, domain: str) -> str:
    """`<app>.<tenant>.<platform domain>`."""
    return f"{app}.{tenant}.{domain}"


def listener_name(host: str) -> str:
    """The Gateway's encrypted listener for a host."""
    return f"https-{digest_json(host)[:10]}"


def by_length(rows: Iterable[Route]) -> list[Route]:
    """The longest path first: so the first that matches is the one that is meant."""
    return sorted(rows, key=lambda row: (-len(row.path), row.path))


def _http_routes(spec: AppSpec, facts: Facts, domain: Domain, rows: list[Route]) -> list[Manifest]:
    if domain.allow:
        sentence = _("The gateway of {cluster} cannot keep addresses out. Take the allowed networks of {host} away.")
        raise SpecError(say(sentence, cluster=facts.cluster, host=domain.host), field=f"domains.{domain.host}.allow")
    name = route_name(facts.app, domain.host)
    rules = [_redirect(domain)] if domain.redirect else [_rule(spec, facts, domain, row) for row in rows]
    if not domain.tls.force:
        return [_http_route(name, facts, domain.host, rules)]
    away = {"requestRedirect": {"scheme": "https", "statusCode": 301}, "type": "RequestRedirect"}
    return [
        _http_route(name, facts, domain.host, rules, section=listener_name(domain.host)),
        _http_route(f"{name}-plain", facts, domain.host, [{"filters": [away]}], section="http"),
    ]


def _http_route(name: str, facts: Facts, host: str, rules: list[Manifest], *, section: str = "") -> Manifest:
    parent = given(
        group="gateway.networking.k8s.io",
        kind="Gateway",
        name=facts.gateway,
        namespace=facts.namespace,
        sectionName=section,
    )
    body = {"parentRefs": [parent], "hostnames": [host], "rules": rules}
    return manifest(GATEWAY_API, "HTTPRoute", name=name, facts=facts, spec=body)


def _rule(spec: AppSpec, facts: Facts, domain: Domain, route: Route) -> Manifest:
    kind = "Exact" if route.exact else "PathPrefix"
    timeouts = given(
        request=f"{domain.request_timeout}s" if domain.request_timeout else "",
        backendRequest=f"{domain.backend_timeout}s" if domain.backend_timeout else "",
    )
    filters = [*_header_filter(domain, "request"), *_header_filter(domain, "response")]
    return given(
        matches=[{"path": {"type": kind, "value": route.path}}],
        filters=filters,
        backendRefs=_backends(spec, facts, route),
        timeouts=timeouts,
    )


def _backends(spec: AppSpec, facts: Facts, route: Route) -> list[Manifest]:
    if spec.maintenance.on or spec.stopped:
        return [_backend(facts.maintenance, 80)] if facts.maintenance else []
    port = spec.process(route.process).port(route.port)
    return [_backend(object_name(facts.app, route.process), port.outside)]


def _backend(name: str, port: int) -> Manifest:
    return {"group": "", "kind": "Service", "name": name, "port": port, "weight": 1}


def _redirect(domain: Domain) -> Manifest:
    assert domain.redirect is not None
    target = {"hostname": domain.redirect.host, "statusCode": domain.redirect.status}
    return {"filters": [{"type": "RequestRedirect", "requestRedirect": target}]}


def _header_filter(domain: Domain, direction: str) -> list[Manifest]:
    rules = [rule for rule in domain.headers if rule.direction == direction]
    if not rules:
        return []
    changes = {action: _headers(rules, action) for action in ACTIONS}
    kind, key = (
        ("RequestHeaderModifier", "requestHeaderModifier")
        if direction == "request"
        else ("ResponseHeaderModifier", "responseHeaderModifier")
    )
    return [{"type": kind, key: given(**changes)}]


def _headers(rules: list[HeaderRule], action: str) -> list[Manifest] | list[str]:
    mine = [rule for rule in rules if rule.action == action]
    if action == "remove":
        return [rule.name for rule in mine]
    return [{"name": rule.name, "value": rule.value} for rule in mine]
