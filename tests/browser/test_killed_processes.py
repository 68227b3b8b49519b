"""Worker, agent and clock are killed in the middle of a release; nobody notices but the supervisor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from tests.browser.outside import Api, ClusterApi
from tests.browser.stack import Stack
from tests.browser.waiting import until

APP = "shippingservice"
IMAGE = f"us-central1-docker.pkg.dev/google-samples/microservices-demo/{APP}"
Clusters = dict[str, ClusterApi]


class Watched:
    """What a release changes on the clusters from now on."""

    def __init__(self, clusters: Clusters) -> None:
        self.clusters = clusters
        self._since = {name: cluster.version() for name, cluster in clusters.items()}
        self._generations = {name: cluster.generation(APP) for name, cluster in clusters.items()}

    def writes(self, cluster: str) -> Counter[str]:
        return Counter(self.clusters[cluster].writes(APP, since=self._since[cluster]))

    def generations(self) -> dict[str, int]:
        """By how much the generation of the Deployment rose."""
        return {name: one.generation(APP) - self._generations[name] for name, one in self.clusters.items()}


def release(api: Api, *, tag: str, meanwhile: Callable[[], None] = lambda: None) -> datetime:
    """Deploy a tag, see that it succeeds, and return when it ended."""
    number = api.deploy(APP, image=f"{IMAGE}:{tag}")
    meanwhile()
    ended = api.ended(APP, number)
    assert ended["state"] == "succeeded", ended
    assert {target["state"] for target in ended["targets"]} == {"done"}
    return datetime.fromisoformat(ended["ended_at"])


def test_that_a_release_survives_its_processes_and_changes_every_object_once(
    stack: Stack, api: Api, clusters: Clusters
) -> None:
    api.deployed_first(APP)
    watched = Watched(clusters)
    release(api, tag="v1.0.1")
    undisturbed = {name: watched.writes(name) for name in clusters}

    disturbed = Watched(clusters)
    killed: list[datetime] = []

    def kill(name: str) -> None:
        killed.append(datetime.now(UTC))
        stack.kill(name)

    def kill_in_turn() -> None:
        until(lambda: disturbed.writes("north"), what="the first object is written", every=0.01)
        kill("worker")
        until(lambda: disturbed.generations()["north"], what="the north has the new image", every=0.01)
        kill("agent")
        until(lambda: disturbed.writes("south"), what="it is the turn of the south", seconds=180, every=0.01)
        kill("clock")

    # So slow that it is under way for as long as killing takes.
    ended = release(api, tag="slow-2", meanwhile=kill_in_turn)

    assert max(killed) < ended, "all of them were killed in the middle"
    for name, cluster in clusters.items():
        writes = disturbed.writes(name)
        assert writes == undisturbed[name], name
        assert set(writes.values()) == {1}, name
        assert f"apply deployments.apps/{APP}--web" in writes
        assert cluster.image(APP) == f"{IMAGE}:slow-2"
        cluster.runs(APP, [f"{IMAGE}:slow-2"])
    assert disturbed.generations() == {"north": 1, "south": 1}
