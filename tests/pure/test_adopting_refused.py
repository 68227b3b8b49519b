"""What of a Deployment that is to be taken over is refused in its own words: its name, and how it is updated."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework import serializers

from apps_mgmt.spec import SpecError
from portal.errors import Refused
from releases.operations.app.adopt import _is_name
from tests.pure.test_adopting import deployment, taken


@pytest.mark.parametrize("name", ["../../kube-system/deployments/x", "front end", "a..b", "Frontend", "-x"])
def test_a_name_that_is_none_is_refused_before_any_cluster_is_asked(name: str) -> None:
    with pytest.raises(serializers.ValidationError, match="small letters"):
        _is_name(name)


def test_a_name_as_kubernetes_has_them_passes() -> None:
    _is_name("front-end.v2")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"progressDeadlineSeconds": 2147483647}, "Its progressDeadlineSeconds is 2147483647 seconds, and 86400 is"),
        ({"minReadySeconds": 7200}, "Its minReadySeconds is 7200 seconds, and 3600 is"),
        ({"strategy": {"rollingUpdate": {"maxSurge": "150%"}}}, "Its maxSurge is 150%, more than all"),
    ],
)
def test_an_update_that_slipway_does_not_know_is_told_by_its_own_field(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(Refused, match=told) as caught:
        taken(deployment(**changes))
    assert "Set it to" in str(caught.value)


def test_a_workload_is_one_process_only() -> None:
    spec = taken(deployment())
    twice = spec.process("web").change(name="other")
    with pytest.raises(SpecError, match="would both be frontend on north"):
        spec.change(processes=(*spec.processes, twice))


def test_it_stays_a_deployment() -> None:
    with pytest.raises(SpecError, match="has to stay one"):
        taken(deployment()).with_process("web", kind="StatefulSet")
