"""Jobs that steps of a release run: made from the frozen workload of a process and from nothing else."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

from apps_mgmt.rendering.facts import Manifest
from apps_mgmt.rendering.names import APP, APP_ID, MANAGED_BY, PROCESS, TENANT, TRACK, given

RUN = "slipway.dev/run"
"""On a job and its pod: which attempt at which step it is."""

KEPT_SECONDS = 86_400
_ONLY_RUNNING = ("args", "ports", "readinessProbe", "livenessProbe", "startupProbe", "lifecycle")


def step_job(
    workload: Manifest,
    *,
    run: str,
    step: str,
    command: Sequence[str],
    resources: Manifest,
    inputs: Mapping[str, str],
    seconds: int,
    image: str = "",
) -> Manifest:
    """The process's own container with another command and `inputs` as variables; over after `seconds` at the latest.

    With its own image, or another `image`.

    Its pods carry the track `job` and a name that no process has: no Service and no workload takes them for its own.
    It is never started again by itself: whether there is another attempt is for the release to say.
    """
    template = copy.deepcopy(workload["spec"]["template"])
    owner = {key: workload["metadata"]["labels"][key] for key in (APP, APP_ID, TENANT, MANAGED_BY)}
    labels = {**owner, PROCESS: f"step.{step}", TRACK: "job", RUN: run}
    metadata = template.setdefault("metadata", {})
    metadata["labels"] = {**metadata.get("labels", {}), **labels}
    pod = template["spec"]
    for field in ("initContainers", "topologySpreadConstraints"):
        pod.pop(field, None)
    main = {name: value for name, value in pod["containers"][0].items() if name not in _ONLY_RUNNING}
    there = {volume["name"] for volume in pod.get("volumes", ())}
    mounts = [mount for mount in main.pop("volumeMounts", ()) if mount["name"] in there]
    known = [row for row in main.pop("env", ()) if row["name"] not in inputs]
    env = [*known, *({"name": name, "value": value} for name, value in sorted(inputs.items()))]
    main.pop("resources", None)
    main |= given(image=image)
    main |= given(command=list(command), resources=resources, volumeMounts=mounts, env=env)
    pod |= {"containers": [main], "restartPolicy": "Never"}
    name = f"{labels[APP]}--{step[:20].replace('_', '-').strip('-')}-{run}"
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "namespace": workload["metadata"]["namespace"], "labels": labels},
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": seconds,
            "ttlSecondsAfterFinished": KEPT_SECONDS,
            "template": template,
        },
    }
