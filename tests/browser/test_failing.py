"""An image that crashes: the page shows what the instance said, and one click brings the old revision back."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.outside import Api, ClusterApi

APP = "currencyservice"
IMAGE = f"us-central1-docker.pkg.dev/google-samples/microservices-demo/{APP}"


def test_that_one_click_leads_back_from_an_image_that_crashes(
    visit: Visit, api: Api, clusters: dict[str, ClusterApi]
) -> None:
    api.deployed_first(APP)
    page = visit("bob")
    page.goto(f"/t/boutique/apps/{APP}/do/image.set/")
    page.get_by_label("Image").fill(f"{IMAGE}:crash")
    page.get_by_role("button", name="Save and deploy").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(f"{APP} · release 2")
    page.evaluate("() => { window.loaded = 1 }")
    trouble = page.locator("[id$=-failure]")
    expect(trouble).to_contain_text(f"{APP}--web-")
    expect(trouble).to_contain_text("exit code 1")
    trouble.get_by_text("Last log lines").click()
    expect(trouble.locator("pre").last).to_contain_text("the database does not answer")

    header = page.locator("[id$=-header]")
    expect(header.get_by_role("status")).to_have_text("Failed")
    expect(trouble).to_contain_text("The release failed on north")
    expect(trouble).to_contain_text("Roll back to what ran before, or mend the app and deploy again.")
    back = page.get_by_role("button", name="Roll back to release 1")
    expect(back).to_be_visible()
    assert page.evaluate("() => window.loaded") == 1
    assert clusters["north"].image(APP) == f"{IMAGE}:crash"
    assert clusters["north"].running(APP) == [f"{IMAGE}:v0.10.2"]

    back.click()

    expect(page.get_by_role("heading", level=1)).to_have_text(f"{APP} · release 3")
    expect(header).to_contain_text("Rollback")
    expect(header.get_by_role("status")).to_have_text("Succeeded")
    assert api.release(APP, 3)["state"] == "succeeded"
    for cluster in clusters.values():
        assert cluster.image(APP) == f"{IMAGE}:v0.10.2"
        cluster.runs(APP, [f"{IMAGE}:v0.10.2"])
