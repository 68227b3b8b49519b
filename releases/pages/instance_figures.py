"""Instances as the pages draw them, from what the clusters last said."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt.spec.errors import SpecError
from apps_mgmt.spec.image import parse
from releases.observation import Instance, Observation, WorkloadFacts


def short_image(image: str) -> str:
    """`gcr.io/team/frontend:v1` → `frontend:v1`; what cannot be read stays as it is."""
    try:
        return parse(image).short
    except SpecError:
        return image


def tag_of(image: str) -> str:
    """The tag, or the start of the digest, or the short name: what tells two versions apart."""
    return short_image(image).rpartition(":")[2]


def instance_view(instance: Instance, *, cluster: str) -> dict[str, Any]:
    return {
        "name": instance.name,
        "tone": _tone(instance),
        "phase": _phase(instance),
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
        bad = [one for one in workload.instances if one.trouble and not one.going]
        if bad:
            worst = max(bad, key=lambda one: (bool(one.log), one.restarts))
            assert worst.trouble is not None
            voices.append(
                {
                    "instance": worst.name,
                    "cluster": cluster,
                    "process": workload.process,
                    "reason": worst.reason or worst.trouble.problem.value,
                    "words": worst.trouble.words,
                    "restarts": worst.restarts,
                    "log": "\n".join(worst.log or worst.events),
                }
            )
        elif workload.trouble:
            voices.append(
                {
                    "instance": workload.name,
                    "cluster": cluster,
                    "process": workload.process,
                    "reason": workload.trouble.problem.value,
                    "words": workload.trouble.words,
                    "restarts": 0,
                    "log": "",
                }
            )
    return voices


def _tone(instance: Instance) -> str:
    if instance.going:
        return "going"
    if instance.trouble:
        return "failing"
    if not instance.current:
        return "old"
    return "ready" if instance.ready else "starting"


def _phase(instance: Instance) -> str:
    if instance.going:
        return _("Going")
    if instance.reason:
        return instance.reason
    if instance.ready:
        return _("Ready")
    return _("Starting") if instance.phase == "Running" else instance.phase
