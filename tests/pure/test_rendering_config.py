"""Variables, files and secrets on their way to the instances."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from apps_mgmt.rendering import CLONESET_BETA, GATEWAY_API, Manifest, fill_secrets, render, secret_keys
from apps_mgmt.spec import AppSpec, Reference, SecretRef, SpecError
from tests.pure.golden.specs import facts, rich


def made(spec: AppSpec, **changes: Any) -> tuple[Manifest, ...]:
    return render(spec, facts(**{"capabilities": frozenset({GATEWAY_API, CLONESET_BETA}), **changes})).manifests


def of(rows: tuple[Manifest, ...], kind: str, start: str = "") -> list[Manifest]:
    return [row for row in rows if row["kind"] == kind and row["metadata"]["name"].startswith(start)]


def web() -> AppSpec:
    return AppSpec().with_new_process("web", image="a")


def environment(spec: AppSpec, **changes: Any) -> dict[str, str]:
    """What the process `web` sees, as the kubelet works it out: later sources win, single variables last."""
    rows = made(spec, **changes)
    pod = next(row for row in rows if row["metadata"]["name"].endswith("--web") and row["kind"] == "Deployment")
    container = pod["spec"]["template"]["spec"]["containers"][0]
    data = {
        row["metadata"]["name"]: row.get("data") or secret_keys(row)
        for row in rows
        if row["kind"] in ("ConfigMap", "Secret")
    }
    found: dict[str, str] = {}
    for source in container["envFrom"]:
        ((_kind, reference),) = source.items()
        found |= {key: str(value) for key, value in data[reference["name"]].items()}
    return found | {row["name"]: str(row.get("value", row.get("valueFrom"))) for row in container["env"]}


def test_what_a_process_sees_goes_from_the_general_to_its_own() -> None:
    spec = web().with_env_group("common").with_binding("orders-db", prefix="ORDERS_").with_dependency("catalogue")
    seen = environment(spec.with_env("BANNER", "of the app").with_env("BANNER", "of web", process="web"))
    assert seen["REGION"] == "eu"
    assert seen["BANNER"] == "of web"
    assert seen["ORDERS_HOST"] == "orders.example.com"
    assert (seen["CATALOGUE_HOST"], seen["CATALOGUE_PORT"]) == ("catalogue--web", "3550")
    assert seen["CATALOGUE_ADDR"] == "catalogue--web:3550"
    assert (seen["SLIPWAY_APP"], seen["SLIPWAY_PROCESS"], seen["SLIPWAY_CLUSTER"]) == ("shop", "web", "north")


def test_a_group_cannot_take_a_built_in_variable() -> None:
    told = {"env_groups": {"common": {"SLIPWAY_APP": "other"}}}
    assert environment(web().with_env_group("common"), **told)["SLIPWAY_APP"] == "shop"


@pytest.mark.parametrize("kind", ["literal", "secret", "field"])
def test_a_processs_own_variable_wins_whatever_kind_the_shared_one_is(kind: str) -> None:
    shared = {
        "literal": web().with_env("X", "shared"),
        "secret": web().with_secret("X", 1),
        "field": web().with_reference("X", reference("status.podIP")),
    }[kind]
    assert environment(shared.with_env("X", "own", process="web"))["X"] == "own"
    assert environment(shared.with_secret("X", 9, process="web"))["X"] == "('X', 9)"
    assert "podIP" in environment(shared.with_reference("X", reference("status.podIP"), process="web"))["X"]


def test_a_changed_variable_makes_a_new_object_and_leaves_the_old_name() -> None:
    one, two = made(web().with_env("A", "1")), made(web().with_env("A", "2"))
    (before,), (after,) = of(one, "ConfigMap"), of(two, "ConfigMap")
    assert before["metadata"]["name"] != after["metadata"]["name"]
    assert before["immutable"] is after["immutable"] is True
    assert made(web().with_env("A", "1")) == one


def test_a_variable_of_one_process_does_not_touch_another() -> None:
    spec = web().with_new_process("worker", image="a")
    before, after = made(spec), made(spec.with_env("A", "1", process="worker"))
    assert of(before, "Deployment", "shop--web") == of(after, "Deployment", "shop--web")
    assert of(before, "Deployment", "shop--worker") != of(after, "Deployment", "shop--worker")


def test_a_secret_is_stored_by_name_and_version_and_filled_at_the_end() -> None:
    (row,) = of(made(web().with_secret("TOKEN", 3)), "Secret")
    assert "data" not in row and "stringData" not in row
    assert secret_keys(row) == {"TOKEN": ("TOKEN", 3)}
    filled = fill_secrets(row, {("TOKEN", 3): "hunter2 ü", ("TOKEN", 2): "old"})
    assert base64.b64decode(filled["data"]["TOKEN"]).decode() == "hunter2 ü"
    assert "data" not in row
    assert filled["metadata"] == row["metadata"]


def test_a_secret_is_named_by_its_versions_never_by_its_values() -> None:
    (one,), (two,) = of(made(web().with_secret("A", 1)), "Secret"), of(made(web().with_secret("A", 2)), "Secret")
    assert one["metadata"]["name"] != two["metadata"]["name"]


def test_the_secrets_of_an_app_made_anew_are_others() -> None:
    (one,) = of(made(web().with_secret("A", 1)), "Secret")
    (two,) = of(made(web().with_secret("A", 1), app_id="another"), "Secret")
    assert one["metadata"]["name"] != two["metadata"]["name"]


def test_a_version_that_is_gone_is_named() -> None:
    (row,) = of(made(web().with_secret("TOKEN", 3)), "Secret")
    with pytest.raises(SpecError, match="Version 3 of the secret TOKEN is gone"):
        fill_secrets(row, {})


def test_other_manifests_are_applied_as_they_are() -> None:
    for row in made(rich()):
        if row["kind"] != "Secret":
            assert fill_secrets(row, {}) is row


def test_every_secret_of_a_spec_reaches_an_object() -> None:
    held = {reference for row in made(rich()) for reference in secret_keys(row).values()}
    of_a_call = ("ci", 2)  # a step of the release sends it to a server outside
    assert {*held, of_a_call} == set(rich().secrets())


def test_a_service_may_bring_secrets() -> None:
    told = {"bindings": {"db": {"URL": SecretRef(name="binding/db", version=2)}}}
    assert environment(web().with_binding("db", prefix="DB_"), **told)["DB_URL"] == "('binding/db', 2)"


def test_what_cannot_be_found_is_said() -> None:
    spec = web().with_env_group("gone").with_binding("late").with_dependency("nobody")
    notes = [str(note) for note in render(spec, facts()).notes]
    assert len(notes) == 3
    assert all(name in note for name, note in zip(("gone", "late", "nobody"), notes, strict=True))


def test_files_are_mounted_one_by_one() -> None:
    (pod,) = of(made(rich()), "Deployment")
    mounts = {row["mountPath"]: row for row in pod["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]}
    assert mounts["/etc/shop/settings.ini"] == {
        "name": "files", "mountPath": "/etc/shop/settings.ini", "subPath": "settings", "readOnly": True,
    }  # fmt: skip
    assert mounts["/etc/shop/key.pem"]["name"] == "secret-files"


def test_a_helper_sees_its_own_variables_and_space_only() -> None:
    (pod,) = of(made(rich()), "Deployment")
    helper = pod["spec"]["template"]["spec"]["containers"][1]
    assert "envFrom" not in helper and "volumeMounts" not in helper
    reference = helper["env"][1]["valueFrom"]["secretKeyRef"]
    (holder,) = (row for row in of(made(rich()), "Secret") if row["metadata"]["name"] == reference["name"])
    assert secret_keys(holder)[reference["key"]] == ("TOKEN", 7)


def reference(field: str) -> Any:
    return Reference(field=field)
