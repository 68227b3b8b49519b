"""Each kind of effect, done through the gateway. Doing one twice leaves the cluster as doing it once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from django.conf import settings

from apps_mgmt.rendering import GatewayFacts, Manifest, key_of
from apps_mgmt.rendering import gateway as render_gateway
from apps_mgmt.rendering.tracks import opened, partitioned, pinned, weighted
from apps_mgmt.spec.names import CANARY
from releases import building, jobs, probes
from releases.effects import (
    Apply,
    CollectJob,
    DeleteInstance,
    Effect,
    ProbeInstance,
    Prune,
    RunJob,
    SetPartition,
    SetReplicas,
    SetTraffic,
    TryApply,
)
from releases.filling import filled
from releases.gateway import Applied, Gateway, Vanished, open_gateway
from releases.models import Step, Target
from releases.scaled import REPLICAS
from releases.states import ReleaseKind
from releases.steps.apply import WORKLOADS
from tenants.clusters import DEPLOYER

Write = Callable[..., dict[str, Any]]


def carry_out(
    effect: Effect,
    target: Target,
    *,
    fence: int,
    newest: Callable[[], int],
    outranked: Callable[[], bool],
    overtaken: Callable[[], bool],
) -> dict[str, Any]:
    """Do an effect on a target's cluster; what the cluster answered, as JSON. Raises the errors of the gateway.

    `newest`: the highest fence of the app that was given out, see `Gateway.fenced_by`; `outranked`: whether a higher
    fence is in force by now, see `Gateway.apply`; `overtaken`: whether the release has gone on from this effect, see
    `Gateway.set_replicas`.
    """
    tenant = target.release.app.tenant
    with open_gateway(target.cluster_id, role=DEPLOYER, tenant=tenant) as gateway:
        gateway.fenced_by(newest)
        write = partial(_write, gateway, target, fence=fence, outranked=outranked, overtaken=overtaken)
        if isinstance(effect, Apply):
            return _apply(gateway, effect, target, write=write)
        if isinstance(effect, TryApply):
            return _try_apply(gateway, effect, target, fence=fence)
        if isinstance(effect, SetReplicas):
            if effect.pin:
                _pin(effect, target, write=write)
            return _set_replicas(gateway, effect, target, fence=fence, overtaken=overtaken)
        if isinstance(effect, SetPartition):
            return _set_partition(effect, target, write=write)
        if isinstance(effect, SetTraffic):
            return write(led(effect, target), back=effect.back)
        if isinstance(effect, DeleteInstance):
            gone = gateway.delete_instance(effect.name, uid=effect.uid, workload=_split(effect.workload), fence=fence)
            return {"deleted": [effect.name] if gone else []}
        if isinstance(effect, RunJob):
            return write([jobs.manifest_of(effect, target)])
        if isinstance(effect, CollectJob):
            output = jobs.collect(gateway, target, run=effect.run)
            return building.of_job(output, _step(target, effect.builds)) if effect.builds else output
        if isinstance(effect, ProbeInstance):
            return {"sample": probes.probe(gateway, effect)}
        if isinstance(effect, Prune):
            app_id = str(target.release.app_id)
            keep = {_split(key) for key in effect.keep}
            # A takeover that ended half way is known to nobody but the cluster.
            taken = () if effect.adopted else gateway.taken_over(app_id=app_id)
            for kind, name in {*map(_split, effect.let_go), *taken} - keep:
                gateway.let_go(kind, name, app_id=app_id, fence=fence)
            pruned = gateway.prune(app_id=app_id, keep=keep, fence=fence, adopted=_adopted(target))
            return {"removed": ["/".join(key) for key in pruned.removed]}
    raise TypeError(f"Nothing in the gateway does {type(effect).__name__}.")


def _apply(gateway: Gateway, effect: Apply, target: Target, *, write: Write) -> dict[str, Any]:
    source = _source(target, back=effect.back)
    if any(key.startswith("HTTPRoute/") for key in effect.objects):
        gateway.ensure_gateway(_gateway_of(target, namespace=gateway.namespace))
    if effect.second:
        return write(_chosen(target.second_manifests, effect.objects))
    counts = {f"{row['kind']}/{row['name']}": row["replicas"] for row in source.workloads}
    # On the way back, the template is brought whoever keeps the number: what ran before is what is wanted most.
    then = {} if effect.back else _set_afterwards(target)
    tracked = _tracked(target)
    chosen = [
        opened(one, effect.doors) if effect.doors and key_of(one) in tracked else one
        for one in _chosen(source.manifests, effect.objects)
    ]
    return write(chosen, counts=counts, then=then, back=effect.back)


def _set_afterwards(target: Target) -> dict[str, int]:
    """Workload (`Kind/name`) → the number that is asked for after its template, where a release keeps to who has it."""
    if target.release.kind == ReleaseKind.STOP:
        return {}
    numbers = {f"{row['kind']}/{row['name']}": row["replicas"] for row in target.workloads if not row.get("autoscaled")}
    return {key: number for key, number in numbers.items() if REPLICAS not in target.left.get(key, {})}


def _try_apply(gateway: Gateway, effect: TryApply, target: Target, *, fence: int) -> dict[str, Any]:
    chosen = _chosen(_source(target, back=effect.back).manifests, effect.objects)
    for manifest in filled(chosen, app_id=target.release.app_id):
        ruling = _ruling(target, key_of(manifest), back=effect.back)
        gateway.try_apply(manifest, fence=fence, release=str(target.release.number), **ruling)
    return {}


def _ruling(target: Target, key: str, *, back: bool) -> dict[str, Any]:
    """What people decided about fields of an object that others have, as `Gateway.apply` takes it."""
    return {"force": not back and key in target.forced, "left": target.left.get(key, {})}


def _write(
    gateway: Gateway,
    target: Target,
    manifests: Sequence[Manifest],
    *,
    counts: Mapping[str, int] = MappingProxyType({}),
    then: Mapping[str, int] = MappingProxyType({}),
    back: bool = False,
    fence: int,
    outranked: Callable[[], bool],
    overtaken: Callable[[], bool],
) -> dict[str, Any]:
    """Apply manifests in their order; what the cluster answered for each. A workload that is new starts with its count
    of `counts`, else with none; one that is there is left alone where somebody keeps it from its number of `then`.
    """
    answers = {}
    for manifest in filled(manifests, app_id=target.release.app_id):
        key = key_of(manifest)
        ruling = _ruling(target, key, back=back)
        answer = gateway.apply(
            manifest,
            fence=fence,
            release=str(target.release.number),
            replicas=counts.get(key, 0) if manifest["kind"] in WORKLOADS else None,
            outranked=outranked,
            overtaken=overtaken,
            then=None if ruling["force"] else then.get(key),
            **ruling,
        )
        answers[key] = _told(answer)
    return {"objects": answers}


def _set_partition(effect: SetPartition, target: Target, *, write: Write) -> dict[str, Any]:
    stays = {f"{row.kind}/{row.name}": row.replicas for row in effect.workloads}
    return write([partitioned(one, stays[key_of(one)]) for one in _chosen(target.manifests, stays)])


def led(effect: SetTraffic, target: Target) -> list[Manifest]:
    """The manifests of the routes and Services of an effect, as they lead to the two tracks of a target then."""
    tracked = _tracked(target)
    services = {key.partition("/")[2] for key in tracked}
    header = (effect.header, effect.value) if effect.header else None
    made = []
    for one in _chosen(_source(target, back=effect.back).manifests, effect.objects):
        if one["kind"] == "Service":
            made.append(opened(one, effect.doors))
        else:
            share = effect.share
            made.append(one if share is None else weighted(one, services, share=share, header=header))
    return made


def _pin(effect: SetReplicas, target: Target, *, write: Write) -> None:
    """Let autoscalers keep to the engine's numbers, so that they take nothing back."""
    numbers = {(row.kind, row.name): row.replicas for row in effect.workloads}
    made = []
    for one in target.manifests:
        scaled = one["spec"]["scaleTargetRef"] if one["kind"] == "HorizontalPodAutoscaler" else {}
        number = numbers.get((scaled.get("kind", ""), scaled.get("name", "")))
        if number is not None:
            made.append(pinned(one, number))
    if made:
        write(made)


def _adopted(target: Target) -> set[tuple[str, str]]:
    """What was taken over and may be there: it stays the app's own whatever somebody does to its labels."""
    rows = [*target.workloads, *(target.before.workloads if target.before else ())]
    return {(row["kind"], row["name"]) for row in rows if row.get("adopted")}


def _tracked(target: Target) -> set[str]:
    """The Services of the processes that have a second track."""
    rows = (target.second or {}).get("workloads", ())
    return {f"Service/{row['name'].removesuffix(CANARY)}" for row in rows}


def _gateway_of(target: Target, *, namespace: str) -> dict[str, Any]:
    """The tenant's Gateway, to which the routes of all its apps belong."""
    tenant = target.release.app.tenant.name
    facts = GatewayFacts(tenant=tenant, namespace=namespace, class_name=settings.SLIPWAY_GATEWAY_CLASS)
    return render_gateway(facts, ())


def _set_replicas(
    gateway: Gateway, effect: SetReplicas, target: Target, *, fence: int, overtaken: Callable[[], bool]
) -> dict[str, Any]:
    answers: dict[str, Any] = {}
    kept: dict[str, str] = {}
    # Who stops an app takes all its instances, whoever set how many there are; and has that number from then on.
    stops = target.release.kind == ReleaseKind.STOP
    for row in effect.workloads:
        key = f"{row.kind}/{row.name}"
        if by := target.left.get(key, {}).get(REPLICAS):
            kept[key] = by
            continue
        force = stops or key in target.forced
        try:
            answer = gateway.set_replicas(
                row.kind, row.name, replicas=row.replicas, fence=fence, overtaken=overtaken, force=force
            )
        except Vanished:
            if row.replicas:
                raise
            continue  # somebody deleted it: no instance of it is left to be taken away
        answers[key] = _told(answer)
        if answer.kept_by:
            kept[key] = answer.kept_by
    # Whoever asks for another number has to know that there is none: see `steps.trade`.
    return {"objects": answers, "kept": kept} if kept else {"objects": answers}


def _step(target: Target, number: int) -> Step:
    return Step.objects.select_related("release__revision").get(release_id=target.release_id, number=number)


def _source(target: Target, *, back: bool) -> Target:
    if not back:
        return target
    if target.before is None:
        raise LookupError(f"{target} has nothing to go back to.")
    return target.before


def _chosen(manifests: Iterable[Manifest], keys: Iterable[str]) -> list[Manifest]:
    wanted = set(keys)
    return [manifest for manifest in manifests if key_of(manifest) in wanted]


def _told(answer: Applied) -> dict[str, Any]:
    return {
        "uid": answer.uid,
        "generation": answer.generation,
        "created": answer.created,
        "changed": answer.changed,
        "version": answer.resource_version,
        **({"taken_from": list(answer.taken_from)} if answer.taken_from else {}),
    }


def _split(key: str) -> tuple[str, str]:
    kind, _slash, name = key.partition("/")
    return kind, name
