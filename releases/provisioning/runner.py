"""Carries provision releases out. Doing one twice leaves the cluster as doing it once."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from portal import outbox
from portal.access import Actor
from portal.audit.models import AuditEntry
from portal.audit.recording import Change, Subject, record
from portal.errors import PlatformError, UserError
from releases import observing
from releases.clusters import accounts, replaced
from releases.gateway import open_provisioner
from releases.models import Provision
from releases.provisioning.planning import Plan, plan_for
from releases.reasons import Reason
from tenants.clusters.preparing import ASKED, PROVISION, RENEWED

Payload = dict[str, Any]


@outbox.handler(PROVISION)
class Provisioner:
    """Rows of `cluster.provision`: {cluster, tenant, cause, actor}, see `tenants.clusters.preparing`."""

    def run(self, payload: Payload) -> Payload:
        plan = plan_for(payload["cluster"], payload["tenant"])
        provision = _begun(plan, payload) if plan is not None else None
        if plan is None or provision is None:
            return {}
        try:
            replaced.refuse_another(plan.cluster)
            with open_provisioner(plan.cluster.pk, namespace=plan.namespace) as gateway:
                for manifest in provision.manifests:
                    gateway.provide(manifest)
        except UserError as refusal:
            reason = Reason("refused", {"cluster": plan.cluster.name, "words": str(refusal), "code": refusal.code})
            return {"provision": provision.pk, "refusal": reason.dump()}
        except PlatformError as error:
            # It is tried again; whoever looks at the cluster meanwhile reads why.
            provision.reason = Reason("tried_again", {"words": str(error)}).dump()
            provision.save(update_fields=["reason"])
            raise
        return {"provision": provision.pk}

    def finish(self, payload: Payload, result: Payload) -> None:
        if result:
            _end(result["provision"], Reason.load(result.get("refusal")))

    def failed(self, payload: Payload, reason: str) -> None:
        running = _of(payload["cluster"], payload["tenant"] or None).filter(state=Provision.State.RUNNING).first()
        if running is not None:
            _end(running.pk, Reason("given_up", {"cluster": running.cluster.name, "words": reason}))


def _of(cluster_id: uuid.UUID | str, tenant_id: uuid.UUID | str | None) -> QuerySet[Provision]:
    rows = Provision.objects.filter(cluster_id=cluster_id)
    return rows.filter(tenant_id=tenant_id) if tenant_id else rows.filter(tenant=None)


def _begun(plan: Plan, payload: Payload) -> Provision | None:
    """The release of this row, frozen at the first try; None when all is as it should be and nobody asked for more."""
    before = _of(plan.cluster.pk, plan.tenant.pk if plan.tenant else None).order_by("-id").first()
    if before is not None and before.state == Provision.State.RUNNING and before.namespace == plan.namespace:
        # Of another namespace it is left from a grant that was taken back before a worker got to it.
        return before
    same = before is not None and before.state == Provision.State.SUCCEEDED and before.digest == plan.digest
    if same and payload["cause"] not in (ASKED, RENEWED):
        return None
    return Provision.objects.create(
        cluster=plan.cluster,
        tenant=plan.tenant,
        namespace=plan.namespace,
        cause=payload["cause"],
        actor_name=payload["actor"],
        manifests=list(plan.manifests),
        digest=plan.digest,
    )


def _end(provision_id: int, reason: Reason | None) -> None:
    """Within the outbox's transaction. What waits for it, an app's first release, goes on at once."""
    provision = Provision.objects.select_related("cluster", "tenant").filter(pk=provision_id).first()
    if provision is None:
        return
    provision.state = Provision.State.FAILED if reason else Provision.State.SUCCEEDED
    provision.reason, provision.ended_at = reason and reason.dump(), timezone.now()
    provision.save(update_fields=["state", "reason", "ended_at"])
    if not reason:
        accounts.forget(provision.cluster_id, provision.tenant.name if provision.tenant else "")
        outbox.hurry(str(provision.cluster_id))
        observing.ask_for_statuses(provision.cluster_id)
    _audit_end(provision, seconds=round((provision.ended_at - provision.created_at).total_seconds(), 1))


def _audit_end(provision: Provision, *, seconds: float) -> None:
    cluster, tenant = provision.cluster, provision.tenant
    told = {
        "what": provision.namespace,
        "cluster": cluster.name,
        "state": provision.state,
        "seconds": seconds,
        "cause": provision.cause,
        "digest": provision.digest,
    }
    subject = Subject(
        "cluster", str(cluster.pk), cluster.name, tenant.pk if tenant else None, tenant.name if tenant else ""
    )
    outcome = AuditEntry.DONE if provision.state == Provision.State.SUCCEEDED else AuditEntry.FAILED
    change = Change(operation="provision.ended", outcome=outcome, result=told, reason=provision.why)
    record(change, actor=Actor.engine(), subject=subject)
