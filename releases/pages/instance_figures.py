"""Instances as the pages draw them, from what the clusters last said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from apps_mgmt.models import AppStatus
from apps_mgmt.spec.errors import SpecError
from apps_mgmt.spec.image import parse
from releases.observation import Instance, Observation, WorkloadFacts
from releases.states import Problem
from releases.wording import PROBLEMS

# What Kubernetes says while an instance gets its image and what else it needs on its machine.
PULLING = frozenset({"ContainerCreating", "PodInitializing"})


def short_image(image: str) -> str:
    """`gcr.io/team/frontend:v1` → `frontend:v1`; what cannot be read stays as it is."""
    try:
        return parse(image).short
    except SpecError:
        return image


def images_of(status: AppStatus) -> str:
    """The images that run, short; where clusters run different ones, each of them."""
    seen = {short_image(row["image"]) for row in status.clusters if row.get("image")}
    return ", ".join(sorted(seen)) or short_image(status.image)


def tag_of(image: str) -> str:
    """The tag, or the start of the digest, or the short name: what tells two versions apart."""
    return short_image(image).rpartition(":")[2]


def instance_view(instance: Instance, *, cluster: str) -> dict[str, Any]:
    return {
        "name": instance.name,
        "tone": _tone(instance),
        "phase": _phase(instance),
        "raw": instance.reason,
        "version": tag_of(instance.image),
        "cluster": cluster,
        "words": instance.trouble.words if instance.trouble else instance.message,
        "restarts": instance.restarts,
    }


def instances_of(workloads: Iterable[WorkloadFacts], *, cluster: str) -> list[dict[str, Any]]:
    return [instance_view(one, cluster=cluster) for workload in workloads for one in workload.instances]


def troubles(observation: Observation, *, cluster: str) -> list[dict[str, Any]]:
    """One voice per process in trouble: the worst instance's own words, its log and its events."""
    voices = []
    for workload in observation.workloads:
        if workload.in_trouble:
            worst = max(workload.in_trouble, key=lambda one: (bool(one.log), one.restarts))
            assert worst.trouble is not None
            words, log = worst.trouble.words, worst.log or worst.events
            voices.append(_voice(workload, worst.name, worst.trouble.problem, words) | _said(worst, log))
        elif workload.trouble:
            voices.append(_voice(workload, workload.name, workload.trouble.problem, workload.trouble.words))
    return [voice | {"cluster": cluster} for voice in voices]


def _voice(workload: WorkloadFacts, name: str, problem: Problem, words: str) -> dict[str, Any]:
    return {
        "instance": name,
        "process": workload.process,
        "reason": PROBLEMS[problem],
        "raw": "",
        "words": words,
        "restarts": 0,
        "log": "",
    }


def _said(instance: Instance, log: tuple[str, ...]) -> dict[str, Any]:
    return {"raw": instance.reason, "restarts": instance.restarts, "log": "\n".join(log)}


def _tone(instance: Instance) -> str:
    if instance.going:
        return "going"
    if instance.trouble:
        return "failing"
    if not instance.current:
        return "old"
    if instance.ready:
        return "ready"
    return "pulling" if instance.reason in PULLING else "starting"


def _phase(instance: Instance) -> str | Promise:
    if instance.going:
        return _("going away")
    if instance.trouble:
        return PROBLEMS[instance.trouble.problem]
    if instance.ready:
        return _("ready")
    if instance.reason in PULLING:
        return _("pulling")
    return _("waiting for a machine") if instance.phase == "Pending" and not instance.node else _("starting")
