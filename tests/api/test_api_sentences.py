"""What is wrong with a request or a field is said in sentences of ours, with the next step."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client
from rest_framework import fields, serializers

from portal.errors import Invalid
from portal.operations import inputs, registry
from portal.operations.operation import Operation
from tests.api.caller import APP, ROOT, Caller
from tests.operations.scenes import named
from tests.operations.stage import Shop

WRONG: tuple[Any, ...] = (
    None, "", True, [], {}, {"a": 1}, -1, 501, 10**12, "9" * 2000, 1e308, "x" * 70_000, "no\0", 2.5, [1], ["x" * 300],
    [{}], [{"x": 1}], [None], [{"cluster": None, "weight": -1, "own": 900}], [{"name": "", "value": None}] * 600,
)  # fmt: skip


def defaults() -> list[str]:
    """What REST framework would say, as patterns."""
    kinds = [one for module in (fields, serializers) for one in vars(module).values() if isinstance(one, type)]
    said = {str(text) for one in kinds for text in vars(one).get("default_error_messages", {}).values()}
    return [re.sub(r"\\\{\w+\\\}", ".*", re.escape(text)) for text in said]


@pytest.mark.parametrize("operation", registry.all_operations(), ids=named)
def test_no_operation_leaves_a_person_with_a_sentence_of_the_framework(operation: type[Operation]) -> None:
    said: set[str] = set()
    for field in operation.Input().fields:
        for value in WRONG:
            try:
                inputs.validate(_without_initial(operation), {**operation.example, field: value}, read=lambda: None)
            except Invalid as error:
                said |= {sentence for sentences in error.fields.values() for sentence in sentences}
    theirs = defaults()
    assert [one for one in said if any(re.fullmatch(pattern, one, re.DOTALL) for pattern in theirs)] == []
    assert [one for one in said if not re.fullmatch(r".+[.?!] .+\.", one, re.DOTALL)] == [], "a next step is missing"


def _without_initial(operation: type[Operation]) -> Operation:
    doing = operation()
    doing.initial = lambda _value, _chosen: {}  # type: ignore[method-assign]  # nothing to be filled from here
    return doing


@pytest.mark.parametrize(
    ("operation", "data", "field", "sentence"),
    [
        ("process.scale", {"replicas": 501}, "replicas", "This is more than 500. Give that or less."),
        ("process.scale", {"replicas": -1}, "replicas", "This is less than 0. Give that or more."),
        ("process.scale", {"replicas": None}, "replicas", "This cannot be null. Give it a value."),
        ("process.scale", {"process": ""}, "process", "This cannot be blank. Fill it in."),
        ("process.scale", {"process": ["web"]}, "process", "This is not text. Give it as text, in quotes."),
        ("image.set", {"image": 5}, "image", "This is not text. Give it as text, in quotes."),
        ("env.set", {"env": [{"name": "A", "value": 1.1}]}, "env[0].value", "This is not text. Give it as text, in q"),
        ("env.set", {"env": [{"name": "A", "value": 0o755}]}, "env[0].value", "This is not text. Give it as text, in"),
        ("secret.set", {"value": 0.1}, "value", "This is not text. Give it as text, in quotes."),
        ("image.set", {"image": "x" * 513}, "image", "This is longer than 512 characters. Shorten it."),
        ("env.set", {"env": []}, "env", "This list is empty. Give at least one entry."),
        ("env.set", {"env": {}}, "env", "This is not a list. Give a list, even of one."),
        ("env.set", {"env": ["A=1"]}, "env[0]", "This is not an object. Give one with the fields name, value."),
        ("env.set", {"env": [{"name": "A"}] * 501}, "env", "There are more than 500 entries. Take some out."),
        ("env.unset", {"names": [[]]}, "names[0]", "This is not text. Give it as text, in quotes."),
        ("port.add", {"protocol": "smtp"}, "protocol", "This is not one of the choices. Choose from http, "),
    ],
)  # fmt: skip
def test_a_field_says_what_would_be_right(
    shop: Shop, bob: Caller, operation: str, data: dict[str, Any], field: str, sentence: str
) -> None:
    example = registry.find(operation).example
    answer = bob.do(operation, {**example, **data})

    assert answer.status_code == 400
    assert answer.json()["fields"][field][0].startswith(sentence)


def test_a_request_that_cannot_be_answered_says_how_to_ask(shop: Shop, bob: Caller) -> None:
    scale = f"{APP}/operations/process.scale"
    nobody = Client().get(APP).json()
    assert "Authorization: Token slw_" in nobody["message"] and "account page" in nobody["message"]
    posted = bob.post(f"{ROOT}/apps/", {}).json()
    assert posted["message"] == "POST is not possible at this address. Use GET."
    text = bob.send(scale, "replicas=1", content_type="text/plain")
    assert text.status_code == 415 and "Content-Type: application/json" in text.json()["message"]
    picture = bob.client.get(APP, headers=bob.header | {"accept": "image/png"})
    assert picture.status_code == 406 and "Accept: application/json" in json.loads(picture.content)["message"]


def test_a_form_sent_to_the_api_without_its_token_says_what_to_do(shop: Shop) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(shop.people.bob, backend="django.contrib.auth.backends.ModelBackend")
    answer = browser.post(f"{APP}/operations/process.scale", {}, content_type="application/json")

    assert answer.status_code == 403 and "Reload the page" in answer.json()["message"]
