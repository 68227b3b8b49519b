"""What people read about a cluster: rows of a preview and of the audit log, and sentences of warning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps_mgmt.rendering.tenancy import DEPLOYER, LEVEL
from releases.clusters import accounts
from releases.clusters.rules import grouped, short
from releases.clusters.values import Access, ClusterValue, NewCluster

Rows = list[dict[str, Any]]


def rows_of_new(new: NewCluster) -> Rows:
    known = {
        _("Name"): new.name,
        _("Title"): new.title,
        _("Server"): new.access.server,
        _("Signs in with"): way(new.access.signs_in_with),
    }
    return [_added(label, one) for label, one in (known | facts(new.report)).items()]


def rows_of_change(before: ClusterValue, after: ClusterValue) -> Rows:
    pairs = [
        (_("Title"), before.title, after.title),
        (_("Server"), before.access.server, after.access.server),
        (_("Signs in with"), way(before.access.signs_in_with), way(after.access.signs_in_with)),
    ]
    rows = [_changed(label, old, new) for label, old, new in pairs if old != new]
    if before.restricted != after.restricted:
        rows.append(_text(_("Restricted"), before.restricted, after.restricted))
    if before.prometheus != after.prometheus:
        rows.append(_text(_("Prometheus"), before.prometheus, after.prometheus))
    if before.access.sealed != after.access.sealed:
        rows.append(_changed(_("Credential"), _("the old one"), _("a new one")))
    rows += [_added(_("Tenant"), _where(name, after)) for name in sorted(after.tenants - before.tenants)]
    gone = sorted(before.tenants - after.tenants)
    rows += [{"label": _("Tenant"), "before": name, "after": None, "kind": "removed"} for name in gone]
    return rows + rows_between(before.report, after.report)


def rows_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> Rows:
    """What a cluster answers otherwise than it did."""
    old = facts(before)
    return [_changed(label, old[label], new) for label, new in facts(after).items() if old[label] != new]


def facts(report: Mapping[str, Any]) -> dict[str, str]:
    """`{label: words}` of what a cluster said of itself."""
    return {
        "Kubernetes": report.get("server_version") or _("not known"),
        "Gateway API": report.get("gateway_api") or _("not served"),
        "OpenKruise CloneSet": report.get("cloneset") or _("not served"),
        _("Rights"): rights(report),
        _("Accounts"): accounts.summary(report),
    }


def rights(report: Mapping[str, Any]) -> str:
    """Whether Slipway's account may do all that it needs there."""
    lacks = report.get("lacks")
    if lacks is None:
        return _("not known")
    return _("lacks: {names}").format(names=short(lacks)) if lacks else _("all that are needed")


def warnings(report: Mapping[str, Any]) -> list[str]:
    """What a person should know before they go on."""
    said = [*short_of_rights(report), *accounts.sentences(report)]
    if report and not report.get("gateway_api"):
        said.append(_("The cluster does not serve the Gateway API, so routes use Ingress there."))
    if report.get("gateway_namespaces") == []:
        sentence = _(
            "No namespace there is labelled {label}: a gateway in a namespace of its own reaches no app so far."
        )
        said.append(sentence.format(label="slipway.dev/gateway=true"))
    return said


def short_of_rights(report: Mapping[str, Any]) -> list[str]:
    """A sentence where the account of the kubeconfig may too little, or nothing at all."""
    if refused := report.get("refused"):
        sentence = _("Slipway's account there was refused at the last check: {words} Renew its access (cluster.renew).")
        return [sentence.format(words=refused)]
    if not (lacks := report.get("lacks")):
        return []
    sentence = _("Slipway's account there may not {names}. Releases that need it will fail; give it these rights.")
    return [sentence.format(names="; ".join(grouped(lacks)))]


def said_of(cluster: ClusterValue | NewCluster) -> list[str]:
    """What somebody who gives a kubeconfig should know: what of it is not kept, and what the cluster does not allow."""
    return [*_remarks(cluster.access), *warnings(cluster.report)]


def _remarks(access: Access) -> list[str]:
    if not access.certificate_left_out:
        return []
    return [_("The kubeconfig has a token and a client certificate. Slipway keeps the token alone.")]


def of_namespaces(before: ClusterValue, after: ClusterValue) -> list[str]:
    """What changes for what runs in a namespace that a tenant is given, and what stays where it is taken from one."""
    said = []
    for tenant in sorted(after.tenants - before.tenants):
        if after.seen and after.seen["exists"]:
            said += _taken(after.namespace_of(tenant), breaking=after.seen.get("breaking"))
    for tenant in sorted(before.tenants - after.tenants):
        sentence = _(
            "The namespace {name} stays on the cluster with all that is in it, and so does what Slipway made there: "
            "its account {account} with its rights, the quota, the limits and the network policy called slipway, and "
            "the labels of Pod Security. Remove there by hand what is not wanted any more."
        )
        said.append(sentence.format(name=before.namespace_of(tenant), account=DEPLOYER))
    return said


def _taken(name: str, *, breaking: Sequence[str] | None) -> list[str]:
    words = {"name": name, "level": LEVEL, "pods": "; ".join(breaking or ())}
    if breaking is None:
        security = _(
            "The namespace {name} gets the Pod Security level {level}: instances there that break it run on, and are "
            "refused as soon as they are made anew. Which these are is told by: kubectl label --dry-run=server "
            "--overwrite namespace {name} pod-security.kubernetes.io/enforce={level}"
        )
    elif breaking:
        security = _(
            "The namespace {name} gets the Pod Security level {level}. Pods there break it, run on, and are refused as "
            "soon as they are made anew: {pods}. Mend them first, or give another namespace."
        )
    else:
        security = _("The namespace {name} gets the Pod Security level {level}. No pod there breaks it.")
    network = _(
        "It gets a network policy: connections from other namespaces to what runs there end, but for those of gateways."
    )
    quota = _(
        "It gets the tenant's quota and default requests: what is above the quota is refused when it is made anew."
    )
    return [security.format(**words), network, quota]


def _where(tenant: str, value: ClusterValue) -> str:
    """Who comes, and whether their namespace is there: a name with a slip of the pen is not."""
    seen, name = value.seen, value.namespace_of(tenant)
    if not seen:
        sentence = _("{tenant}, in the namespace {name}")
    elif seen["unknown"]:
        sentence = _("{tenant}, in the namespace {name}; whether it is there cannot be asked ({why})")
    elif not seen["exists"]:
        sentence = _("{tenant}; makes the new namespace {name}")
    else:
        sentence = ngettext(
            "{tenant}; takes the existing namespace {name} with {count} Deployment",
            "{tenant}; takes the existing namespace {name} with {count} Deployments",
            seen["deployments"],
        )
    return sentence.format(tenant=tenant, name=name, why=seen.get("unknown"), count=seen.get("deployments"))


def way(signs_in_with: str) -> str:
    return {"token": _("a token"), "certificate": _("a client certificate")}.get(signs_in_with, _("not known"))


def _text(label: str, before: str, after: str) -> dict[str, Any]:
    kind = "changed" if before and after else "added" if after else "removed"
    return {"label": label, "before": before or None, "after": after or None, "kind": kind}


def _added(label: str, after: str) -> dict[str, Any]:
    return {"label": label, "before": None, "after": after, "kind": "added"}


def _changed(label: str, before: str, after: str) -> dict[str, Any]:
    return {"label": label, "before": before, "after": after, "kind": "changed"}
