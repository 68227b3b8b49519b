"""Of some fields only one may be set: known by their names."""

from __future__ import annotations

import pytest

from releases.gateway.either import excluded_by, instead_of

WEB = '.spec.template.spec.containers[name="web"]'
PROBE, STOP, LOG = f"{WEB}.readinessProbe", f"{WEB}.lifecycle.preStop", f'{WEB}.env[name="LOG"]'


@pytest.mark.parametrize(
    ("field", "other", "told"),
    [
        (f"{PROBE}.httpGet", f"{PROBE}.grpc.port", f"{PROBE}.grpc"),
        (f"{PROBE}.grpc.port", f"{PROBE}.httpGet", f"{PROBE}.httpGet"),
        (f"{STOP}.exec.command", f"{STOP}.sleep.seconds", f"{STOP}.sleep"),
        (f"{LOG}.value", f"{LOG}.valueFrom.secretKeyRef.name", f"{LOG}.valueFrom"),
        (f"{LOG}.valueFrom.fieldRef", f"{LOG}.valueFrom.secretKeyRef.name", f"{LOG}.valueFrom.secretKeyRef"),
        (f"{PROBE}.httpGet", f"{PROBE}.httpGet.port", ""),
        (f"{PROBE}.httpGet", f"{PROBE}.periodSeconds", ""),
        (f"{PROBE}.httpGet", f"{WEB}.livenessProbe.grpc.port", ""),
        (f"{PROBE}.httpGet", f"{PROBE}.grpcs.port", ""),
        (f"{LOG}.value", f'{WEB}.env[name="MODE"].valueFrom', ""),
        (".metadata.annotations.x.preStop.exec", ".metadata.annotations.x.preStop.sleep", ""),
        (".spec.replicas", ".spec.paused", ""),
    ],
)
def test_what_may_not_be_set_beside_another_field(field: str, other: str, told: str) -> None:
    assert excluded_by(field, other) == told


def test_what_an_object_has_in_the_place_of_a_field() -> None:
    box = {"name": "web", "readinessProbe": {"httpGet": {"port": 80}}}
    item = {"spec": {"template": {"spec": {"containers": [box]}}}}
    assert instead_of(item, f"{PROBE}.grpc.port") == f"{PROBE}.httpGet"
    assert instead_of(item, f"{PROBE}.httpGet.port") == instead_of(item, f"{STOP}.exec") == ""
