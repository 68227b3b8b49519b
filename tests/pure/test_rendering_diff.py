"""The preview of manifests, and what must be made anew."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from apps_mgmt.rendering import CLONESET_BETA, GATEWAY_API, Manifest, manifest_diff, must_recreate, render
from apps_mgmt.spec import AppSpec
from tests.pure.golden.specs import facts, rich, specs


def made(spec: AppSpec) -> tuple[Manifest, ...]:
    cluster = spec.placement.targets[0].cluster if spec.placement.targets else "north"
    return render(spec, facts(cluster=cluster, capabilities=frozenset({GATEWAY_API, CLONESET_BETA}))).manifests


@settings(max_examples=30, deadline=None)
@given(old=specs(), new=specs())
def test_there_is_nothing_to_show_exactly_when_nothing_changes(old: AppSpec, new: AppSpec) -> None:
    assert (manifest_diff(made(old), made(new)) == ()) == (made(old) == made(new))


def test_a_changed_image_is_one_line_out_and_one_in() -> None:
    spec = AppSpec().with_new_process("web", image="nginx:1.27")
    (change,) = manifest_diff(made(spec), made(spec.with_process("web", image="nginx:1.28")))
    assert (change.kind, change.name, change.state) == ("Deployment", "shop--web", "changed")
    assert [line.strip() for line in change.lines if line[0] in "+-"] == [
        "-        image: nginx:1.27",
        "+        image: nginx:1.28",
    ]
    assert change.recreate == ()


def test_new_configuration_stands_beside_the_old() -> None:
    spec = AppSpec().with_new_process("web", image="a").with_env("A", "1")
    config, workload = manifest_diff(made(spec), made(spec.with_env("A", "2")))
    assert (config.kind, config.state) == ("ConfigMap", "replaced")
    assert "-  A: '1'" in config.lines and "+  A: '2'" in config.lines
    assert config.recreate == ()
    assert workload.state == "changed"


def test_what_comes_and_goes_is_shown_whole() -> None:
    spec = AppSpec().with_new_process("web", image="a")
    added = manifest_diff(made(spec), made(spec.with_port("web", "http", 80)))
    assert [(row.kind, row.state) for row in added] == [("Service", "added"), ("Deployment", "changed")]
    removed = manifest_diff(made(spec.with_port("web", "http", 80)), made(spec))
    assert [(row.kind, row.state) for row in removed] == [("Deployment", "changed"), ("Service", "removed")]
    assert all(line[0] in "-@" for line in removed[1].lines)


def test_a_secret_shows_its_version_only() -> None:
    spec = AppSpec().with_new_process("web", image="a").with_secret("TOKEN", 1)
    secret, _workload = manifest_diff(made(spec), made(spec.with_secret("TOKEN", 2)))
    assert secret.kind == "Secret"
    assert any('{"TOKEN":["TOKEN",2]}' in line for line in secret.lines)


def changed(old: AppSpec, new: AppSpec, kind: str) -> list[str]:
    return [str(line) for row in manifest_diff(made(old), made(new)) if row.kind == kind for line in row.recreate]


def test_the_volumes_of_a_stateful_set_cannot_change() -> None:
    sentences = changed(rich(), rich().with_volume_expanded("data", size="2Gi"), "StatefulSet")
    assert sentences == ["StatefulSet shop--store must be made anew: spec.volumeClaimTemplates cannot be changed."]


def test_a_claim_grows_but_never_shrinks_or_changes_its_class() -> None:
    grown = rich().with_volume_expanded("shared", size="6Gi")
    assert changed(rich(), grown, "PersistentVolumeClaim") == []
    assert "shrink" in changed(grown, rich(), "PersistentVolumeClaim")[0]
    other = rich().change(volumes=(rich().volumes[0].change(storage_class="fast"), rich().volumes[1]))
    assert "storageClassName" in changed(rich(), other, "PersistentVolumeClaim")[0]


def test_an_immutable_object_of_one_name_never_changes() -> None:
    old: dict[str, Any] = {"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"A": "1"}, "immutable": True}
    assert must_recreate(old, old) == ()
    assert len(must_recreate(old, {**old, "data": {"A": "2"}})) == 1


@settings(max_examples=30, deadline=None)
@given(spec=specs())
def test_no_ordinary_change_makes_anything_anew(spec: AppSpec) -> None:
    changed_spec = spec.with_env("ADDED", "1").with_labels({"team": "x"})
    for process in spec.processes:
        changed_spec = changed_spec.with_process(process.name, image="other:3", replicas=9)
    assert not [row for row in manifest_diff(made(spec), made(changed_spec)) if row.recreate]


def test_what_was_taken_over_is_let_go_and_not_removed() -> None:
    theirs, ours = made(AppSpec().with_new_process("web", image="nginx:1.27"))[-1:], made(AppSpec())
    theirs[0]["metadata"]["annotations"] = {"slipway.dev/adopts": "u-1"}
    assert [(one.kind, one.state) for one in manifest_diff(theirs, ours)] == [("Deployment", "let_go")]
