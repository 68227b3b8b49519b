"""Requests for what is nowhere, and numbers that are none: the same on both."""

from __future__ import annotations

import json
import urllib.error
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.cluster.manifests import config_map
from tests.cluster.outsider import Outsider
from tests.cluster.refusals import refused

MAPS, ROUTES = "v1/configmaps", "gateway.networking.k8s.io/v1/httproutes"
NONE = "404 page not found\n"


def turned_away(act: Callable[[], Any]) -> tuple[int, str, str]:
    """Code, media type and body of an answer that is no success."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        act()
    return caught.value.code, caught.value.headers.get_content_type(), caught.value.read().decode()


@pytest.mark.parametrize(
    "path",
    [
        "/apis/nothing",
        "/apis/nothing/v1/namespaces/default/things",
        "/apis/apps.kruise.io/v9",
        "/apis/apps.kruise.io/v9/namespaces/default/clonesets",
        "/apis/apps.kruise.io/v1alpha1/namespaces/default/things",
        "/apis/gateway.networking.k8s.io/v1alpha1/namespaces/default/httproutes",
        "/nothing",
    ],
)
def test_where_nobody_answers_there_is_no_page(outsider: Outsider, path: str) -> None:
    for method, body in (("GET", None), ("POST", {})):
        answer = turned_away(partial(outsider._send, method, path, {}, body, "application/json"))
        assert answer == (404, "text/plain", NONE)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v9",
        "/api/v9/namespaces/default/pods",
        "/api/v1/namespaces/default/things",
        "/apis/apps/v9",
        "/apis/apps/v9/namespaces/default/deployments",
        "/apis/apps/v1/namespaces/default/things",
        "/apis/batch/v1beta1/namespaces/default/cronjobs",
    ],
)
def test_where_the_api_answers_there_is_no_resource(outsider: Outsider, path: str) -> None:
    code, media, body = turned_away(lambda: outsider._send("GET", path, {}))
    assert (code, media) == (404, "application/json")
    assert json.loads(body)["message"] == "the server could not find the requested resource"


@pytest.mark.parametrize("name", ["settings", "nowhere"])
@pytest.mark.parametrize("version", ["x", "-1"])
def test_one_object_as_of_a_version_that_is_none(outsider: Outsider, name: str, version: str) -> None:
    outsider.create(MAPS, config_map())
    status = refused(lambda: outsider.get(MAPS, name, resourceVersion=version))
    said = f'resourceVersion: Invalid value: "{version}": strconv.ParseUint: parsing "{version}": invalid syntax'
    assert (status["code"], status["message"]) == (500, said)


def test_one_object_as_of_a_version_to_come(outsider: Outsider) -> None:
    outsider.create(MAPS, config_map())
    status = refused(lambda: outsider.get(MAPS, "settings", resourceVersion="999999999"))
    assert (status["code"], status["reason"]) == (504, "Timeout")
    assert status["message"].startswith("Timeout: Too large resource version: 999999999, current: ")
    for version in ("0", "1"):
        assert outsider.get(MAPS, "settings", resourceVersion=version)["data"] == {"COLOUR": "blue"}


FAULTS = {"x": "invalid syntax", "1.5": "invalid syntax", "": "invalid syntax", "9" * 20: "value out of range"}


@pytest.mark.parametrize("text", FAULTS)
@pytest.mark.parametrize("field", ["limit", "timeoutSeconds"])
@pytest.mark.parametrize("resource", [MAPS, ROUTES])
def test_a_number_that_is_none(outsider: Outsider, resource: str, field: str, text: str) -> None:
    for more in ({}, {"watch": "1"}):
        status = refused(partial(outsider.get, resource, **{field: text, **more}))
        assert (status["code"], status["reason"]) == (400, "BadRequest")
        assert status["message"] == f'strconv.ParseInt: parsing "{text}": {FAULTS[text]}'


ALONE = "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
KNOWN = 'supported values: "NotOlderThan"'


@pytest.mark.parametrize(
    ("match", "causes"),
    [
        ("NotOlderThan", [ALONE]),
        ("Exact", [ALONE, f'Unsupported value: "Exact": {KNOWN}']),
        ("x", [ALONE, f'Unsupported value: "x": {KNOWN}']),
    ],
)
def test_a_watch_is_of_no_certain_version(outsider: Outsider, match: str, causes: list[str]) -> None:
    for version in ({}, {"resourceVersion": "1"}):
        query = {"watch": "1", "resourceVersionMatch": match, **version}
        status = refused(partial(outsider.get, MAPS, **query))
        assert (status["code"], status["reason"]) == (422, "Invalid")
        assert [row["message"] for row in status["details"]["causes"]] == causes


@pytest.mark.parametrize("word", ["x", "", "TRUE", "1"])
def test_any_word_means_to_watch(outsider: Outsider, word: str) -> None:
    outsider.create(MAPS, config_map())
    path, query = outsider._path(MAPS, ""), {"watch": word, "timeoutSeconds": "1"}
    with outsider._open("GET", path, query) as answer:
        names = [json.loads(line)["object"]["metadata"]["name"] for line in answer]
    assert "settings" in names


@pytest.mark.parametrize("word", ["false", "False", "0"])
def test_two_words_mean_not_to(outsider: Outsider, word: str) -> None:
    assert outsider.get(MAPS, watch=word)["kind"] == "ConfigMapList"
