"""A canary over three clusters, one wave after another: an approval for all of it, and a check that takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests import east
from tests.browser.conftest import Visit
from tests.browser.outside import Api, ClusterApi
from tests.browser.stack import Stack
from tests.browser.waiting import until

APP = "shippingservice"
IMAGE = f"us-central1-docker.pkg.dev/google-samples/microservices-demo/{APP}"
OLD, NEW, WRONG = f"{IMAGE}:v0.10.2", f"{IMAGE}:v0.10.3", f"{IMAGE}:broken"
WAVES = ("north", "south", "east")


@pytest.fixture
def three(stack: Stack, api: Api, clusters: dict[str, ClusterApi], tmp_path: Path) -> Iterator[dict[str, ClusterApi]]:
    """The app on `north`, `south` and a third cluster, which is given back afterwards."""
    api.deployed_first(APP)
    (tmp_path / "kubeconfig").write_text(east.kubeconfig(), encoding="utf-8")
    (tmp_path / "url").write_text(east.simulator().url, encoding="ascii")
    (tmp_path / "token").write_text(east.simulator().token, encoding="ascii")
    stack.manage("cluster", "add", "east", "--kubeconfig", str(tmp_path / "kubeconfig"), "--tenants", "boutique")
    placed(api, *WAVES)
    assert api.operate(APP, "process.scale", process="web", replicas=6).status == 200
    api.ended(APP, api.deploy(APP, image=OLD))
    yield {**clusters, "east": ClusterApi(tmp_path)}
    placed(api, "north", "south")
    assert api.operate(APP, "release.strategy", kind="rolling", steps=[]).status == 200
    api.ended(APP, api.deploy(APP, image=OLD))
    stack.manage("operate", "cluster.revoke", "--cluster", "east", "--user", "olga", "tenant=boutique")


def placed(api: Api, *names: str) -> None:
    answer = api.operate(APP, "placement.targets", targets=[{"cluster": name} for name in names])
    assert answer.status == 200, answer


def test_a_canary_in_three_waves_asks_once_and_a_check_takes_it_back(
    visit: Visit, api: Api, three: dict[str, ClusterApi]
) -> None:
    page = visit("bob")
    page.goto(f"/t/boutique/apps/{APP}/do/release.waves/")
    row = page.get_by_role("group", name="Row")
    for number, name in enumerate(WAVES):
        if number:
            page.get_by_role("button", name="Add a row").click()
        row.nth(number).get_by_label(name, exact=False).check()
    page.get_by_role("button", name="Save to draft").click()
    page.goto(f"/t/boutique/apps/{APP}/do/release.strategy/")
    page.get_by_label("Strategy", exact=True).select_option("canary")
    row.first.get_by_label("Step").select_option("batch")
    row.first.get_by_label("Name").fill("first")
    row.first.get_by_label("New instances").fill("1")
    page.get_by_role("button", name="Add a row").click()
    row.last.get_by_label("Step").select_option("http-check")
    row.last.get_by_label("Name").fill("answers")
    row.last.get_by_label("Process", exact=True).fill("web")
    row.last.get_by_label("Path").fill("/healthz")
    row.last.get_by_label("For so many seconds").fill("3")
    row.last.get_by_label("Seconds between").fill("1")
    page.get_by_role("button", name="Add a row").click()
    row.last.get_by_label("Step").select_option("approval")
    row.last.get_by_label("Name").fill("look")
    page.get_by_role("button", name="Save to draft").click()
    assert api.operate(APP, "release.auto_rollback", on=True).status == 200
    page.goto(f"/t/boutique/apps/{APP}/do/image.set/")
    page.get_by_label("Image").fill(NEW)
    page.get_by_role("button", name="Save and deploy").click()

    lanes, header = page.locator("[id$=-lanes]"), page.locator("[id$=-header]")
    expect(lanes).to_contain_text("0 of 1 people have approved.")
    assert [three[name].image(APP) for name in WAVES] == [OLD, OLD, OLD]
    assert sorted(set(three["north"].running(APP))) == [OLD, NEW]
    assert set(three["south"].running(APP)) == set(three["east"].running(APP)) == {OLD}

    admin = visit("alice")
    admin.goto(page.url)
    admin.get_by_role("button", name="Approve").click()
    expect(header.get_by_role("status")).to_have_text("Succeeded")
    for cluster in three.values():
        assert set(cluster.running(APP)) == {NEW}

    before = {name: three[name].generation(APP) for name in ("south", "east")}
    number = api.deploy(APP, image=WRONG)
    page.goto(f"/t/boutique/apps/{APP}/releases/{number}/")
    expect(header.get_by_role("status")).to_have_text("Rolled back")
    expect(page.get_by_role("main")).to_contain_text("500 internal server error")
    for cluster in three.values():
        until(lambda at=cluster: set(at.running(APP)) == {NEW}, what=f"{cluster.name} runs what it did")
    assert {name: three[name].generation(APP) for name in before} == before
