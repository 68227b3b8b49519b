"""Everything that matters works without JavaScript."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.outside import Api, ClusterApi
from tests.browser.stack import Stack

APP = "productcatalogservice"
IMAGE = f"us-central1-docker.pkg.dev/google-samples/microservices-demo/{APP}"


def test_that_signing_in_changing_deploying_and_watching_need_no_javascript(
    visit: Visit, stack: Stack, api: Api, clusters: dict[str, ClusterApi]
) -> None:
    api.deployed_first(APP)
    page = visit(None, javascript=False)
    page.goto("/")
    page.get_by_label("User name").fill("bob")
    page.get_by_label("Password").fill(stack.logins["bob"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Apps", exact=True).click()
    page.get_by_role("link", name="Catalogue productcatalogservice", exact=True).click()
    page.get_by_role("link", name="Configure", exact=True).click()
    page.locator("section", has=page.get_by_role("heading", name="Image")).get_by_role(
        "link", name="Change: web"
    ).click()

    image = page.get_by_label("Image")
    image.fill("Not An Image")
    page.get_by_role("button", name="Save to draft").click()
    expect(image).to_have_attribute("aria-invalid", "true")
    expect(image).to_have_value("Not An Image")
    image.fill(f"{IMAGE}:v0.10.9")
    page.get_by_role("button", name="Save to draft").click()
    expect(page.get_by_text("1 undeployed change")).to_be_visible()
    page.get_by_role("button", name="Deploy").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(f"{APP} · release 2")
    state = page.locator("[id$=-header]").get_by_role("status")
    shown = [state.inner_text()]
    while shown[-1].strip() == "Running":
        page.reload()
        shown.append(state.inner_text())
    assert shown[-1].strip() == "Succeeded"
    expect(page.locator(".lane").filter(has_text="north")).to_contain_text("1 of 1 ready")
    assert clusters["north"].image(APP) == clusters["south"].image(APP) == f"{IMAGE}:v0.10.9"
