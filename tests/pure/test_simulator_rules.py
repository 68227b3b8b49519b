"""The small parts of the core: quantities, selectors, the agenda, the store's window, validation."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from releases.simulator.core import errors, images, kinds, quantities
from releases.simulator.core.agenda import Agenda
from releases.simulator.core.api import Write
from releases.simulator.core.cluster import Cluster
from releases.simulator.core.objects import clone, fraction, timestamp
from releases.simulator.core.schema import schema_of
from releases.simulator.core.selectors import by_fields, by_labels
from releases.simulator.core.store import Store
from releases.simulator.core.typecheck import check
from releases.simulator.core.validate.names import labels, port_name


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", "1"),
        ("250m", "0.25"),
        ("1.5", "1.5"),
        ("64Mi", "67108864"),
        ("1Gi", "1073741824"),
        ("2k", "2000"),
        ("1e3", "1000"),
    ],
)
def test_quantities_are_read(text: str, number: str) -> None:
    assert quantities.parse(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "ten", "1.2.3", "5MiB", "--1", "1 Gi"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a quantity"):
        quantities.parse(text)


@pytest.mark.parametrize(
    ("amount", "like", "shown"),
    [("0.25", "requests.cpu", "250m"), ("2", "cpu", "2"), ("1073741824", "memory", "1Gi"), ("1000", "memory", "1000")],
)
def test_quantities_are_shown_as_people_write_them(amount: str, like: str, shown: str) -> None:
    assert quantities.show(Decimal(amount), like=like) == shown


@pytest.mark.parametrize(
    ("selector", "holds"),
    [
        ("a=1", True),
        ("a==1,b", True),
        ("a!=2", True),
        ("c!=2", True),
        ("!c", True),
        ("a in (1,2),b notin (x)", True),
        ("a=2", False),
        ("c", False),
        ("!a", False),
        ("a notin (1)", False),
    ],
)
def test_label_selectors(selector: str, holds: bool) -> None:
    test = by_labels(selector)
    assert test is not None
    assert test({"metadata": {"labels": {"a": "1", "b": "2"}}}) is holds


@pytest.mark.parametrize("selector", ["a=b=c", "in (a)", "a in b", "a,,b", "(a)"])
def test_a_selector_nobody_understands_is_refused(selector: str) -> None:
    with pytest.raises(errors.ApiError, match="expected: "):
        by_labels(selector)


def test_field_selectors_know_their_kind() -> None:
    test = by_fields("spec.nodeName=a,status.phase!=Failed", kind=kinds.POD)
    assert test is not None
    assert test({"metadata": {"name": "x"}, "spec": {"nodeName": "a"}, "status": {"phase": "Running"}})
    with pytest.raises(errors.ApiError, match="field label not supported"):
        by_fields("spec.nodeName=a", kind=kinds.SERVICE)


def test_the_agenda_keeps_the_earliest_wish_once() -> None:
    agenda = Agenda()
    agenda.add("kubelet", ("a", "b"), at=5.0)
    agenda.add("kubelet", ("a", "b"), at=3.0)
    agenda.add("kubelet", ("a", "b"), at=9.0)
    agenda.add("scheduler", ("a", "b"), at=3.0)
    assert [agenda.pop()[:2] for _ in range(2) if agenda.next_at()] == [(3.0, "kubelet"), (3.0, "scheduler")]
    assert agenda.next_at() is None


def _map(name: str, **data: str) -> dict[str, Any]:
    meta = {"name": name, "namespace": "x", "uid": name}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}


def test_the_store_remembers_a_window_and_no_more() -> None:
    store = Store(window=3)
    for number in range(10):
        store.put(kinds.CONFIG_MAP, _map("a", n=str(number)))
    assert len(store.since(kinds.CONFIG_MAP, store.version - 2)) == 2
    with pytest.raises(errors.ApiError) as refusal:
        store.since(kinds.CONFIG_MAP, 1)
    assert refusal.value.code == 410


def test_a_stored_object_is_never_altered() -> None:
    cluster = Cluster(now=0.0)
    cluster.settle(within=1.0)
    body = _map("a", n="1")
    body["metadata"] = {"name": "a"}
    first = cluster.api.create(kinds.CONFIG_MAP, "default", body, write=Write("test"))
    kept = clone(first)
    cluster.api.update(kinds.CONFIG_MAP, "default", "a", {**first, "data": {"n": "2"}}, write=Write("test"))
    assert first == kept


@pytest.mark.parametrize("value", ["-a", "a-", "a b", "x" * 64, "ä", "a/b"])
def test_label_values_have_rules(value: str) -> None:
    assert labels("metadata.labels", {"key": value})
    assert not labels("metadata.labels", {"key": "Fine_1.2-3", "example.com/part": ""})


@pytest.mark.parametrize(
    ("name", "fine"), [("http", True), ("web-2", True), ("80", False), ("a--b", False), ("x" * 16, False)]
)
def test_port_names_have_rules(name: str, fine: bool) -> None:
    assert (port_name("name", name) == []) is fine


def test_unknown_fields_are_left_out_and_reported() -> None:
    body = {"metadata": {"name": "x"}, "spec": {"colour": "red", "replicas": 1, "paused": None}}
    known, unknown = check(body, schema_of(kinds.DEPLOYMENT))
    assert known == {"metadata": {"name": "x"}, "spec": {"replicas": 1}}
    assert unknown == ["spec.colour"]


@pytest.mark.parametrize(
    ("reference", "canonical", "conduct"),
    [
        ("nginx", "docker.io/library/nginx:latest", ""),
        ("shop/web:crash", "docker.io/shop/web:crash", "crash"),
        ("shop/web:crash-2", "docker.io/shop/web:crash-2", "crash"),
        ("shop/web:crashes", "docker.io/shop/web:crashes", ""),
        ("localhost:5000/web:stall", "localhost:5000/web:stall", "stall"),
        ("ghcr.io/shop/crash:v1", "ghcr.io/shop/crash:v1", ""),
        ("web:missing@sha256:" + "0" * 64, "docker.io/library/web", "missing"),
    ],
)
def test_images_are_taken_apart(reference: str, canonical: str, conduct: str) -> None:
    image = images.parse(reference)
    assert (images.canonical(image), image.conduct) == (canonical, conduct)


def test_invented_numbers_stay_the_same_and_spread() -> None:
    numbers = [fraction(str(number)) for number in range(200)]
    assert numbers == [fraction(str(number)) for number in range(200)]
    assert all(0 <= number < 1 for number in numbers)
    assert 0.4 < sum(numbers) / 200 < 0.6


def test_time_is_written_in_whole_seconds() -> None:
    assert timestamp(1_700_000_000.9) == "2023-11-14T22:13:20Z"
