"""The same by API and by command line, against the running product."""

from __future__ import annotations

import json

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.outside import Api, ClusterApi
from tests.browser.stack import Stack

APP = "paymentservice"
IMAGE = f"us-central1-docker.pkg.dev/google-samples/microservices-demo/{APP}"


def test_that_a_dry_run_shows_what_would_change_and_changes_nothing(api: Api) -> None:
    before = api.written(APP)

    answer = api.operate(APP, "image.set", "?dry_run=1", image=f"{IMAGE}:v1.0.0")

    assert answer.status == 200
    assert [(row["before"], row["after"]) for row in answer.body["spec"]] == [(f"{IMAGE}:v0.10.2", f"{IMAGE}:v1.0.0")]
    assert [(row["kind"], row["cluster"]) for row in answer.body["manifests"]] == [
        ("Deployment", "north"),
        ("Deployment", "south"),
    ]
    assert api.written(APP) == before


def test_that_the_api_changes_the_image_and_deploys_it(api: Api, clusters: dict[str, ClusterApi]) -> None:
    api.deployed_first(APP)

    saved = api.operate(APP, "image.set", image=f"{IMAGE}:v1.0.0")
    assert saved.status == 200
    assert [change["operation"] for change in api.app(APP)["undeployed"]] == ["image.set"]

    started = api.operate(APP, "release.start")
    assert started.status == 200
    number = started.body["result"]["release"]
    release = api.ended(APP, number)

    assert (release["state"], release["by"], release["kind"]) == ("succeeded", "bob", "deploy")
    assert {target["cluster"]: target["state"] for target in release["targets"]} == {"north": "done", "south": "done"}
    assert [(row["number"], row["state"]) for row in api.releases(APP)] == [(2, "succeeded"), (1, "succeeded")]
    assert api.app(APP)["undeployed"] == []
    assert {name: cluster.image(APP) for name, cluster in clusters.items()} == {
        "north": f"{IMAGE}:v1.0.0",
        "south": f"{IMAGE}:v1.0.0",
    }


def test_that_the_command_line_does_the_same(stack: Stack, api: Api) -> None:
    api.deployed_first("emailservice")

    place = ("--tenant", "boutique", "--app", "emailservice", "--user", "bob")

    said = stack.manage("operate", "image.set", *place, "image=registry.example.com/mail:2.0")
    assert "Revision 2, version 2." in said
    said = stack.manage("operate", "release.start", *place)

    assert said.splitlines()[-1] == "Release 2."
    release = api.ended("emailservice", 2)
    assert (release["state"], release["by"]) == ("succeeded", "bob")


def test_that_the_command_line_lists_the_operations(stack: Stack) -> None:
    listed = json.loads(stack.manage("operations", "--json"))

    assert {"app.create", "image.set", "release.start", "release.rollback"} <= {row["name"] for row in listed}


def test_that_bad_input_is_refused_with_a_sentence_and_nothing_is_changed(stack: Stack, api: Api) -> None:
    before = api.written("shippingservice")

    unknown = api.operate("shippingservice", "image.set", image="a:1", imagee="b:1")
    wrong = api.operate("shippingservice", "image.set", image=["a"])
    stale = api.operate("shippingservice", "image.set", "?version=0", image="a:1")
    nobody = Api(stack.url, token="slw_none").get("/tenants/boutique/apps/shippingservice")
    other = api.get("/tenants/harbor/apps/")

    assert [one.status for one in (unknown, wrong, stale, nobody, other)] == [400, 400, 409, 401, 404]
    for answer in (unknown, wrong, stale, nobody, other):
        assert answer.body["message"].endswith("."), answer
    assert api.written("shippingservice") == before


def test_that_the_documentation_of_the_api_is_readable_offline(visit: Visit, stack: Stack) -> None:
    page = visit("bob")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto("/api/v1/docs/")

    for name in ("image.set", "release.start", "release.rollback", "app.create"):
        expect(page.locator(".opblock-summary-path", has_text=f"operations/{name}")).to_be_visible()
    page.locator(".opblock-summary", has_text="operations/image.set").click()
    expect(page.locator(".opblock.is-open")).to_contain_text("Change the image of one process, or of all of them.")
    assert [url for url in asked if not url.startswith((stack.url, "data:"))] == []
