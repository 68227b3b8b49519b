"""An object that is too long: the same refusal on both clusters, and the release's reason has its words."""

from __future__ import annotations

import json
import urllib.error

import pytest

from releases.gateway.errors import ManifestRefused
from releases.gateway.refusals import refusal
from tests.cluster.manifests import manifest
from tests.cluster.outsider import Outsider

WORDS = "Too long: may not be more than 1048576 bytes"


@pytest.mark.parametrize(("kind", "field"), [("ConfigMap", "data"), ("Secret", "stringData")])
def test_the_reason_says_how_long_it_may_be(outsider: Outsider, kind: str, field: str) -> None:
    values = {f"KEY_{number}": "v" * 120_000 for number in range(9)}
    with pytest.raises(urllib.error.HTTPError) as caught:
        outsider.create(f"v1/{kind.lower()}s", manifest("v1", kind, "long", **{field: values}))

    body = caught.value.read()
    assert caught.value.code == 422 and WORDS in str(json.loads(body)["message"])
    told = refusal(422, body, cluster="north", what=f"{kind} long")
    assert isinstance(told, ManifestRefused) and WORDS in str(told)
