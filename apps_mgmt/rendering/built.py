"""An image that was built after everything else was rendered, put into the manifests of its process. Pure."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence

from apps_mgmt.rendering.facts import Manifest
from apps_mgmt.rendering.names import key_of
from apps_mgmt.spec import AppSpec
from apps_mgmt.spec.placement import on_cluster


def with_images(
    manifests: Sequence[Manifest], spec: AppSpec, *, processes: Collection[str], keys: Mapping[str, str], cluster: str
) -> list[Manifest]:
    """The manifests of a cluster with the images that these processes have in the spec, as it is on that cluster.

    `keys` says which process each workload is. Of a scheduled job, the one container bears the name of its process.
    """
    local = {name: on_cluster(spec, cluster).process(name) for name in processes}
    found = []
    for manifest in manifests:
        process = local.get(keys.get(key_of(manifest), ""))
        if manifest["kind"] == "CronJob":
            images = {name: one.image for name, one in local.items()}
            found.append(_changed(manifest, images, "spec", "jobTemplate", "spec", "template"))
        elif process:
            adopted = process.adopted_on(cluster)
            images = {adopted.container if adopted else process.name: process.image}
            found.append(_changed(manifest, images, "spec", "template"))
        else:
            found.append(manifest)
    return found


def _changed(manifest: Manifest, images: Mapping[str, str], *path: str) -> Manifest:
    """`images` are those of containers, by name; `path` leads to the template of the instances."""
    changed = copy.deepcopy(manifest)
    template = changed
    for name in path:
        template = template[name]
    for container in template["spec"]["containers"]:
        container["image"] = images.get(container["name"], container.get("image"))
    return changed
