"""Whatever is sent to the API, the answer is no fault of ours, and one that its schema describes.

schemathesis reads the schema that the API serves and makes requests from it: right ones, wrong ones, and the example
of an operation with some of its fields replaced. Each goes through the whole stack, in a transaction that is taken
back, so that what ends a token or removes a member ends nothing for the next. What is added to the API is asked,
because it is in the schema.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from portal.operations import registry
from portal.operations.operation import Operation
from tests import cast, east
from tests.operations import scenes
from tests.operations.stage import Shop

pytestmark = pytest.mark.django_db
# Requests that are tried per operation: few in `make test`, many in `make security`.
EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "3"))
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
]
# What a wrong request may be answered with.
REFUSED = [400, 401, 403, 404, 405, 409, 413, 415, 422]
KINDS = ("example", "dry run", "mixed", "valid", "wrong")
OPERATIONS = "/operations/"


@pytest.fixture(autouse=True, scope="module")
def _one_connection() -> Iterator[None]:
    """A request ends in the transaction of the test, not with the connection, as with Django's own test client."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@lru_cache(maxsize=1)
def described() -> dict[str, Any]:
    """`{name of the operation, or METHOD path: what schemathesis knows of it}`, as the API itself serves it.

    An object in an answer has the fields that are described and no other. The schema leaves that open for those who
    read it, because a later version may add some.
    """
    config = schemathesis.Config.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REFUSED}}})
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", app=WSGIHandler(), config=config)
    for one in schema.raw_schema["components"]["schemas"].values():
        if "properties" in one:
            one.setdefault("additionalProperties", False)
    found = [one.ok() for one in schema.get_all_operations()]
    return {one.path.partition(OPERATIONS)[2] or f"{one.method.upper()} {one.path}": one for one in found}


def test_every_operation_is_in_the_schema_that_is_served() -> None:
    reading = {name for name in described() if " " in name}

    assert set(described()) - reading == {one.name for one in registry.all_operations()}
    assert len(reading) >= 10


@pytest.mark.parametrize("operation", registry.all_operations(), ids=scenes.named)
def test_an_operation_answers_as_described_whatever_it_is_sent(operation: type[Operation]) -> None:
    shop = scenes.open_scene(operation)

    assert not wrong_answers(described()[operation.name], shop, example=scenes.example(operation))


def test_what_only_shows_answers_as_described_whatever_it_is_asked() -> None:
    shop = scenes.open_scene(registry.find("drift.leave"))
    east.registered()
    found = [wrong_answers(one, shop, example={}) for name, one in described().items() if " " in name]

    assert not any(found), "\n".join(filter(None, found))


def wrong_answers(described: Any, shop: Shop, *, example: dict[str, Any]) -> str:
    """The first answer that is outside the schema, with its request as a command; nothing when there is none."""
    right, wrong = described.as_strategy(), described.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    callers = [
        cast.token_header(shop.people.alice, tenant=shop.people.boutique),
        cast.token_header(shop.people.olga, tenant=None),
        {"Authorization": "Token of-nobody"},
    ]
    names = {"tenant": "boutique", "app": "shop", "number": 1, "cluster": east.NAME}
    found: list[str] = []

    @seed(zlib.crc32(described.label.encode()))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        kind = data.draw(st.sampled_from(KINDS))
        case = data.draw(wrong if kind == "wrong" else right)
        if kind != "wrong":
            case.path_parameters = {name: names[name] for name in case.path_parameters}
        if kind in ("example", "dry run", "mixed") and isinstance(case.body, dict):
            case.body = example | (case.body if kind == "mixed" else {})
        if kind in ("example", "dry run"):
            case.query = {"dry_run": "1"} if kind == "dry run" and example else {}
        for caller in callers if kind == "example" else callers[:2]:
            with transaction.atomic():
                answer = case.call(headers=caller)
                transaction.set_rollback(True)
            try:
                case.validate_response(answer, checks=CHECKS, headers=caller)
            except FailureGroup as failure:
                found.append(str(failure))

    ask()
    return found[0] if found else ""
