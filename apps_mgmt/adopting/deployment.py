"""A Deployment as a whole: how it rolls, where it runs, and its instances."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt.adopting import containers as reading
from apps_mgmt.adopting.health import Ports, read_hooks, read_probes
from apps_mgmt.adopting.parts import Part
from apps_mgmt.adopting.security import read_security
from apps_mgmt.spec.containers import Hook, Hooks, Security, ServiceAccount
from apps_mgmt.spec.health import Probes
from apps_mgmt.spec.names import OUR_DOMAIN
from apps_mgmt.spec.network import HostAlias
from apps_mgmt.spec.placing import Matching, Spread, Toleration
from apps_mgmt.spec.ports import Port
from apps_mgmt.spec.process import MAX_DEADLINE, MAX_MIN_READY, Update
from portal.errors import Refused

MOVES = {"max_surge": "maxSurge", "max_unavailable": "maxUnavailable"}
# Of an update: its name here and there, what it is when nobody says, and the most, in seconds.
TIMES = (
    ("min_ready", "minReadySeconds", 0, MAX_MIN_READY),
    ("progress_deadline", "progressDeadlineSeconds", 600, MAX_DEADLINE),
)
MAIN = "kubectl.kubernetes.io/default-container"


@dataclass(frozen=True)
class Taken:
    """What a Deployment comes to in a spec. `process` are fields of `Process`; the others are of the app as a whole.

    `kept` is its spec as it is, without selector, number of instances, and what the cluster leaves empty.
    """

    process: Mapping[str, Any]
    container: str
    selector: Mapping[str, str]
    kept: Mapping[str, Any]
    replicas: int
    strategy: str = "rolling"
    priority: str = ""
    nodes: tuple[Matching, ...] = ()
    tolerations: tuple[Toleration, ...] = ()
    spread: tuple[Spread, ...] = ()
    host_aliases: tuple[HostAlias, ...] = ()
    beyond: tuple[str, ...] = field(default=())


def read_deployment(spec: Mapping[str, Any], *, process: str) -> Taken:
    """The spec of a Deployment as a cluster tells it, read as the process of that name.

    `beyond` of what comes back holds the paths of what a spec cannot say. Raises SpecError for what it would say, but
    may not be so, such as the name of a variable that Slipway keeps for itself; Refused while the Deployment is paused.
    """
    kept = _kept(spec)
    whole = Part(spec, at="spec")
    if whole.take("paused", False):
        raise Refused(
            _("It is paused, so what it would do next is not known. Let it go on first (kubectl rollout resume).")
        )
    replicas = int(whole.take("replicas", 1))
    selector = _selector(whole)
    update, strategy = _update(whole)
    whole.take("revisionHistoryLimit")
    template = whole.part("template")
    metadata, pod = template.part("metadata"), template.part("spec")
    annotations = _own(metadata, "annotations")
    _own(metadata, "labels")
    main, fields = _instances(pod, process=process, wanted=annotations.get(MAIN, ""))
    fields |= {"update": update, "replicas": replicas, **_identity(pod)}
    around: dict[str, Any] = {
        "priority": str(pod.take("priorityClassName", "")),
        "nodes": tuple(Matching(key=key, value=value) for key, value in pod.take("nodeSelector", {}).items()),
        "tolerations": _tolerations(pod),
        "spread": _spread(pod, selector),
        "host_aliases": _aliases(pod),
    }
    pod.usual(dnsPolicy="ClusterFirst", restartPolicy="Always", schedulerName="default-scheduler")
    whole.close()
    return Taken(
        process=fields,
        container=main,
        selector=selector,
        kept=kept,
        replicas=replicas,
        strategy=strategy,
        beyond=tuple(dict.fromkeys(whole.beyond)),
        **around,
    )


def _instances(pod: Part, *, process: str, wanted: str) -> tuple[str, dict[str, Any]]:
    """The name of the container that is the process's own, and what the containers come to."""
    containers = {str(row.take("name", "")): row for row in pod.rows("containers")}
    inits = {str(row.take("name", "")): row for row in pod.rows("initContainers")}
    main = wanted if wanted in containers else next(iter(containers))
    own = containers.pop(main)
    for other in (*containers.values(), *inits.values()):
        # A process says once for all its containers what they may do.
        said, of_own = _said(other.take("securityContext", {})), _said(own.peek("securityContext"))
        if said != of_own:
            other.beyond.append((other if said else own).path("securityContext"))
    env, temp = reading.read_env(own), reading.read_temp(pod, {main: own, **inits, **containers}, process=process)
    return main, {
        **_main(own, pod),
        "env": env,
        "temp": temp,
        "sidecars": tuple(reading.read_sidecar(name, row) for name, row in containers.items()),
        "inits": tuple(reading.read_init(name, row, env=env) for name, row in inits.items()),
    }


def _main(container: Part, pod: Part) -> dict[str, Any]:
    fields = reading.read_command(container)
    ports = Ports(container)
    probes, hooks = read_probes(container, ports), read_hooks(container, ports)
    return {
        **fields,
        "pull_policy": reading.pull_policy(container, fields["image"]),
        "probes": Probes(**probes),
        "hooks": Hooks(**{name: Hook(**hook) for name, hook in hooks.items()}),
        "ports": tuple(Port(**row) for row in ports.read()),
        "security": Security(**read_security(pod, container)),
    }


def _identity(pod: Part) -> dict[str, Any]:
    """As whom the instances run, and how long they may take to end."""
    account = pod.take("serviceAccountName") or pod.take("serviceAccount") or "default"
    pod.take("serviceAccount")
    # Whether variables tell of every Service around says nothing that a process relies on elsewhere.
    pod.take("enableServiceLinks")
    return {
        "service_account": ServiceAccount(name=account, token=pod.take("automountServiceAccountToken", True)),
        "termination_seconds": pod.take("terminationGracePeriodSeconds", 30),
    }


def _selector(whole: Part) -> dict[str, str]:
    selector = whole.part("selector")
    return dict(selector.take("matchLabels", {}))


def _update(whole: Part) -> tuple[Update, str]:
    strategy = whole.part("strategy")
    kind, moves = strategy.take("type", "RollingUpdate"), strategy.part("rollingUpdate")
    amounts = {ours: str(moves.take(theirs, "25%")) for ours, theirs in MOVES.items()}
    times = {ours: whole.take(theirs, usual) for ours, theirs, usual, _most in TIMES}
    _check_amounts(amounts)
    _check_times(times)
    return Update(**amounts, **times), "recreate" if kind == "Recreate" else "rolling"


def _check_amounts(amounts: Mapping[str, str]) -> None:
    for ours, theirs in MOVES.items():
        percent = amounts[ours].removesuffix("%")
        if percent != amounts[ours] and percent.isdecimal() and int(percent) > 100:
            sentence = _(
                "Its {field} is {value}, more than all of its instances, which Slipway does not know. Set it to 100% "
                "or less first (kubectl edit); no instance starts anew for that."
            )
            raise Refused(sentence.format(field=theirs, value=amounts[ours]), field="workload")


def _check_times(times: Mapping[str, int]) -> None:
    for ours, theirs, _usual, most in TIMES:
        if times[ours] > most:
            sentence = _(
                "Its {field} is {value} seconds, and {most} is the most that Slipway knows. Set it to that or less "
                "first (kubectl edit); no instance starts anew for that."
            )
            raise Refused(sentence.format(field=theirs, value=times[ours], most=most), field="workload")


def _own(metadata: Part, name: str) -> dict[str, str]:
    """Labels and annotations of the instances: they stay, unless they are Slipway's own, which are somebody else's."""
    found: dict[str, str] = dict(metadata.take(name, {}))
    for key in found:
        if key.startswith(f"{OUR_DOMAIN}/"):
            metadata.beyond.append(metadata.path(f"{name}[{key}]"))
    return found


def _tolerations(pod: Part) -> tuple[Toleration, ...]:
    rows = pod.rows("tolerations")
    names = ("key", "operator", "value", "effect")
    return tuple(Toleration(**{name: one for name in names if (one := row.take(name))}) for row in rows)


def _spread(pod: Part, selector: Mapping[str, str]) -> tuple[Spread, ...]:
    found = []
    for row in pod.rows("topologySpreadConstraints"):
        row.usual(labelSelector={"matchLabels": dict(selector)})
        hard = row.take("whenUnsatisfiable", "DoNotSchedule") == "DoNotSchedule"
        found.append(Spread(topology=row.take("topologyKey", ""), skew=row.take("maxSkew", 1), hard=hard))
    return tuple(found)


def _aliases(pod: Part) -> tuple[HostAlias, ...]:
    return tuple(
        HostAlias(ip=row.take("ip", ""), names=tuple(row.take("hostnames", ()))) for row in pod.rows("hostAliases")
    )


def _kept(spec: Mapping[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in spec.items() if name not in ("selector", "replicas")}
    kept: dict[str, Any] = copy.deepcopy(rest)
    # A time that is not there yet: the cluster writes it out, and takes it for a change when it is told.
    kept.get("template", {}).get("metadata", {}).pop("creationTimestamp", None)
    return kept


def _said(context: Any) -> dict[str, Any]:
    """A security context without what says nothing."""
    said = {key: value for key, value in dict(context or {}).items() if value not in (None, {}, [])}
    return {key: value for key, value in said.items() if (key, value) != ("privileged", False)}
