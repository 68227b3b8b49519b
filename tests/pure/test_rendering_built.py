"""An image that is built when everything is frozen comes into the manifests as if it had been in the spec before."""

from __future__ import annotations

import pytest

from apps_mgmt.rendering import CLONESET_BETA, GATEWAY_API, canary, digest_manifests, render, with_images
from apps_mgmt.spec import AppSpec
from tests.pure.golden.specs import facts, rich

IMAGE = f"registry.example.com/shop/web@sha256:{'a1' * 32}"


def keys(spec: AppSpec, cluster: str) -> dict[str, str]:
    made = render(spec, facts(cluster=cluster, capabilities=frozenset({GATEWAY_API, CLONESET_BETA})))
    return {f"{one.kind}/{one.name}": one.process for one in made.replicas.values()}


@pytest.mark.parametrize("cluster", ["north", "south"])
@pytest.mark.parametrize("processes", [["web"], ["web", "worker"]])
def test_it_is_the_same_as_rendering_a_spec_that_names_it(cluster: str, processes: list[str]) -> None:
    frozen, wished = rich(), rich()
    for name in processes:
        wished = wished.with_process(name, image=IMAGE)
    there = facts(cluster=cluster, capabilities=frozenset({GATEWAY_API, CLONESET_BETA}))
    found = with_images(
        render(frozen, there).manifests, wished, processes=processes, keys=keys(frozen, cluster), cluster=cluster
    )
    assert found == list(render(wished, there).manifests)
    assert digest_manifests(found) != digest_manifests(render(frozen, there).manifests)


def test_a_second_track_gets_it_too() -> None:
    there = facts(capabilities=frozenset({GATEWAY_API, CLONESET_BETA}))
    wished = rich().with_process("web", image=IMAGE)

    def second(spec: AppSpec) -> list[dict[str, object]]:
        return [canary(one) for one in render(spec, there).manifests if one["kind"] == "Deployment"]

    known = {f"{key}--canary": process for key, process in keys(rich(), there.cluster).items()}
    made = with_images(second(rich()), wished, processes=["web"], keys=known, cluster=there.cluster)
    assert made == second(wished)
