"""How instances are divided over clusters, and what a spec uses."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from apps_mgmt.spec import AppSpec, Autoscaler, Target, divide, on_cluster, peak_usage, shares, usage
from apps_mgmt.spec.surging import amount_of
from apps_mgmt.spec.usage import DIMENSIONS, largest
from tenants.quota import dimensions
from tests.pure.golden.specs import rich, specs

MIB = 1024**2
CLUSTERS = ("north", "south", "east", "west", "edge")
TARGETS = st.lists(
    st.builds(
        Target,
        cluster=st.sampled_from(CLUSTERS),
        weight=st.integers(0, 9),
        own=st.none() | st.integers(0, 20),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda row: row.cluster,
)


@given(total=st.integers(0, 500), targets=TARGETS)
def test_a_division_always_sums_to_the_total(total: int, targets: list[Target]) -> None:
    numbers = divide(total, targets)
    assert sum(numbers.values()) == total
    assert all(number >= 0 for number in numbers.values())
    assert list(numbers) == [row.cluster for row in targets]


@given(total=st.integers(0, 500), targets=TARGETS, data=st.data())
def test_a_division_does_not_depend_on_the_order_of_rows(
    total: int, targets: list[Target], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(targets))
    assert divide(total, shuffled) == divide(total, targets)


@given(total=st.integers(0, 500), targets=TARGETS)
def test_by_weight_nobody_is_off_by_a_whole_instance(total: int, targets: list[Target]) -> None:
    rows = [row.change(own=None) for row in targets]
    whole = sum(row.weight for row in rows)
    assume(whole)
    numbers = divide(total, rows)
    assert all(abs(numbers[row.cluster] - total * row.weight / whole) < 1 for row in rows)


def test_ties_go_by_name_and_own_numbers_first() -> None:
    rows = [Target(cluster="south"), Target(cluster="north"), Target(cluster="edge", own=2)]
    assert divide(5, rows) == {"south": 1, "north": 2, "edge": 2}
    assert divide(1, rows) == {"south": 0, "north": 0, "edge": 1}
    assert divide(7, [Target(cluster="a", own=2), Target(cluster="b", own=1)]) == {"a": 4, "b": 3}
    assert divide(5, [Target(cluster="a", own=1, weight=0), Target(cluster="b", weight=0)]) == {"a": 5, "b": 0}
    assert divide(3, []) == {}


def test_an_override_gives_a_process_its_own_number() -> None:
    spec = rich()
    numbers = {
        cluster: share.replicas
        for cluster, share in shares(spec, spec.process("worker"), spec.placement.targets).items()
    }
    assert numbers == {"north": 4, "south": 1}


@given(least=st.integers(1, 20), more=st.integers(0, 20), replicas=st.integers(0, 40), targets=TARGETS)
def test_an_autoscaler_has_at_least_one_wherever_it_scales(
    least: int, more: int, replicas: int, targets: list[Target]
) -> None:
    scaler = Autoscaler(least=least, most=least + more, cpu=50)
    spec = AppSpec().with_new_process("web", image="a", replicas=replicas, autoscaler=scaler)
    parts = shares(spec, spec.process("web"), targets)
    for row in targets:
        part = parts[row.cluster]
        if row.weight or row.own:
            assert 1 <= part.least <= part.replicas <= part.most
        else:
            assert part.most == 0
    assert sum(part.most for part in parts.values()) >= scaler.most or not any(row.weight or row.own for row in targets)


def test_suspended_and_stopped_are_nothing() -> None:
    spec = rich()
    for still in (spec.with_process("web", suspended=True), spec.change(stopped=True)):
        assert {share.most for share in shares(still, still.process("web"), still.placement.targets).values()} == {0}
    assert usage(spec.change(stopped=True))["instances"] == 0


def test_an_override_is_worked_in_on_its_cluster_only() -> None:
    south = on_cluster(rich(), "south")
    assert south.process("web").image == "mirror.example.com/shop/web:1.4.2"
    assert {row.name: row.value for row in south.env}["BANNER"] == "Summer"
    assert {route.host for route in south.routes} == {"shop.example.com", "south.example.com"}
    assert on_cluster(rich(), "north") is rich() or on_cluster(rich(), "north") == rich()


def test_the_dimensions_are_those_of_quotas() -> None:
    assert set(DIMENSIONS) == set(dimensions.DIMENSIONS)


def test_the_usage_of_a_known_spec() -> None:
    spec = AppSpec().with_new_process(
        "web",
        image="a",
        replicas=3,
        resources={"cpu_request": "250m", "memory_request": "100Mi", "memory_limit": "200Mi"},
    )
    spec = spec.with_targets([{"cluster": "north"}, {"cluster": "south"}]).with_volume("data", size="1Gi")
    used = usage(spec)
    assert (used["apps"], used["instances"], used["cpu"], used["memory"]) == (1, 3, 750, 300 * MIB)
    assert used["storage"] == 2 * 1024 * MIB
    assert used["releases"] == 0
    peak = peak_usage(spec)
    assert (peak["instances"], peak["releases"]) == (5, 1)


def test_where_nothing_runs_yet_a_release_needs_no_room_for_old_beside_new() -> None:
    spec = AppSpec().with_new_process("web", image="a", replicas=4, update={"max_surge": "1"})
    spec = spec.with_targets([{"cluster": "north"}, {"cluster": "south"}])
    assert [peak_usage(spec, running=names)["instances"] for names in ((), ("north",), ("north", "south"))] == [4, 5, 6]
    assert peak_usage(spec, running=())["releases"] == 1


def test_helpers_count_and_what_runs_before_counts_where_it_is_larger() -> None:
    small = {"size": "", "cpu_request": "100m"}
    spec = AppSpec().with_new_process("web", image="a", resources=small)
    assert usage(spec.with_sidecar("web", "x", image="a", resources=small))["cpu"] == 200
    assert usage(spec.with_init("web", "x", image="a", resources=small))["cpu"] == 100
    assert usage(spec.with_init("web", "x", image="a", resources={"size": "", "cpu_limit": "1"}))["cpu"] == 1000


def test_an_autoscaler_counts_at_its_most_at_any_hour() -> None:
    hours = ({"cron": "0 8 * * *", "least": 2, "most": 30},)
    scaler = Autoscaler(least=1, most=4, cpu=50, hours=hours)
    spec = AppSpec().with_new_process("web", image="a", autoscaler=scaler)
    assert usage(spec)["instances"] == 30


def test_a_second_track_counts_while_it_rolls() -> None:
    spec = AppSpec().with_new_process("web", image="a", replicas=10, update={"max_surge": "1"})
    strategies = {"rolling": 11, "recreate": 10, "batches": 13, "blue-green": 20}
    for kind, most in strategies.items():
        rolled = spec.with_release(strategy={"kind": kind, "batch": "25%"})
        assert peak_usage(rolled)["instances"] == most, kind


def test_each_instance_of_a_stateful_set_has_its_volume() -> None:
    assert usage(rich())["storage"] == (2 * 5 + 2 * 1) * 1024 * MIB


def test_percentages_are_rounded_up() -> None:
    assert [amount_of(text, 5) for text in ("25%", "0%", "100%", "3", "1%")] == [2, 0, 5, 3, 1]


@settings(max_examples=30, deadline=None)
@given(spec=specs())
def test_a_rolling_app_never_counts_less_than_one_at_rest(spec: AppSpec) -> None:
    rest, rolling = usage(spec), peak_usage(spec)
    assert set(rest) == set(rolling) == set(DIMENSIONS)
    assert all(rolling[name] >= rest[name] >= 0 for name in DIMENSIONS)
    assert dict(largest([rest, rolling])) == dict(rolling)
