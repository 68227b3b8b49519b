"""The schema and the docs page: complete, valid, and without a network."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client

from portal.operations import registry
from portal.operations.api_urls import PATHS
from portal.operations.kinds import READ
from portal.operations.operation import Operation
from tests import cast
from tests.operations.stage import Shop


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """Generated as a person would, with every warning an error."""
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    found: dict[str, Any] = yaml.safe_load(out.getvalue())
    return found


def entry_of(schema: dict[str, Any], operation: type[Operation]) -> dict[str, Any]:
    path = "/api/v1/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", PATHS[operation.subject]) + operation.name
    found: dict[str, Any] = schema["paths"][path]["get" if operation.kind is READ else "post"]
    return found


def resolved(schema: dict[str, Any], reference: str) -> dict[str, Any]:
    found: dict[str, Any] = schema["components"]["schemas"][reference.rsplit("/", 1)[1]]
    return found


def test_a_dry_run_describes_the_quota_it_answers_with(schema: dict[str, Any], shop: Shop) -> None:
    outcome = schema["components"]["schemas"]["Outcome"]["properties"]
    answer = shop.preview("process.scale", process="web", replicas=3).as_json()
    for part in ("quota", "rolling"):
        described = set(resolved(schema, outcome[part]["items"]["$ref"])["properties"])
        assert outcome[part]["description"] and answer[part] and described <= set(answer[part][0])


def test_every_address_says_that_it_answers_as_json_alone(schema: dict[str, Any]) -> None:
    entries = [(path, one) for path, methods in schema["paths"].items() for one in methods.values()]
    assert [path for path, one in entries if "406" not in one["responses"]] == []


@pytest.mark.parametrize("operation", registry.all_operations(), ids=lambda one: one.name)
def test_every_operation_is_in_it(schema: dict[str, Any], operation: type[Operation]) -> None:
    entry = entry_of(schema, operation)

    assert entry["summary"] == str(operation.title) and operation.permission in entry["description"]
    assert {"200", "400", "401", "403", "404", "406", "409", "422"} <= set(entry["responses"])
    error = entry["responses"]["409"]["content"]["application/json"]["schema"]["$ref"]
    assert {"code", "message"} <= set(resolved(schema, error)["properties"])


@pytest.mark.parametrize(
    "operation", [one for one in registry.all_operations() if one.kind is not READ], ids=lambda one: one.name
)
def test_its_input_and_example_are_in_it(schema: dict[str, Any], operation: type[Operation]) -> None:
    entry = entry_of(schema, operation)
    assert {one["name"] for one in entry["parameters"]} >= {"dry_run", "version", "note"}
    fields = operation.Input().fields
    if not fields:
        return
    body = entry["requestBody"]["content"]["application/json"]
    described = resolved(schema, body["schema"]["$ref"])

    assert set(described["properties"]) == set(fields)
    assert set(described.get("required", [])) == {name for name, field in fields.items() if field.required}
    assert next(iter(body["examples"].values()))["value"] == dict(operation.example)


def test_apps_and_releases_are_in_it(schema: dict[str, Any]) -> None:
    root = "/api/v1/tenants/{tenant}/apps"
    wanted = [f"{root}/", f"{root}/{{app}}", f"{root}/{{app}}/releases/", f"{root}/{{app}}/releases/{{number}}"]

    for path in wanted:
        assert {"200", "401", "403", "404"} <= set(schema["paths"][path]["get"]["responses"]), path


def test_the_token_is_described(schema: dict[str, Any]) -> None:
    schemes = schema["components"]["securitySchemes"]

    assert any(one.get("name") == "Authorization" or one.get("scheme") for one in schemes.values())


def test_the_schema_is_served_in_yaml_and_json(db: None) -> None:
    for accepted in ("application/json", "application/yaml", "application/vnd.oai.openapi"):
        answer = Client().get("/api/v1/schema/", headers={"accept": accepted})
        assert answer.status_code == 200 and b"process.scale" in answer.content, accepted


def test_the_docs_lead_to_the_sign_in_and_back(db: None) -> None:
    assert Client().get("/api/v1/docs/")["Location"] == "/sign-in/?next=/api/v1/docs/"


def test_the_docs_say_of_a_token_that_it_does_not_count(db: None) -> None:
    answer = Client().get("/api/v1/docs/", headers={"authorization": "Token nonsense"})
    assert answer.status_code == 401 and answer.json()["message"].endswith(".")


def test_the_docs_page_asks_nobody_else(shop: Shop) -> None:
    page = cast.signed_in(shop.people.bob).get("/api/v1/docs/")
    assert page.status_code == 200
    addresses = re.findall(r"""(?:src|href)=["']([^"']+)["']""", page.text)

    assert addresses and not [one for one in addresses if re.match(r"(?:\w+:)?//", one)]
    for one in addresses:
        if one.startswith("/static/") and not one.startswith("/static/?"):
            path = one.removeprefix("/static/").partition("?")[0]
            assert finders.find(path) and Path(str(finders.find(path))).stat().st_size > 0


def test_the_answers_of_lists_have_the_described_fields(shop: Shop, schema: dict[str, Any]) -> None:
    header = cast.token_header(shop.people.bob, tenant=shop.people.boutique)
    shop.do("release.start")
    root = "/api/v1/tenants/boutique/apps/"
    for path, name in ((root, "App"), (f"{root}shop", "AppDetail"), (f"{root}shop/releases/", "Release"),
                       (f"{root}shop/releases/1", "ReleaseDetail")):  # fmt: skip
        body = Client().get(path, headers=header).json()
        one = body[0] if isinstance(body, list) else body
        described = next(
            found for key, found in schema["components"]["schemas"].items() if key in (name, f"{name}Shape")
        )
        assert set(one) == set(described["properties"]), path
