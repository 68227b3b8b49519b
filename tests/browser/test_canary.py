"""A canary: a few new instances, an approval by somebody else, then the rest; and back by itself when they crash."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.outside import Api, ClusterApi
from tests.browser.waiting import until

APP = "recommendationservice"
IMAGE = f"us-central1-docker.pkg.dev/google-samples/microservices-demo/{APP}"


def test_a_canary_waits_for_an_approval_and_one_that_crashes_goes_back(
    visit: Visit, api: Api, clusters: dict[str, ClusterApi]
) -> None:
    api.deployed_first(APP)
    page = visit("bob")
    page.goto(f"/t/boutique/apps/{APP}/do/release.strategy/")
    page.get_by_label("Strategy", exact=True).select_option("canary")
    row = page.get_by_role("group", name="Row")
    row.first.get_by_label("Step").select_option("batch")
    row.first.get_by_label("Name").fill("first")
    row.first.get_by_label("New instances").fill("1")
    page.get_by_role("button", name="Add a row").click()
    row.last.get_by_label("Step").select_option("approval")
    row.last.get_by_label("Name").fill("look")
    expect(row.last.get_by_label("New instances")).to_be_hidden()
    page.get_by_role("button", name="Save to draft").click()
    expect(page.get_by_text("1 undeployed change")).to_be_visible()
    assert api.operate(APP, "release.auto_rollback", on=True).status == 200
    page.goto(f"/t/boutique/apps/{APP}/do/image.set/")
    page.get_by_label("Image").fill(f"{IMAGE}:v0.10.3")
    page.get_by_role("button", name="Save and deploy").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(f"{APP} · release 2")
    expect(page.locator("[id$=-lanes]")).to_contain_text("0 of 1 people have approved.")
    expect(page.get_by_role("heading", name="Traffic")).to_be_visible()
    assert clusters["north"].image(APP) == f"{IMAGE}:v0.10.2"

    admin = visit("alice")
    admin.goto(f"/t/boutique/apps/{APP}/releases/2/")
    admin.get_by_role("button", name="Approve").click()

    header = page.locator("[id$=-header]")
    expect(header.get_by_role("status")).to_have_text("Succeeded")
    for cluster in clusters.values():
        assert cluster.image(APP) == f"{IMAGE}:v0.10.3"
        assert set(cluster.running(APP)) == {f"{IMAGE}:v0.10.3"}

    number = api.deploy(APP, image=f"{IMAGE}:crash")
    page.goto(f"/t/boutique/apps/{APP}/releases/{number}/")
    expect(header.get_by_role("status")).to_have_text("Rolled back")
    for cluster in clusters.values():
        until(lambda at=cluster: set(at.running(APP)) == {f"{IMAGE}:v0.10.3"}, what=f"{cluster.name} runs what it did")
