"""What an app counts in each of the eleven dimensions of a quota: the most it can come to, on every cluster."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.spec import AppSpec, load, peak_usage, usage
from apps_mgmt.spec.releasing import ReleaseHooks
from apps_mgmt.spec.usage import DIMENSIONS, usage_across
from tenants.quota.arithmetic import counted

MIB, GIB = 1024**2, 1024**3
TWO = [{"cluster": "north"}, {"cluster": "south"}]
ASKS = {
    "size": "",
    "cpu_request": "250m",
    "memory_request": "100Mi",
    "ephemeral_request": "1Gi",
    "gpu": {"count": 2},
}


def app(*, replicas: int = 4, targets: Any = TWO, process: Any = None, **rest: Any) -> AppSpec:
    web = {"name": "web", "image": "a", "replicas": replicas, "resources": ASKS, "update": {"max_surge": "1"}}
    return load({"processes": [web | (process or {})], "placement": {"targets": targets}, **rest})


def job(name: str = "nightly", **rest: Any) -> dict[str, Any]:
    return {"name": name, "cron": "0 3 * * *", "process": "web", "command": ["clean"], "resources": ASKS, **rest}


def test_an_app_counts_once_however_many_clusters_it_is_on() -> None:
    assert (usage(app())["apps"], peak_usage(app())["apps"]) == (1, 1)


@pytest.mark.parametrize(
    ("dimension", "each"),
    [("instances", 1), ("cpu", 250), ("memory", 100 * MIB), ("ephemeral", GIB), ("gpu", 2)],
)
def test_every_instance_counts_with_what_it_asks_for_and_the_surge_of_each_cluster_while_it_rolls(
    dimension: str, each: int
) -> None:
    assert usage(app())[dimension] == 4 * each
    assert peak_usage(app())[dimension] == (4 + 2) * each


@pytest.mark.parametrize("dimension", ["instances", "cpu", "memory", "ephemeral", "gpu"])
def test_an_autoscaler_counts_at_its_most(dimension: str) -> None:
    scaled = app(process={"autoscaler": {"least": 2, "most": 10, "cpu": 50}})
    assert usage(scaled)[dimension] == usage(app(replicas=10))[dimension]


@pytest.mark.parametrize("dimension", ["instances", "cpu", "memory", "ephemeral", "gpu"])
def test_a_second_track_counts_whole_while_it_rolls(dimension: str) -> None:
    green = app(release={"strategy": {"kind": "blue-green"}})
    assert peak_usage(green)[dimension] == 2 * usage(green)[dimension]


def test_a_shared_volume_counts_on_every_cluster_and_one_of_its_own_for_every_instance() -> None:
    volume = [{"name": "data", "size": "3Gi"}]
    mounted = {"mounts": [{"volume": "data", "path": "/data"}]}
    assert usage(app(volumes=volume, process=mounted))["storage"] == 2 * 3 * GIB
    assert usage(app(volumes=volume, process={**mounted, "kind": "StatefulSet"}))["storage"] == 4 * 3 * GIB


def test_a_route_counts_once_and_again_where_a_cluster_has_another_host_for_it() -> None:
    routes = [
        {"host": "shop.example.com", "process": "web"},
        {"host": "shop.example.com", "path": "/a", "process": "web"},
    ]
    port = {"ports": [{"name": "http", "port": 80, "exposure": "public"}]}
    assert usage(app(routes=routes, process=port))["routes"] == 2
    swap = {"cluster": "south", "hosts": [{"host": "shop.example.com", "instead": "south.example.com"}]}
    data = {"processes": [{"name": "web", "image": "a", **port}], "routes": routes}
    assert usage(load(data | {"placement": {"targets": TWO, "overrides": [swap]}}))["routes"] == 4


def test_a_bound_service_counts_once_for_all_clusters() -> None:
    assert usage(app(bindings=[{"instance": "orders-db"}]))["services"] == 1


def test_a_release_counts_while_it_is_in_flight_only() -> None:
    assert (usage(app())["releases"], peak_usage(app())["releases"]) == (0, 1)


def test_a_scheduled_job_counts_on_every_cluster_with_one_instance_of_it() -> None:
    with_job = app(jobs=[job()])
    assert usage(with_job)["jobs"] == 2
    assert usage(with_job)["instances"] == 4 + 2
    assert usage(with_job)["cpu"] == (4 + 2) * 250


def test_a_suspended_job_counts_as_one_and_asks_for_nothing() -> None:
    asleep = usage(app(jobs=[job(suspended=True)]))
    assert (asleep["jobs"], asleep["instances"]) == (2, 4)


def test_clusters_with_revisions_of_their_own_add_up() -> None:
    old, new = app(replicas=3, targets=TWO[:1]), app(replicas=5, targets=TWO[1:])
    both = usage_across([("north", old), ("south", new)])
    assert (both["apps"], both["instances"], both["cpu"]) == (1, 8, 8 * 250)


def test_clusters_with_one_revision_count_as_that_revision_does() -> None:
    routes = [{"host": "shop.example.com", "process": "web"}]
    port = {"ports": [{"name": "http", "port": 80, "exposure": "public"}]}
    one = app(routes=routes, process=port, volumes=[{"name": "data", "size": "1Gi"}], jobs=[job()])
    assert dict(usage_across([("north", one), ("south", one)])) == dict(usage(one))


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_the_largest_of_draft_deployed_and_in_flight_counts(dimension: str) -> None:
    sources = {"draft": 2, "deployed": 5, "release:1": 3}
    assert counted({dimension: amount} for amount in sources.values()) == {dimension: 5}


def test_the_jobs_of_a_release_are_counted_while_it_goes_on_and_the_largest_alone() -> None:
    def step(name: str, cpu: str) -> dict[str, Any]:
        command = {"kind": "job", "process": "web", "command": ["x"]}
        return {**command, "name": name, "resources": {"cpu_request": cpu, "memory_request": "64Mi"}}

    plain = load({"processes": [{"name": "web", "image": "shop:1"}], "placement": {"targets": [{"cluster": "north"}]}})
    hooks = ReleaseHooks.model_validate({"before": [step("one", "250m"), step("two", "100m")]})
    spec = plain.with_release(hooks=hooks)
    assert usage(spec) == usage(plain)
    more = {name: peak_usage(spec)[name] - peak_usage(plain)[name] for name in ("instances", "cpu")}
    assert more == {"instances": 1, "cpu": 250}


def peak(new: AppSpec, *stands: tuple[str, AppSpec]) -> int:
    return peak_usage(new, running=[cluster for cluster, _spec in stands], stands=stands)["instances"]


def test_a_release_counts_what_stands_until_it_goes_cluster_by_cluster() -> None:
    north, south = ([{"cluster": name}] for name in ("north", "south"))
    assert peak(app(targets=south), ("north", app(targets=north))) == 4 + 4, "north is emptied last"
    uneven = [{"cluster": "north", "weight": 3}, {"cluster": "south"}]
    turned = [{"cluster": "north"}, {"cluster": "south", "weight": 3}]
    there = [(name, app(targets=uneven)) for name in ("north", "south")]
    assert peak(app(targets=turned), *there) == 3 + (3 + 1), "north still has three while south has them already"
    assert peak(app(replicas=2, targets=north), ("north", app(targets=north))) == 4, "who goes down needs no more room"


def test_of_what_may_stand_on_a_cluster_the_most_counts() -> None:
    small, large = app(replicas=1, targets=TWO[:1]), app(replicas=7, targets=TWO[:1])
    assert peak(small, ("north", small), ("north", large)) == 7
    assert usage_across([("north", small), ("north", large)])["instances"] == 7


def test_a_process_that_goes_counts_beside_those_that_come() -> None:
    old, new = (app(targets=TWO[:1], process={"name": name}) for name in ("web", "worker"))
    assert peak(new, ("north", old)) == 4 + (4 + 1)


def released(kind: str, **rest: Any) -> AppSpec:
    return app(targets=TWO[:1], release={"strategy": {"kind": kind}}, **rest)


@pytest.mark.parametrize(("kind", "most"), [("rolling", 4 + 1), ("blue-green", 4 + 4), ("recreate", 4)])
def test_what_a_release_left_half_way_counts_with_what_came_on_top(kind: str, most: int) -> None:
    left = [("north", released(kind))]
    assert usage_across([("north", app(targets=TWO[:1]))], rolled=left)["instances"] == most
    assert usage_across([], rolled=left)["cpu"] == most * 250
    gone = [("north", app(replicas=3, targets=TWO[:1], process={"name": "worker"}))]
    assert usage_across(gone, rolled=left)["instances"] == most + 3, "what it would take away last is there as well"
    assert usage_across(gone, rolled=left)["releases"] == 0


@pytest.mark.parametrize(
    ("left", "comes", "most"),
    [
        ("rolling", released("rolling"), 4 + 1),
        ("rolling", released("blue-green"), 4 + 1 + 4),
        ("blue-green", released("blue-green"), 4 + 4),
        ("blue-green", released("rolling"), 4 + 4 + 1),
        ("blue-green", released("blue-green", replicas=2), 4 + 4),
        ("blue-green", released("rolling", process={"name": "worker"}), 4 + 4 + 4 + 1),
    ],
)
def test_a_release_that_meets_what_is_half_way_counts_it_until_it_goes(left: str, comes: AppSpec, most: int) -> None:
    runs, half = [("north", app(targets=TWO[:1]))], [("north", released(left))]
    assert peak_usage(comes, running=["north"], stands=runs, rolled=half)["instances"] == most


def test_where_others_have_the_number_of_instances_the_larger_one_counts() -> None:
    one = app(replicas=4, targets=TWO)
    numbers = {"north": {"web": 9}, "south": {"web": 1}}
    assert usage_across([("north", one), ("south", one)], numbers=numbers)["instances"] == 9 + 2
    assert peak_usage(one, numbers=numbers)["instances"] == (9 + 1) + (2 + 1)
    stopped = app(replicas=4, targets=TWO[:1], process={"suspended": True})
    assert usage_across([("north", stopped)], numbers=numbers)["instances"] == 9, "nobody takes them down"


def test_the_job_of_a_build_counts_like_that_of_a_command_and_a_call_to_ci_counts_nothing() -> None:
    big = {"cpu_request": "2", "memory_request": "4Gi"}
    job = {"kind": "build", "name": "make", "processes": ["web"], "image": "builder:1", "command": ["make"]}
    call = {"kind": "build", "name": "ask", "processes": ["web"], "request": {"url": "https://ci.example.com/"}}

    def spec(*steps: dict[str, Any]) -> AppSpec:
        strategy = {"steps": [*steps, {"kind": "apply", "name": "write"}]} if steps else {}
        placement = {"targets": [{"cluster": "north"}]}
        return load(
            {
                "processes": [{"name": "web", "image": "shop:1"}],
                "placement": placement,
                "release": {"strategy": strategy},
            }
        )

    names = ("instances", "cpu", "memory")
    plain = peak_usage(spec())
    built, called = peak_usage(spec({**job, "resources": big})), peak_usage(spec(call | {"resources": big}))
    assert [built[name] - plain[name] for name in names] == [1, 2_000, 4 * 1024**3]
    assert [called[name] - plain[name] for name in names] == [0, 0, 0]
    assert peak_usage(spec(job))["cpu"] - plain["cpu"] == 100
