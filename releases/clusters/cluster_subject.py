"""A cluster as the subject of what platform operators do with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from portal.access import Locator, Ref
from portal.access.ref import CLUSTER
from portal.audit.recording import Subject
from portal.errors import NotFound
from portal.operations.kinds import Kind
from portal.operations.operation import Operation
from portal.operations.subject import Preview, Saved, Saving, register_subject
from releases.clusters import forgetting, identity, keeping, replaced, showing
from releases.clusters.values import CheckCluster, ClusterValue, RemoveCluster
from tenants.clusters.state import sentence_of_another
from tenants.isolation import CLUSTER as CLUSTER_LEVEL
from tenants.models import Cluster, Tenant, TenantCluster


def find_cluster(ref: Ref) -> Cluster | None:
    return Cluster.objects.filter(name=ref.cluster).first()


class ClusterAdapter:
    """See `portal.operations.subject.SubjectAdapter`."""

    def describe(self, subject: Cluster) -> Subject:
        return Subject(CLUSTER, str(subject.pk), subject.name, None, "")

    def version(self, subject: Cluster) -> int:
        return subject.version

    def lock(self, subject: Cluster) -> Cluster:
        cluster = Cluster.objects.select_for_update(of=("self",), no_key=True).filter(pk=subject.pk).first()
        if cluster is None:
            raise NotFound(_("The cluster was removed meanwhile."))
        return cluster

    def value(self, subject: Cluster, kind: Kind) -> ClusterValue:
        lent = TenantCluster.objects.filter(cluster=subject).values_list("tenant__name", "namespace")
        return ClusterValue(
            name=subject.name,
            title=subject.title,
            access=keeping.access_of(subject),
            report=subject.capabilities,
            tenants=frozenset(tenant for tenant, _space in lent),
            apps=keeping.apps_on(subject),
            namespaces=tuple(sorted(lent)),
            restricted=subject.restricted,
            prometheus=subject.prometheus,
            state=subject.state,
            alone=frozenset(Tenant.objects.filter(isolation__level=CLUSTER_LEVEL).values_list("name", flat=True)),
        )

    def blocked(self, subject: Cluster, operation: type[Operation]) -> str | None:
        return None

    def check(self, subject: Cluster, operation: type[Operation], after: Any) -> None:
        """What else cannot be is refused by the operations themselves."""
        if isinstance(after, ClusterValue) and after.access != keeping.access_of(subject):
            identity.refuse_another(subject, after)

    def diff(self, before: ClusterValue, after: ClusterValue) -> list[dict[str, Any]]:
        return showing.rows_of_change(before, after)

    def preview(self, subject: Cluster, operation: type[Operation], before: Any, after: ClusterValue) -> Preview:
        said = [*showing.of_namespaces(before, after), *showing.said_of(after)]
        return Preview(spec=self.diff(before, after), warnings=said)

    def quota(self, subject: Cluster) -> Sequence[Mapping[str, Any]]:
        return ()

    def usage(self, subject: Cluster, operation: type[Operation], after: ClusterValue) -> None:
        """Clusters have no quota."""

    def save(self, subject: Cluster, saving: Saving) -> Saved:
        before = subject.version
        cluster = keeping.change(subject, saving.after)
        renewed = saving.before.access != saving.after.access
        result = {"warnings": showing.said_of(saving.after)} if renewed else {}
        return Saved(version_before=before, version_after=cluster.version, result=result)

    def effects(self, subject: Cluster, saved: Saved) -> None:
        """Agents are told when the row is kept."""

    def pickers(self, subject: Cluster) -> Mapping[str, list[tuple[str, str]]]:
        using = Tenant.objects.filter(cluster_grants__cluster=subject)
        return {"tenant": _named(Tenant.objects.exclude(pk__in=using.values("pk"))), "tenant_here": _named(using)}

    def url(self, ref: Ref) -> str:
        return reverse("platform-cluster", args=[ref.cluster])

    def trail(self, subject: Cluster, ref: Ref) -> Sequence[tuple[Any, str]]:
        return [
            (_("Platform"), ""),
            (_("Clusters"), reverse("platform-clusters")),
            (subject.name, self.url(ref)),
        ]

    def confirmation(self, subject: Cluster) -> str:
        return subject.name


def preview_check(subject: Cluster, action: CheckCluster) -> Preview:
    """What the cluster answers now, beside what it answered before."""
    if action.away:
        sentence = _("The cluster does not answer: {why}.").format(why=action.away.rstrip("."))
        return Preview(warnings=[sentence], happens=_("That it does not answer is kept with the cluster."))
    if replaced.is_at(subject, subject.server, str(action.report.get("uid") or "")):
        return Preview(warnings=[sentence_of_another(subject.name, subject.server)])
    rows = showing.rows_between(subject.capabilities, action.report)
    same = "" if rows else _("The cluster was asked, and answers what it answered before.")
    return Preview(spec=rows, warnings=showing.warnings(action.report), happens=same)


def preview_remove(subject: Cluster, action: RemoveCluster) -> Preview:
    """What is forgotten; the cluster itself is not touched."""
    sentence = _("Slipway forgets {name} and its credentials. What it made there stays.")
    said = forgetting.foretold(subject) if action.gone else []
    return Preview(happens=sentence.format(name=subject.name), warnings=said)


def register() -> None:
    register_subject(CLUSTER, ClusterAdapter(), locator=Locator(model=Cluster, find=find_cluster, tenant_path=""))


def _named(tenants: Any) -> list[tuple[str, str]]:
    return [(one.name, one.title or one.name) for one in tenants.order_by("name")]
