"""Every operation that takes the name of a cluster refuses one that there is not, and its preview says the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from rest_framework import serializers

from portal.errors import UserError
from portal.operations.fields import MultiPickerField, PickerField
from portal.operations.operation import Operation
from releases.models import Release
from tests.operations.scenes import done, example, named
from tests.operations.stage import Shop
from tests.operations.test_every_operation import EVERY

CLUSTERS = ("cluster", "placed")


def wrong(fields: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Path → the input with a cluster there that nobody has, for each field that takes the name of one."""
    for name, field in fields.items():
        if isinstance(field, serializers.ListSerializer):
            child: Any = field.child
            first = next(iter(given.get(name) or ()), {})
            yield from ((f"{name}.{path}", {**given, name: [row]}) for path, row in wrong(child.fields, first))
        elif getattr(field, "picker", "") in CLUSTERS:
            assert isinstance(field, PickerField | MultiPickerField)
            several = isinstance(field, MultiPickerField)
            yield name, {**given, name: ["nowhere"] if several else "nowhere"}
            if several:
                yield f"{name}+", {**given, name: ["north", "nowhere"]}


def cases(operation: type[Operation]) -> dict[str, dict[str, Any]]:
    return dict(wrong(operation.Input().fields, operation.example))


TAKE_ONE = [one for one in EVERY if cases(one)]


def test_those_that_take_one_are_found() -> None:
    found = {one.name for one in TAKE_ONE}
    assert {"placement.targets", "release.waves", "release.start", "release.rollback", "placement.move"} <= found
    assert {"release.skip", "release.retry", "drift.leave", "app.adopt", "instance.delete"} <= found


@pytest.mark.parametrize("operation", TAKE_ONE, ids=named)
def test_one_that_there_is_not_is_refused(shop: Shop, operation: type[Operation]) -> None:
    releases = Release.objects.count()
    for path, given in cases(operation).items():
        said, data = [], {**example(operation), **given}
        for dry_run in (True, False):
            with pytest.raises(UserError) as refused:
                done(shop, operation, data=data, dry_run=dry_run)
                pytest.fail(f"{operation.name} takes it at {path}, dry_run={dry_run}")
            said.append((str(refused.value), refused.value.told))
        assert said[0] == said[1], path
    assert Release.objects.count() == releases
