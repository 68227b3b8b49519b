"""Asking a cluster what it is: its version, what it serves, and what Slipway's account may do there. Reads only.

The rights are those that `provision` needs, and those of the accounts it makes: the account of the kubeconfig gives
them on, and Kubernetes lets nobody give what they lack.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps_mgmt.rendering.extras import GATEWAY_NAMESPACE
from apps_mgmt.rendering.tenancy import LEVEL, pod_security, provisioner_rules
from portal.errors import ClusterAway, Refused, SlipwayError
from releases.clusters.rules import missing, named
from releases.gateway import AccessRefused, discovery
from releases.gateway.client import MERGE_PATCH, Client, object_path
from releases.gateway.kinds import NAMESPACE, NODE, RUNTIME_CLASS, kind_named
from releases.gateway.refusals import Absent, Refusal
from tenants.clusters import PROVISIONER, Connection
from tenants.clusters import connection as stored_connection
from tenants.models import Cluster

DEPLOYMENT = kind_named("Deployment")
_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_RULES = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
_NOWHERE = "slipway-nowhere"
"""A namespace in which no role gives anything: whatever an account may do there, it may do everywhere."""


def inspect(connection: Connection) -> dict[str, Any]:
    """`{server_version, groups, gateway_api, cloneset, uid, lacks: ["create namespaces", …] or None,
    gateway_namespaces: […] or None, refused: "", checked_at}`; the first five as `discovery.capabilities` gives them.

    `lacks` and the names of namespaces from which gateways reach apps are None where the cluster cannot be asked.
    Raises ClusterAway and AccessRefused with the reason. The breaker has no part in it: a person is waiting for an
    answer, and wants the one of now.
    """
    client = Client(connection)
    try:
        found = discovery.capabilities(client)
        asked = {"lacks": _lacks(client), "gateway_namespaces": _gateway_namespaces(client)}
        return {**found, **asked, "refused": "", "checked_at": timezone.now().isoformat(timespec="seconds")}
    finally:
        client.close()


def look_for(namespace: str, cluster_id: uuid.UUID, *, seconds: float) -> dict[str, Any]:
    """`{exists, deployments, unknown, breaking}` of a namespace as it is now; `unknown` says in some words why it
    cannot be seen, and is "" otherwise. One that is being removed is as good as gone.

    `breaking` names the pods there that break the Pod Security level a tenant's namespace is held to, and how, as the
    cluster words it; None where it does not tell, as where Slipway's account may not label namespaces.
    """
    seen: dict[str, Any] = {"exists": False, "deployments": 0, "unknown": "", "breaking": None}
    try:
        with closing(Client(stored_connection(cluster_id, PROVISIONER))) as client:
            client.within(seconds)
            live = client.find(NAMESPACE, namespace)
            if live is not None and not live["metadata"].get("deletionTimestamp"):
                seen |= {"exists": True, "deployments": len(client.list(DEPLOYMENT, namespace=namespace))}
                seen["breaking"] = _breaking(client, namespace)
    except ClusterAway as error:
        seen["unknown"] = _("the cluster does not answer: {why}").format(why=error.why)
    except SlipwayError as error:
        seen["unknown"] = str(error).rstrip(".")
    return seen


def _breaking(client: Client, namespace: str) -> list[str] | None:
    """Asked by a dry run of the label: the cluster warns of what is there already, and changes nothing."""
    path, labels = object_path(NAMESPACE, namespace), {"metadata": {"labels": pod_security(LEVEL)}}
    dry_run, what = [("dryRun", "All")], f"Namespace {namespace}"
    try:
        client.raw("PATCH", path, what=what, query=dry_run, body=labels, content_type=MERGE_PATCH)
    except (AccessRefused, Refusal):
        return None
    # The first says only that pods follow.
    return [one for one in client.warned if not one.startswith("existing pods in namespace")]


def check_runtime(name: str, cluster: Cluster, *, seconds: float) -> None:
    """Raise Refused unless the cluster says that it has the RuntimeClass: without it no instance would be let in."""
    try:
        with closing(Client(stored_connection(cluster.pk, PROVISIONER))) as client:
            client.within(seconds)
            there = client.find(RUNTIME_CLASS, name) is not None
    except SlipwayError as error:
        sentence = _("Whether {cluster} has the RuntimeClass {name} cannot be asked ({why}). Try again later.")
        words = {"cluster": cluster.name, "name": name, "why": str(error).rstrip(".")}
        raise Refused(sentence.format(**words), field="runtime_class") from None
    if not there:
        sentence = _("There is no RuntimeClass {name} on {cluster}. Make it there first, or choose another one.")
        raise Refused(sentence.format(name=name, cluster=cluster.name), field="runtime_class")


def about_nodes(key: str, value: str, cluster: Cluster, *, seconds: float) -> str:
    """A sentence where the cluster has no node with this label, has one that lets others in, or does not say; "" where
    every node with the label keeps others out by a taint.
    """
    label = f"{key}={value}"
    try:
        with closing(Client(stored_connection(cluster.pk, PROVISIONER))) as client:
            client.within(seconds)
            nodes = client.list(NODE, namespace="", labels=label)
    except SlipwayError as error:
        sentence = _("Whether {cluster} has nodes with the label {label} cannot be asked ({why}).")
        return sentence.format(cluster=cluster.name, label=label, why=str(error).rstrip("."))
    if not nodes:
        sentence = _("No node of {cluster} has the label {label}: whatever is released there waits until one has it.")
        return sentence.format(cluster=cluster.name, label=label)
    if open_ones := sorted(one["metadata"]["name"] for one in nodes if not _keeps_out(one, key, value)):
        sentence = _(
            "Nodes of {cluster} with the label {label} have no such taint: {nodes}. Instances of others land there. "
            "Taint them: kubectl taint nodes {first} {label}:NoSchedule."
        )
        named = ", ".join(open_ones[:5]) + (", …" if len(open_ones) > 5 else "")
        return sentence.format(cluster=cluster.name, label=label, nodes=named, first=open_ones[0])
    return ""


def _keeps_out(node: Mapping[str, Any], key: str, value: str) -> bool:
    """Whether a taint keeps whoever does not tolerate it off the node; PreferNoSchedule only asks for it."""
    taints = (node.get("spec") or {}).get("taints") or ()
    return any(
        (one.get("key"), one.get("value", "")) == (key, value) and one.get("effect") in ("NoSchedule", "NoExecute")
        for one in taints
    )


def _lacks(client: Client) -> list[str] | None:
    """Told by the rules that hold for the account. What they do not name is asked one by one: an authorizer that cannot
    list what it allows may allow it all the same.
    """
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": _NOWHERE},
    }
    try:
        answer = client.json("POST", _RULES, what="SelfSubjectRulesReview", body=body).get("status") or {}
        short = missing(answer.get("resourceRules") or [], wanted=provisioner_rules())
        return [named(right) for right in short if not _may(client, *right)]
    except Absent:
        return None


def _gateway_namespaces(client: Client) -> list[str] | None:
    try:
        found = client.list(NAMESPACE, namespace="", labels=f"{GATEWAY_NAMESPACE}=true")
    except AccessRefused:
        return None
    return sorted(one["metadata"]["name"] for one in found)


def _may(client: Client, group: str, resource: str, verb: str) -> bool:
    name, _slash, subresource = resource.partition("/")
    asked = {"verb": verb, "group": group, "resource": name, "subresource": subresource}
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": asked},
    }
    answer = client.json("POST", _REVIEWS, what="SelfSubjectAccessReview", body=body)
    return bool((answer.get("status") or {}).get("allowed"))
