"""The same routes as Ingress, for clusters without Gateway API. What it cannot say becomes a remark, never a loss."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps_mgmt.rendering.facts import Facts, Manifest
from apps_mgmt.rendering.names import given, manifest, object_name, route_name
from apps_mgmt.spec.app import AppSpec
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.network import Domain, Route

NGINX = "nginx.ingress.kubernetes.io"
ISSUER = "cert-manager.io/cluster-issuer"


def ingress(
    spec: AppSpec, facts: Facts, domain: Domain, rows: list[Route]
) -> tuple[list[Manifest], list[str | Promise]]:
    """The Ingress of a host and what it leaves out. SpecError where leaving it out would let anybody in."""
    nginx = facts.ingress_class == "nginx"
    if domain.allow and not nginx:
        sentence = _("The ingress of {cluster} cannot keep addresses out. Take the allowed networks of {host} away.")
        raise SpecError(say(sentence, cluster=facts.cluster, host=domain.host), field=f"domains.{domain.host}.allow")
    down = spec.maintenance.on or spec.stopped
    paths = [] if down and not facts.maintenance else [_path(spec, facts, row, down=down) for row in rows]
    if not paths:
        sentence = _("{cluster} has no Gateway API: {host} leads nowhere there.")
        return [], [say(sentence, cluster=facts.cluster, host=domain.host)]
    body = given(
        ingressClassName=facts.ingress_class,
        tls=[{"hosts": [domain.host], "secretName": certificate(domain)}] if certificate(domain) else [],
        rules=[{"host": domain.host, "http": {"paths": paths}}],
    )
    name = route_name(facts.app, domain.host)
    annotations = _annotations(domain, nginx=nginx)
    made = manifest("networking.k8s.io/v1", "Ingress", name=name, facts=facts, annotations=annotations, spec=body)
    return [made], _left_out(facts, domain, nginx=nginx)


def certificate(domain: Domain) -> str:
    """The Secret of the host's certificate: the tenant's, or the one the issuer writes."""
    if domain.tls.certificate:
        return f"slipway-tls-{domain.tls.certificate}"
    return f"slipway-tls-{domain.host.replace('.', '-').replace('*', 'any')}" if domain.tls.issuer else ""


def _path(spec: AppSpec, facts: Facts, route: Route, *, down: bool) -> Manifest:
    port = 80 if down else spec.process(route.process).port(route.port).outside
    name = facts.maintenance if down else object_name(facts.app, route.process)
    kind = "Exact" if route.exact else "Prefix"
    return {"path": route.path, "pathType": kind, "backend": {"service": {"name": name, "port": {"number": port}}}}


def _annotations(domain: Domain, *, nginx: bool) -> dict[str, str]:
    found = given(**{ISSUER: domain.tls.issuer})
    if nginx:
        timeout = domain.backend_timeout or domain.request_timeout
        found |= given(
            **{
                f"{NGINX}/whitelist-source-range": ",".join(domain.allow),
                f"{NGINX}/proxy-read-timeout": str(timeout) if timeout else "",
                f"{NGINX}/force-ssl-redirect": "true" if domain.tls.force else "",
            }
        )
    return found


def _left_out(facts: Facts, domain: Domain, *, nginx: bool) -> list[str | Promise]:
    missing = [
        (bool(domain.redirect), _("the redirect")),
        (bool(domain.headers), _("the header rules")),
        (not nginx and bool(domain.request_timeout or domain.backend_timeout), _("the timeouts")),
        (not nginx and domain.tls.force, _("turning plain HTTP away")),
    ]
    sentence = _("{cluster} has no Gateway API: {what} of {host} cannot be set there.")
    return [say(sentence, cluster=facts.cluster, what=what, host=domain.host) for asked, what in missing if asked]
