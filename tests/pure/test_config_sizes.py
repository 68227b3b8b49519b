"""How large the variables of an app may be, and what a refusal for size says."""

from __future__ import annotations

import json

import pytest

from apps_mgmt.spec import AppSpec
from apps_mgmt.spec.errors import SpecError
from portal.errors import SlipwayError
from releases.gateway.errors import ManifestRefused
from releases.gateway.refusals import refusal


def of_size(text: str) -> AppSpec:
    return AppSpec().with_env_values({f"KEY_{number}": text for number in range(30)}, process="")


def test_the_limit_of_variables_is_one_of_bytes() -> None:
    assert of_size("a" * 29_000)
    with pytest.raises(SpecError, match="900 kB"):
        of_size("ü" * 16_000)  # 480,000 characters, 960,000 bytes


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (422, "Too long: may not be more than 1048576 bytes"),
        (413, "Request entity too large: limit is 3145728"),
        (500, "etcdserver: request is too large"),
    ],
)
@pytest.mark.parametrize("what", ["Secret shop--web-1", "ConfigMap shop--web-1"])
def test_what_is_too_long_is_refused_in_the_words_of_the_cluster(status: int, message: str, what: str) -> None:
    body = json.dumps(
        {"kind": "Status", "message": f'"shop" is invalid: hunter2: {message}' if status == 422 else message}
    )
    told = refusal(status, body, cluster="north", what=what)

    assert isinstance(told, ManifestRefused) and message in str(told)
    assert "hunter2" not in str(told) or not what.startswith("Secret")


def test_another_fault_of_a_cluster_is_tried_again() -> None:
    told = refusal(500, json.dumps({"message": "etcdserver: leader changed"}), cluster="north", what="Secret a")
    assert isinstance(told, SlipwayError) and not isinstance(told, ManifestRefused)
