"""Whatever is sent as input, the answer is a sentence, never a fault of ours; and what is refused changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework import serializers

from portal.access import Actor
from portal.errors import UserError
from portal.operations import registry
from portal.operations.kinds import READ
from portal.operations.operation import Operation
from portal.operations.performing import perform
from tests.operations.scenes import example, named, ref_of, who
from tests.operations.stage import Shop
from tests.operations.test_every_operation import WRITING

# Values that break code which trusts its input; each is put in the place of each field.
NASTY: list[Any] = [
    None, "", " ", "web\0", "%s{0}{name}", "../../etc/passwd", "a" * 70_000, "-", "wéb☃", "web\n", "\u202eweb",
    "<script>alert(1)</script>", "'; DROP TABLE x; --", "\x1b[31m", 0, -1, 2**31, 2**63, 10**29, 1e308, True,
    [], [None], [{}], {"a": {}}, ["web"] * 300, [{"name": "A"}] * 501, [{"name": None, "value": []}],
    [{"cluster": {}}], [{"cluster": "north", "weight": 10**29}], [{"name": "A", "value": "\0"}],
]  # fmt: skip
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**25), 10**25) | st.floats(allow_nan=False) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=8,
)


def answers(operation: type[Operation], actor: Actor, data: Any, *, dry_run: bool) -> None:
    """Perform; UserError with a sentence is the only error there may be."""
    try:
        outcome = perform(operation.name, actor=actor, ref=ref_of(operation), data=data, dry_run=dry_run)
        assert json.dumps(outcome.as_json())
    except UserError as error:
        assert str(error).strip() and len(str(error)) < 4000
        assert 400 <= error.status < 500


@pytest.mark.parametrize("operation", WRITING, ids=named)
def test_nasty_values_in_every_field(shop: Shop, operation: type[Operation]) -> None:
    actor = who(shop, operation)
    for field in operation.Input().fields:
        for value in NASTY:
            answers(operation, actor, example(operation) | {field: value}, dry_run=True)


@pytest.mark.parametrize("operation", WRITING, ids=named)
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_random_json_in_every_operation(shop: Shop, operation: type[Operation], data: st.DataObject) -> None:
    fields = list(operation.Input().fields)
    actor = who(shop, operation)
    chosen = data.draw(st.sets(st.sampled_from(fields))) if fields else set()
    answers(operation, actor, example(operation) | {name: data.draw(anything) for name in chosen}, dry_run=True)
    answers(operation, actor, data.draw(anything), dry_run=True)


@pytest.mark.parametrize(
    ("operation", "data", "words"),
    [
        ("app.create", {"name": "My App", "image": "nginx:1"}, "name"),
        ("app.create", {"name": "a" * 64, "image": "nginx:1"}, "name"),
        ("app.create", {"name": "a--b", "image": "nginx:1"}, "--"),
        ("app.create", {"name": "-a", "image": "nginx:1"}, "-a"),
        ("app.create", {"name": "1a", "image": "nginx:1"}, "1a"),
        ("app.create", {"name": "shop", "image": "nginx:1"}, "already"),
        ("app.create", {"name": "other", "image": "not an image"}, "image"),
        ("app.create", {"name": "other", "image": "nginx:1", "port": 70000}, "port"),
        ("app.create", {"name": "other", "image": "nginx:1", "process": "Web"}, "Web"),
        ("app.create", {"name": "other", "image": "nginx:1", "process": "canary"}, "canary"),
        ("process.scale", {"process": "api", "replicas": 1}, "api"),
        ("process.scale", {"process": "web", "replicas": 501}, "500"),
        ("process.scale", {"process": "web", "replicas": "three"}, "whole number"),
        ("process.scale", {"process": "web"}, "missing"),
        ("placement.targets", {"targets": [{"cluster": "mars"}]}, "mars"),
        ("placement.targets", {"targets": [{"cluster": "north"}, {"cluster": "north"}]}, "north"),
        ("env.set", {"env": [{"name": "A B", "value": "1"}]}, "A B"),
        ("env.set", {"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}, "twice"),
        ("env.set", {"env": [{"nam": "A", "value": "1"}]}, "env[0].nam"),
        ("env.set", {"env": []}, "env"),
        ("env.unset", {"names": ["NOT_THERE"]}, "NOT_THERE"),
        ("port.add", {"process": "web", "name": "http", "port": 8080}, "http"),
        ("probe.path", {"process": "web", "path": "no-slash"}, "/"),
    ],
)
def test_what_is_wrong_is_named(shop: Shop, operation: str, data: dict[str, Any], words: str) -> None:
    subject = registry.find(operation)
    with pytest.raises(UserError) as caught:
        perform(operation, actor=shop.bob, ref=ref_of(subject), data=data)

    assert words in str(caught.value) + json.dumps(getattr(caught.value, "fields", {}))
    assert shop.again().version == 1


def test_every_input_field_has_a_bound() -> None:
    """Text without a longest length and lists without a greatest number could fill the log and the revisions."""

    def unbounded(fields: dict[str, Any], path: str) -> list[str]:
        found = []
        for name, field in fields.items():
            here = f"{path}.{name}"
            if isinstance(field, serializers.ListSerializer):
                rows: Any = field
                found += ([] if rows.max_length else [here]) + unbounded(rows.child.fields, here)
            elif isinstance(field, serializers.ListField):
                found += [] if field.max_length and getattr(field.child, "max_length", None) else [here]
            elif isinstance(field, serializers.CharField) and not field.max_length:
                found.append(here)
        return found

    every = [one for one in registry.all_operations() if one.kind is not READ]
    assert [path for one in every for path in unbounded(dict(one.Input().fields), one.name)] == []
