"""What people read of the difference between two specs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from hypothesis import given, settings
from pydantic import BaseModel

from apps_mgmt.spec import AppSpec, Process, Resources, Target, diff
from apps_mgmt.spec.labels import FIELDS, ROWS
from apps_mgmt.spec.steps_waiting import NoteStep, PauseStep
from tests.pure.golden.specs import rich, specs

NOTE = NoteStep(kind="note", name="see", text="Look.")


def read(old: AppSpec, new: AppSpec) -> list[tuple[str, str, str, str]]:
    return [(str(row.label), str(row.before), str(row.after), row.kind) for row in diff(old, new)]


@settings(max_examples=30, deadline=None)
@given(old=specs(), new=specs())
def test_there_is_no_difference_exactly_when_they_are_equal(old: AppSpec, new: AppSpec) -> None:
    assert (diff(old, new) == ()) == (old == new)
    assert diff(old, old) == ()


@settings(max_examples=30, deadline=None)
@given(old=specs(), new=specs())
def test_the_way_back_is_as_long_and_every_line_can_be_read(old: AppSpec, new: AppSpec) -> None:
    there, back = diff(old, new), diff(new, old)
    assert {row.path for row in there} == {row.path for row in back}
    assert all(str(row.label) and row.path for row in there)


def test_a_change_says_what_was_and_what_is() -> None:
    old = rich()
    new = (
        old.with_process("worker", replicas=8, image="a:2").with_env("BANNER", "Winter").with_secret("DATABASE_URL", 3)
    )
    assert read(old, new) == [
        ("worker · image", "registry.example.com/shop/worker@sha256:" + "ab" * 32, "a:2", "changed"),
        ("worker · instances", "5", "8", "changed"),
        ("variable BANNER", "Sommer — 20 %", "Winter", "changed"),
        ("variable DATABASE_URL", "secret DATABASE_URL, version 2", "secret DATABASE_URL, version 3", "changed"),
    ]


def test_rows_come_and_go_by_name() -> None:
    old = rich()
    new = old.with_port("web", "extra", 7000, protocol="grpc").without_route("plain.example.com", "/exact")
    assert read(old, new) == [
        ("web · port extra", "", "number 7000, protocol grpc", "added"),
        ("route plain.example.com/exact", "exact path yes, process web", "", "removed"),
    ]


def test_a_route_says_to_which_port_and_a_cluster_its_weight() -> None:
    old = rich()
    new = old.with_route("new.example.com", process="web", port="http").with_targets([Target(cluster="east")])
    lines = {label: after or before for label, before, after, _kind in read(old, new)}
    assert lines["route new.example.com/"] == "process web, port http"
    assert lines["cluster east"] == "weight 1"


def test_units_are_given() -> None:
    old = rich()
    new = old.with_process("web", termination_seconds=60).with_probe_path("web", "/health")
    lines = {label: (before, after) for label, before, after, _kind in read(old, new)}
    assert lines["web · time to stop"] == ("45 s", "60 s")
    assert lines["web · liveness probe · path"] == ("/live", "/health")


def test_steps_are_told_by_name_and_a_step_of_another_kind_as_a_whole() -> None:
    old = rich()
    steps = [step.change(seconds=-1) if step.kind == "pause" else step for step in old.release.strategy.steps]
    steps[6] = PauseStep(kind="pause", name="ready", seconds=60)
    outside = steps[9].branches[0]
    steps[9] = steps[9].change(branches=(outside.change(steps=(NOTE, outside.steps[1])), steps[9].branches[1]))
    new = old.with_release(
        strategy=old.release.strategy.change(steps=steps), waves=old.release.waves.change(order=(), pause=-1)
    )
    assert read(old, new) == [
        ("strategy · step ready", "kind wait, timeout 300 s", "kind pause, wait 60 s", "changed"),
        (
            "strategy · step watch · branch outside · step soak",
            "kind soak, over 600 s",
            "",
            "removed",
        ),
        ("strategy · step watch · branch outside · step see", "", "kind note, text Look.", "added"),
        ("strategy · step night · wait", "3600 s", "until told", "changed"),
        (
            "waves that go first",
            "clusters north, pause 600 s; clusters south, east, failures allowed 1",
            "",
            "removed",
        ),
        ("pause", "0 s", "until told", "changed"),
    ]


def test_only_another_order_is_said_to_be_that() -> None:
    old = rich()
    new = old.change(processes=(old.processes[1], old.processes[0], old.processes[2]))
    assert [row.kind for row in diff(old, new)] == ["moved"]


def test_the_text_of_a_file_is_never_shown() -> None:
    new = rich().with_file("settings", path="/etc/shop/settings.ini", content="password = hunter2\n")
    lines = read(rich(), new)
    assert len(lines) == 1
    assert "hunter2" not in str(lines)
    assert "19 bytes" in lines[0][2]


def test_every_field_has_words() -> None:
    missing = {name for model in _models(AppSpec) for name in model.model_fields if name not in FIELDS}
    assert not missing
    rows = {
        name
        for model in _models(AppSpec)
        for name, info in model.model_fields.items()
        for part in _inner(info.annotation)
        if getattr(part, "KEY", ()) and str(info.annotation).startswith("tuple")
    }
    assert not rows - set(ROWS)


def test_no_words_are_left_over() -> None:
    used = {name for model in _models(AppSpec) for name in model.model_fields}
    assert not set(FIELDS) - used


def _models(model: type[BaseModel], seen: set[type[BaseModel]] | None = None) -> Iterator[type[BaseModel]]:
    seen = set() if seen is None else seen
    if model in seen:
        return
    seen.add(model)
    yield model
    for info in model.model_fields.values():
        for part in _inner(info.annotation):
            yield from _models(part, seen)


def _inner(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _inner(part)


def test_what_has_no_size_says_nothing_of_one() -> None:
    """What was taken over has resources of its own, and a size that is blank."""
    process = Process(name="web", image="a:1", resources=Resources(size="", cpu_request="100m"))
    (change,) = diff(AppSpec(), AppSpec(processes=(process,)))
    assert "100m" in str(change.after)
    assert "size" not in str(change.after)


def test_steps_in_branches_are_read_as_those_by_themselves_are() -> None:
    approval: dict[str, Any] = {"kind": "approval", "name": "ok", "count": 2}
    quiet = [{"kind": "soak", "name": "look", "lasts": 9}, NOTE.model_dump()]
    branches = [{"name": "people", "steps": [approval]}, {"name": "quiet", "steps": quiet}]
    group = {"kind": "parallel", "name": "checks", "branches": branches}
    last = {"kind": "batch", "name": "all", "replicas": "100%"}

    def with_steps(*steps: dict[str, Any]) -> AppSpec:
        return AppSpec.model_validate({"release": {"strategy": {"kind": "canary", "steps": [*steps, last]}}})

    (alone,) = read(with_steps(), with_steps(approval))
    (beside,) = read(with_steps(), with_steps(group))
    assert f"people: ok ({alone[2]}); quiet: look (" in beside[2] and "see (" in beside[2]
    assert "2" in alone[2]
