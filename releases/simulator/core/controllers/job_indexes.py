"""Jobs whose pods are numbered: which numbers are done, and which are given out next."""

from __future__ import annotations

from itertools import pairwise

from ..objects import Object, annotations_of

INDEX = "batch.kubernetes.io/job-completion-index"
_VARIABLE = {
    "name": "JOB_COMPLETION_INDEX",
    "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": f"metadata.labels['{INDEX}']"}},
}


def is_indexed(job: Object) -> bool:
    return bool(job["spec"].get("completionMode") == "Indexed")


def index_of(pod: Object) -> int:
    return int(annotations_of(pod).get(INDEX, "-1"))


def read(text: str) -> set[int]:
    """The numbers that a text like ``0-2,5`` names."""
    spans = [[int(number) for number in span.split("-")] for span in text.split(",") if span]
    return {number for span in spans for number in range(span[0], span[-1] + 1)}


def write(numbers: set[int]) -> str:
    """The text for such numbers, as the real controller spells it: only three and more become a span."""
    ordered = sorted(numbers)
    breaks = [later for sooner, later in pairwise(ordered) if later > sooner + 1]
    starts = [*ordered[:1], *breaks]
    spans = []
    for start in starts:
        end = next(number for number in range(start, start + len(ordered)) if number + 1 not in numbers)
        spans.append(str(start) if end == start else f"{start}{',' if end == start + 1 else '-'}{end}")
    return ",".join(spans)


def free(job: Object, *, done: str, active: list[Object]) -> list[int]:
    """The numbers that no pod has yet or any more, the lowest first."""
    taken = read(done) | {index_of(pod) for pod in active}
    return [number for number in range(job["spec"]["completions"]) if number not in taken]


def give(pod: Object, number: int, *, job_name: str) -> Object:
    """The pod with its number: in name, host name, label, annotation and environment."""
    meta, spec = pod["metadata"], pod["spec"]
    prefix = f"{job_name[:55]}-{number}-"
    marked = {
        **meta,
        "name": prefix + meta["name"].rpartition("-")[2],
        "generateName": prefix,
        "labels": {**meta["labels"], INDEX: str(number)},
        "annotations": {**annotations_of(pod), INDEX: str(number)},
    }
    groups = {
        group: [{**row, "env": [*(row.get("env") or ()), _VARIABLE]} for row in spec[group]]
        for group in ("containers", "initContainers")
        if group in spec
    }
    return {**pod, "metadata": marked, "spec": {**spec, "hostname": f"{job_name}-{number}", **groups}}
