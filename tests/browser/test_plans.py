"""A plan of people's own steps where instances roll by themselves: build first, then write, then tell everyone."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.outside import Api, ClusterApi

APP = "emailservice"
DIGEST = f"sha256:{'a1' * 32}"


def fill(row: Locator, kind: str, name: str, **fields: str) -> None:
    row.get_by_label("Step").select_option(kind)
    row.get_by_label("Name", exact=True).fill(name)
    for label, text in fields.items():
        row.get_by_label(label.replace("_", " "), exact=True).fill(text)


def test_an_image_is_built_rolled_out_and_told_of(visit: Visit, api: Api, clusters: dict[str, ClusterApi]) -> None:
    api.deployed_first(APP)
    before = api.releases(APP)[0]["number"]
    page = visit("bob")
    page.goto(f"/t/boutique/apps/{APP}/do/release.strategy/")
    row, add = page.get_by_role("group", name="Row"), page.get_by_role("button", name="Add a row")
    (web,) = api.app(APP)["spec"]["processes"]
    process, name = web["name"], web["image"].rpartition(":")[0]
    command = f"""echo '{{"digest": "{DIGEST}"}}'"""
    fill(row.last, "apply", "configuration")
    row.last.get_by_label("Which part of it").select_option("needs")
    add.click()
    fill(row.last, "build", "make", Of_the_processes=process, Command=command, **{"Builder's image": "builder:1"})
    expect(row.last.get_by_label("New instances")).to_be_hidden()
    add.click()
    fill(row.last, "apply", "write")
    add.click()
    fill(row.last, "notify", "tell", Message="It is {WHAT}", Inputs="WHAT = steps.make.output.digest")
    page.get_by_role("button", name="Save and deploy").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(f"{APP} · release {before + 1}")
    expect(page.locator("[id$=-header]").get_by_role("status")).to_have_text("Succeeded")
    expect(page.locator("main")).to_contain_text("Build: make")
    expect(page.locator("main")).to_contain_text(f"It is {DIGEST}")
    for cluster in clusters.values():
        assert set(cluster.running(APP)) == {f"{name}@{DIGEST}"}
    assert api.app(APP)["undeployed"] == []

    reader = visit("vera")
    reader.set_viewport_size({"width": 390, "height": 844})
    reader.goto("/t/boutique/waiting/")
    expect(reader.get_by_text(f"It is {DIGEST}")).to_be_visible()
    assert reader.evaluate("document.documentElement.scrollWidth") == 390
