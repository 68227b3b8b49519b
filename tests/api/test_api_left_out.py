"""What a call leaves out stays as it is, and the schema promises nothing else."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import cast

pytestmark = pytest.mark.django_db
RULES = "/api/v1/platform/operations/platform.rules"


def test_rules_that_are_left_out_stay_and_the_schema_names_no_other_default() -> None:
    people = cast.everyone()
    header = cast.token_header(people.olga, tenant=None)
    send = {"content_type": "application/json", "headers": header}
    assert Client().post(RULES, {"tagged": True, "cpu": "4"}, **send).json()["changed"]

    assert not Client().post(RULES, {}, **send).json()["changed"]
    preview = Client().post(f"{RULES}?dry_run=1", {"cpu": ""}, **send).json()
    assert [row["label"] for row in preview["spec"]] == ["Most CPU of one instance"]

    schema = Client().get("/api/v1/schema/?format=json", headers=header).json()
    call = schema["paths"][RULES if RULES in schema["paths"] else f"{RULES}/"]["post"]
    name = call["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    shape = schema["components"]["schemas"][name]
    assert "tagged" in shape["properties"] and "required" not in shape
    assert not [field for field, one in shape["properties"].items() if "default" in one]
    assert "left out stays as it is" in call["description"].replace("\n", " ")
