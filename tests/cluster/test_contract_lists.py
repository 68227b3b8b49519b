"""Lists: selectors, pages, versions. Holds for the simulator and for a real control plane."""

from __future__ import annotations

from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient

from tests.cluster.manifests import config_map
from tests.cluster.refusals import status_of
from tests.cluster.waiting import eventually

MERGE = "application/merge-patch+json"


def test_lists_select_by_label_and_field(client: DynamicClient, namespace: str) -> None:
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    for name, tier in (("one", "front"), ("two", "back"), ("three", "back")):
        body = config_map(name)
        body["metadata"]["labels"] = {"tier": tier, "part": "shop"}
        maps.create(body, namespace=namespace)

    def names(**selectors: str) -> list[str]:
        return [row.metadata.name for row in maps.get(namespace=namespace, **selectors).items]

    assert names(label_selector="tier=back") == ["three", "two"]
    assert names(label_selector="tier in (front, none),part") == ["one"]
    assert names(label_selector="part=shop,tier!=back") == ["one"]
    assert names(field_selector="metadata.name=two") == ["two"]
    assert names(label_selector="!part") == ["kube-root-ca.crt"]


def test_a_field_that_cannot_be_selected_by_is_refused(client: DynamicClient, namespace: str) -> None:
    pods = client.resources.get(api_version="v1", kind="Pod")
    with pytest.raises(ApiException) as refusal:
        pods.get(namespace=namespace, field_selector="spec.colour=blue")
    assert refusal.value.status == 400


def test_a_label_selector_compares_numbers_and_knows_its_own_words(client: DynamicClient, namespace: str) -> None:
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    for number in ("1", "4", "x"):
        body = config_map(f"c-{number}")
        body["metadata"]["labels"] = {"size": number, "in": "yes"}
        maps.create(body, namespace=namespace)

    def names(selector: str) -> list[str]:
        return [row.metadata.name for row in maps.get(namespace=namespace, label_selector=selector).items]

    assert names("size>1") == ["c-4"] and names("size < 4") == ["c-1"]
    assert names("size in(1,4),in") == ["c-1", "c-4"] and names("in in (yes),size notin (1,x)") == ["c-4"]
    assert names("size in ()") == []


@pytest.mark.parametrize(
    ("selector", "words"),
    [
        ("-a=1", 'unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of alphanumeric'),
        ("x/y/z=1", 'unable to parse requirement: <nil>: Invalid value: "x/y/z": a qualified name must consist of'),
        ("a=-1", 'unable to parse requirement: values[0][a]: Invalid value: "-1": a valid label must be an empty'),
        ("a=" + "b" * 64, "must be no more than 63 characters"),
        ("a>x", "for 'Gt', 'Lt' operators, the value must be an integer"),
        ("a=b=c", "found '=', expected: ',' or 'end of string'"),
        ("a=1 b=2", "found 'b', expected: ',' or 'end of string'"),
        ("a,", "found '', expected: identifier after ','"),
        ("=x", "found '=', expected: !, identifier, or 'end of string'"),
        ("a in 1", "unable to parse requirement: found '1' expected: '('"),
        ("a in (1", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("a exists", "unable to parse requirement: found 'exists', expected: in, notin, =, ==, !=, gt, lt"),
    ],
)
def test_a_label_selector_that_is_none_is_refused(
    client: DynamicClient, namespace: str, selector: str, words: str
) -> None:
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    with pytest.raises(ApiException) as refusal:
        maps.get(namespace=namespace, label_selector=selector)
    assert refusal.value.status == 400
    assert words in status_of(refusal.value)["message"]


def test_lists_come_in_pages(client: DynamicClient, namespace: str) -> None:
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    for number in range(5):
        maps.create(config_map(f"page-{number}"), namespace=namespace)
    first = maps.get(namespace=namespace, limit=2)
    assert first.metadata.remainingItemCount == 4
    seen, token = [row.metadata.name for row in first.items], first.metadata["continue"]
    while token:
        page = maps.get(namespace=namespace, limit=2, _continue=token)
        seen += [row.metadata.name for row in page.items]
        token = page.metadata["continue"]
    assert seen == ["kube-root-ca.crt", *(f"page-{number}" for number in range(5))]


def test_all_pages_of_a_list_show_the_same_moment(client: DynamicClient, namespace: str) -> None:
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    for number in range(4):
        maps.create(config_map(f"c{number}", data={"COLOUR": "blue"}), namespace=namespace)
    first = maps.get(namespace=namespace, limit=2)
    maps.create(config_map("c1a"), namespace=namespace)
    maps.delete(name="c2", namespace=namespace)
    maps.patch({"data": {"COLOUR": "red"}}, name="c3", namespace=namespace, content_type=MERGE)
    second = maps.get(namespace=namespace, limit=10, _continue=first.metadata["continue"])
    assert [row.metadata.name for row in second.items] == ["c2", "c3", "kube-root-ca.crt"]
    assert second.items[1].data.COLOUR == "blue"
    assert second.metadata.resourceVersion == first.metadata.resourceVersion


def test_a_list_can_be_had_as_it_was(client: DynamicClient, namespace: str) -> None:
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    made = maps.create(config_map("old"), namespace=namespace)
    maps.delete(name="old", namespace=namespace)
    version = made.metadata.resourceVersion

    def names(**options: Any) -> set[str]:
        return {row.metadata.name for row in maps.get(namespace=namespace, **options).items}

    assert "old" in names(resource_version=version, query_params=[("resourceVersionMatch", "Exact")])
    assert "old" in names(resource_version=version, limit=10)
    # The answer may come from what the API server remembers, which is a moment behind.
    newer = [("resourceVersionMatch", "NotOlderThan")]
    eventually(lambda: "old" not in names(resource_version=version, query_params=newer), what="the list is newer")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"resourceVersionMatch": "Exact"}, "resourceVersionMatch is forbidden unless resourceVersion is provided"),
        ({"resourceVersionMatch": "Exact", "resourceVersion": "0"}, 'resourceVersionMatch "exact" is forbidden for'),
        ({"resourceVersionMatch": "Near", "resourceVersion": "1"}, 'Unsupported value: "Near"'),
        ({"sendInitialEvents": "true"}, "sendInitialEvents is forbidden for list"),
    ],
)
def test_options_of_a_list_that_do_not_go_together_are_refused(
    client: DynamicClient, namespace: str, options: dict[str, str], words: str
) -> None:
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    with pytest.raises(ApiException) as refusal:
        maps.get(namespace=namespace, query_params=list(options.items()))
    status = status_of(refusal.value)
    assert status["code"] == 422 and words in status["message"]
    assert status["details"]["kind"] == "ListOptions" and status["details"]["causes"]


def test_a_page_token_that_is_none_is_refused(client: DynamicClient, namespace: str) -> None:
    maps = client.resources.get(api_version="v1", kind="ConfigMap")
    with pytest.raises(ApiException, match="invalid continue token: continue key is not valid"):
        maps.get(namespace=namespace, limit=2, _continue="garbage")
