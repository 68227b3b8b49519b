"""Putting a workload that is taken over into the spec of an app, so that nothing of it, and of the others, changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from apps_mgmt.adopting.deployment import Taken, read_deployment
from apps_mgmt.rendering import Facts, comparable, unkept_spec
from apps_mgmt.spec import Adopted, AppSpec, Pair, Placement, Process, Strategy, Target
from apps_mgmt.spec.base import put
from apps_mgmt.spec.placing import OwnNumber
from portal.errors import Refused

# What an app gives to all its processes, and what it is called.
SHARED: Mapping[str, str] = {
    "env": "env",
    "env_groups": "env groups",
    "bindings": "service bindings",
    "dependencies": "dependencies",
    "files": "files",
    "labels": "labels",
    "annotations": "annotations",
    "registry_credential": "a registry credential",
    "network_policy": "network rules",
}


# How else it can be said: in words that go with the names of fields.
HINTS: tuple[tuple[tuple[str, ...], str | Promise], ...] = (
    (
        (".imagePullSecrets",),
        _lazy("A pull secret can stand in the ServiceAccount of the instances instead: Slipway leaves that as it is."),
    ),
    (
        (".secretKeyRef", ".configMapKeyRef", ".envFrom"),
        _lazy(
            "Variables from Secrets and ConfigMaps of others can be set in Slipway once it is taken over: env.set, "
            "secret.set."
        ),
    ),
    (
        (".selector.matchExpressions",),
        _lazy(
            "What a selector asks for cannot be changed while the Deployment is there: it has to be made anew with "
            "matchLabels alone to be taken over."
        ),
    ),
    ((".affinity",), _lazy("Nodes can be chosen by a nodeSelector, which is taken over.")),
)


@dataclass(frozen=True)
class Adoption:
    """Which workload becomes which process. `live` is its spec as the cluster tells it, `written` what Slipway would
    have written for it, as JSON (`"{}"` while that is not known yet).
    """

    process: str
    cluster: str
    workload: str
    uid: str
    live: Mapping[str, Any]
    written: str = "{}"


def adopted_spec(spec: AppSpec, adoption: Adoption) -> AppSpec:
    """The spec with the workload as its process. Raises Refused, naming each field that a spec cannot say, and what
    of the app would change the workload.
    """
    taken = read_deployment(adoption.live, process=adoption.process)
    if taken.beyond:
        sentence = _(
            "{workload} says what no process of Slipway can say: {fields}. Take that out of it first, or leave it as "
            "it is."
        )
        said = sentence.format(workload=adoption.workload, fields=", ".join(taken.beyond))
        hints = [str(hint) for parts, hint in HINTS if any(part in path for part in parts for path in taken.beyond)]
        raise Refused(" ".join([said, *hints]), field="workload")
    others = tuple(one for one in spec.processes if one.name != adoption.process)
    _refuse_shared(spec, adoption)
    adopted = Adopted(
        cluster=adoption.cluster,
        workload=adoption.workload,
        uid=adoption.uid,
        container=taken.container,
        selector=tuple(Pair(key=key, value=value) for key, value in taken.selector.items()),
        kept=json.dumps(taken.kept, sort_keys=True, separators=(",", ":")),
        written=adoption.written,
    )
    made = Process(name=adoption.process, adopted=(adopted,), **taken.process)
    if others:
        _refuse_unlike(spec, taken, adoption)
        return _placed(spec.change(processes=put(spec.processes, made)), taken, adoption)
    return spec.change(
        processes=(made,),
        host_aliases=taken.host_aliases,
        placement=Placement(targets=(Target(cluster=adoption.cluster),), **_around(taken)),
        release=spec.release.change(strategy=Strategy(kind=taken.strategy)),
    )


def adoption_in(resolved: Mapping[str, Any]) -> Adoption:
    """The adoption that `app.adopt` resolved, as it stands in the log."""
    names = ("process", "cluster", "workload", "uid", "live", "written")
    return Adoption(**{name: resolved[name] for name in names})


def joined(spec: AppSpec, adoption: Adoption, facts: Facts) -> str:
    """What Slipway would write for the process in a spec that `adopted_spec` gave: the `written` of the adoption."""
    process = spec.process(adoption.process)
    adopted = process.adopted_on(adoption.cluster)
    if adopted is None:
        raise LookupError(f"{adoption.process} was not taken over on {adoption.cluster}.")
    usual = comparable(adopted, process, unkept_spec(spec, process, facts))
    return json.dumps(usual, sort_keys=True, separators=(",", ":"))


def _around(taken: Taken) -> dict[str, Any]:
    names = ("priority", "nodes", "tolerations", "spread")
    return {name: getattr(taken, name) for name in names}


def _refuse_shared(spec: AppSpec, adoption: Adoption) -> None:
    """What the app gives to all its processes would be new to this one, and new is what makes instances start anew."""
    given = [name for name in SHARED if getattr(spec, name)]
    given += [
        name
        for row in spec.placement.overrides
        if row.cluster == adoption.cluster
        for name in ("registry", "env", "size")
        if getattr(row, name)
    ]
    if spec.stopped:
        raise Refused(_("The app is stopped, and {name} runs. Start the app first.").format(name=adoption.workload))
    if given:
        sentence = _(
            "The app gives {what} to all its processes, and {name} runs without. Take it over into an app of its own."
        )
        raise Refused(sentence.format(what=", ".join(SHARED.get(one, one) for one in given), name=adoption.workload))


def _refuse_unlike(spec: AppSpec, taken: Taken, adoption: Adoption) -> None:
    """What holds for all processes of an app has to be so for this one already."""
    unlike = [name for name, value in _around(taken).items() if getattr(spec.placement, name) != value]
    unlike += ["affinity"] if spec.placement.affinity else []
    unlike += ["host aliases"] if spec.host_aliases != taken.host_aliases else []
    unlike += ["strategy"] if spec.release.strategy.kind != taken.strategy else []
    if unlike:
        sentence = _("{name} is unlike the other processes of the app in: {what}. Take it over into an app of its own.")
        raise Refused(sentence.format(name=adoption.workload, what=", ".join(unlike)))
    if adoption.cluster not in [row.cluster for row in spec.placement.targets]:
        sentence = _("The app is not placed on {cluster}. Place it there first, or take {name} into an app of its own.")
        raise Refused(sentence.format(cluster=adoption.cluster, name=adoption.workload), field="cluster")


def _placed(spec: AppSpec, taken: Taken, adoption: Adoption) -> AppSpec:
    """All its instances stay where they are, whatever share the cluster has of the others."""
    if len(spec.placement.targets) == 1:
        return spec
    overrides = {row.cluster: row.replicas for row in spec.placement.overrides}
    own = OwnNumber(process=adoption.process, replicas=taken.replicas)
    return spec.with_override(adoption.cluster, replicas=put(overrides.get(adoption.cluster, ()), own))
