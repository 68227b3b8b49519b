"""Each kind of effect, done through the gateway. Doing one twice leaves the cluster as doing it once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings

from apps_mgmt.rendering import GatewayFacts
from apps_mgmt.rendering import gateway as render_gateway
from releases.effects import Apply, Effect, Prune, SetReplicas
from releases.filling import filled
from releases.gateway import Applied, Gateway, open_gateway
from releases.gateway.fields import REPLICAS
from releases.models import Target
from tenants.clusters import DEPLOYER


def carry_out(
    effect: Effect, target: Target, *, fence: int, outranked: Callable[[], bool], overtaken: Callable[[], bool]
) -> dict[str, Any]:
    """Do an effect on a target's cluster; what the cluster answered, as JSON. Raises the errors of the gateway.

    `outranked`: whether a higher fence is in force by now, see `Gateway.apply`; `overtaken`: whether the release has
    gone on from this effect, see `Gateway.set_replicas`.
    """
    tenant = target.release.app.tenant
    with open_gateway(target.cluster_id, role=DEPLOYER, tenant=tenant) as gateway:
        if isinstance(effect, Apply):
            return _apply(gateway, effect, target, fence=fence, outranked=outranked)
        if isinstance(effect, SetReplicas):
            return _set_replicas(gateway, effect, target, fence=fence, overtaken=overtaken)
        if isinstance(effect, Prune):
            keep = {_split(key) for key in effect.keep}
            for kind, name in map(_split, effect.let_go):
                gateway.let_go(kind, name, app_id=str(target.release.app_id), fence=fence)
            pruned = gateway.prune(app_id=str(target.release.app_id), keep=keep, fence=fence)
            return {"removed": ["/".join(key) for key in pruned.removed]}
    raise TypeError(f"Nothing in the gateway does {type(effect).__name__}.")


def _apply(
    gateway: Gateway, effect: Apply, target: Target, *, fence: int, outranked: Callable[[], bool]
) -> dict[str, Any]:
    source = _source(target, back=effect.back)
    if any(key.startswith("HTTPRoute/") for key in effect.objects):
        gateway.ensure_gateway(_gateway_of(target, namespace=gateway.namespace))
    counts = {f"{row['kind']}/{row['name']}": row["replicas"] for row in source.workloads}
    number = str(target.release.number)
    answers = {}
    for key, manifest in _manifests(source, effect.objects, target):
        answer = gateway.apply(
            manifest,
            fence=fence,
            release=number,
            replicas=counts.get(key),
            outranked=outranked,
            force=not effect.back and key in target.forced,
            left=target.left.get(key, {}),
        )
        answers[key] = _told(answer)
    return {"objects": answers}


def _gateway_of(target: Target, *, namespace: str) -> dict[str, Any]:
    """The tenant's Gateway, to which the routes of all its apps belong."""
    tenant = target.release.app.tenant.name
    facts = GatewayFacts(tenant=tenant, namespace=namespace, class_name=settings.SLIPWAY_GATEWAY_CLASS)
    return render_gateway(facts, ())


def _set_replicas(
    gateway: Gateway, effect: SetReplicas, target: Target, *, fence: int, overtaken: Callable[[], bool]
) -> dict[str, Any]:
    answers = {}
    for row in effect.workloads:
        key = f"{row.kind}/{row.name}"
        if REPLICAS in target.left.get(key, {}):
            continue
        answer = gateway.set_replicas(
            row.kind, row.name, replicas=row.replicas, fence=fence, overtaken=overtaken, force=key in target.forced
        )
        answers[key] = _told(answer)
    return {"objects": answers}


def _source(target: Target, *, back: bool) -> Target:
    if not back:
        return target
    if target.before is None:
        raise LookupError(f"{target} has nothing to go back to.")
    return target.before


def _manifests(source: Target, keys: Iterable[str], target: Target) -> list[tuple[str, dict[str, Any]]]:
    wanted = set(keys)
    chosen = [manifest for manifest in source.manifests if _key(manifest) in wanted]
    return [(_key(manifest), manifest) for manifest in filled(chosen, app_id=target.release.app_id)]


def _told(answer: Applied) -> dict[str, Any]:
    return {
        "uid": answer.uid,
        "generation": answer.generation,
        "created": answer.created,
        "changed": answer.changed,
        "version": answer.resource_version,
        **({"taken_from": list(answer.taken_from)} if answer.taken_from else {}),
    }


def _key(manifest: dict[str, Any]) -> str:
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def _split(key: str) -> tuple[str, str]:
    kind, _slash, name = key.partition("/")
    return kind, name
