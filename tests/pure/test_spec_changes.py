"""Changes of a spec: each gives a new one, and what hangs together stays together."""

from __future__ import annotations

import pytest

from apps_mgmt.spec import AppSpec, EnvVar, Probe, SpecError, diff
from apps_mgmt.spec.steps import processes_of
from tests.pure.golden.specs import rich


@pytest.fixture
def shop() -> AppSpec:
    spec = AppSpec().with_new_process("web", image="nginx:1.27").with_port("web", "http", 8080, exposure="public")
    return spec.with_route("shop.example.com", process="web", port="http")


def test_a_process_is_changed_and_the_old_spec_stays(shop: AppSpec) -> None:
    changed = shop.with_process("web", replicas=4, image="nginx:1.28")
    assert (changed.process("web").replicas, changed.process("web").image) == (4, "nginx:1.28")
    assert shop.process("web").replicas == 1


def test_an_unknown_process_is_answered_with_those_there_are() -> None:
    with pytest.raises(SpecError, match=r"no process api. There is: web, worker, store\."):
        rich().process("api")


def test_an_unknown_field_is_refused(shop: AppSpec) -> None:
    with pytest.raises(SpecError, match="no field colour"):
        shop.with_process("web", colour="red")


def test_a_process_cannot_be_added_twice(shop: AppSpec) -> None:
    with pytest.raises(SpecError, match="already"):
        shop.with_new_process("web", image="a")


def test_a_process_that_is_needed_cannot_go() -> None:
    with pytest.raises(SpecError, match="route"):
        rich().without_process("web")


def test_a_process_goes_with_what_is_its_own() -> None:
    spec = rich().without_process("worker")
    assert [process.name for process in spec.processes] == ["web", "store"]
    assert spec.placement.overrides[0].replicas == ()


def test_what_points_at_a_process_follows_its_new_name() -> None:
    spec = rich().with_process_renamed("web", to="front").with_process_renamed("worker", to="hands")
    assert {route.process for route in spec.routes} == {"front"}
    assert spec.jobs[0].process == "front"
    assert spec.files[1].process == "front"
    assert spec.placement.overrides[0].replicas[0].process == "hands"
    assert spec.process("front").probes == rich().process("web").probes
    used = {name for step in spec.release.steps for name in processes_of(step)}
    assert used == {"front", "store"}


def test_a_process_that_a_step_needs_cannot_go() -> None:
    with pytest.raises(SpecError, match="step of the release"):
        rich().without_process("store")


def test_a_mount_for_a_sidecar_follows_the_name_of_the_process() -> None:
    spec = rich().with_mount("web", volume="shared", path="/logs", containers=("web", "proxy"))
    assert spec.with_process_renamed("web", to="front").process("front").mounts[0].containers == ("front", "proxy")


def test_a_variable_set_and_unset_leaves_nothing(shop: AppSpec) -> None:
    changed = shop.with_env("A", "1").with_secret("B", 1, process="web")
    assert changed.without_env("A", "B") == shop


def test_a_variable_keeps_its_place_when_it_changes(shop: AppSpec) -> None:
    spec = shop.with_env("A", "1").with_env("B", "2").with_env("A", "3")
    assert [(row.name, row.value) for row in spec.env] == [("A", "3"), ("B", "2")]


def test_a_processs_own_variable_wins(shop: AppSpec) -> None:
    spec = shop.with_env("A", "all").with_env("A", "own", process="web").with_env("B", "b")
    assert {row.name: row.value for row in spec.variables_of("web")} == {"A": "own", "B": "b"}
    assert spec.without_env("A", process="web").env == spec.env


def test_unsetting_what_is_not_set_is_refused(shop: AppSpec) -> None:
    with pytest.raises(SpecError, match="no variable A"):
        shop.without_env("A")


def test_unsetting_what_a_dependency_gives_names_the_dependency(shop: AppSpec) -> None:
    with pytest.raises(SpecError, match="dependency on cart"):
        shop.with_dependency("cart").without_env("CART_ADDR")


def test_probes_follow_the_simple_path(shop: AppSpec) -> None:
    spec = shop.with_probe("web", "readiness", Probe(path="/old", period=3)).with_probe_path("web", "/health")
    probes = spec.process("web").probes
    assert probes.readiness == Probe(path="/health", period=3)
    assert probes.liveness == Probe(path="/health")
    assert spec.without_probe("web").process("web").probes.given() == ()


def test_a_port_is_renamed_with_what_points_at_it(shop: AppSpec) -> None:
    spec = shop.with_probe("web", "liveness", Probe(port="http")).with_port_changed("web", "http", name="site", port=81)
    liveness = spec.process("web").probes.liveness
    assert liveness is not None and liveness.port == "site"
    assert spec.routes[0].port == "site"
    assert spec.port("web").port == 81


def test_a_port_that_is_needed_cannot_go(shop: AppSpec) -> None:
    with pytest.raises(SpecError, match="route"):
        shop.without_port("web", "http")
    probed = shop.without_route("shop.example.com").with_probe_path("web", "/")
    with pytest.raises(SpecError, match="probe"):
        probed.without_port("web", "http")
    assert probed.without_probe("web").without_port("web", "http").process("web").ports == ()


def test_what_is_said_of_a_host_goes_with_its_last_route() -> None:
    spec = rich().without_route("shop.example.com", "/api")
    assert [row.host for row in spec.domains] == ["shop.example.com", "old.example.com"]
    assert [row.host for row in spec.without_route("shop.example.com").domains] == ["old.example.com"]


def test_a_volume_only_grows_and_stays_while_mounted() -> None:
    with pytest.raises(SpecError, match="only grow"):
        rich().with_volume_expanded("data", size="1Gi")
    assert rich().with_volume_expanded("data", size="2Gi").volumes[1].size == "2Gi"
    with pytest.raises(SpecError, match="Unmount"):
        rich().without_volume("data")
    assert len(rich().without_mount("worker", "/shared").without_volume("shared").volumes) == 1


def test_an_override_of_nothing_is_none() -> None:
    spec = AppSpec().with_override("south", size="large")
    assert spec.placement.overrides[0].size == "large"
    assert spec.with_override("south", size="") == AppSpec()


def test_targets_end_the_choice_by_itself() -> None:
    chosen = AppSpec().with_placement(auto={"clusters": 2})
    assert chosen.with_targets([{"cluster": "north", "weight": 3}]).placement.auto is None


def test_every_other_part_can_be_put_and_dropped() -> None:
    spec = AppSpec().with_new_process("web", image="a")
    full = (
        spec.with_sidecar("web", "proxy", image="envoy:1")
        .with_init("web", "first", image="busybox:1", command=("true",))
        .with_temp("web", "/tmp", size="1Mi")
        .with_file("conf", path="/etc/conf", content="x")
        .with_binding("db", prefix="DB_")
        .with_env_group("common")
        .with_job("nightly", cron="0 3 * * *", process="web", command=("clean",))
        .with_drain("logs", kind="http", target="https://logs.example.com")
        .with_variable(EnvVar(name="IP", reference={"field": "status.podIP"}))
    )
    empty = (
        full.without_sidecar("web", "proxy")
        .without_init("web", "first")
        .without_temp("web", "/tmp")
        .without_file("conf")
        .without_binding("db")
        .without_env_group("common")
        .without_job("nightly")
        .without_drain("logs")
        .without_env("IP")
    )
    assert empty == spec
    assert len(diff(spec, full)) == 9
