"""From the list of apps to a new image in both clusters, watched on the release page."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from portal.ui.figures import duration
from tests.browser.conftest import Visit
from tests.browser.outside import Api, ClusterApi
from tests.browser.waiting import until

IMAGE = "us-central1-docker.pkg.dev/google-samples/microservices-demo/frontend"
OLD, NEW = f"{IMAGE}:v0.10.2", f"{IMAGE}:v0.10.9"

# Writes down what the page shows, whenever it changes. A page that was loaded again has forgotten it.
RECORD = """() => {
  const text = (node) => (node ? node.textContent.replace(/\\s+/g, " ").trim() : "");
  const look = () => ({
    state: text(document.querySelector("[id$=-header] [role=status]")),
    steps: [...document.querySelectorAll("[id$=-steps] .step")].map((step) => text(step.querySelector(".vh"))),
    lanes: Object.fromEntries([...document.querySelectorAll(".lane")].map((lane) => [lane.dataset.key, {
      state: text(lane.querySelector(".who")),
      instances: Object.fromEntries([...lane.querySelectorAll(".instance")].map((dot) => [
        dot.dataset.key, { tone: dot.className.replace("instance", "").trim(), title: dot.title },
      ])),
    }])),
    timeline: document.querySelectorAll("[id$=-timeline] li").length,
  });
  window.seen = [look()];
  new MutationObserver(() => {
    const now = look();
    if (JSON.stringify(now) !== JSON.stringify(window.seen.at(-1))) window.seen.push(now);
  }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
}"""


def test_that_bob_sees_the_eleven_apps_of_the_shop_healthy_in_both_clusters(visit: Visit, shop: dict[str, str]) -> None:
    page = visit("bob")
    page.goto("/")
    page.get_by_role("link", name="Apps", exact=True).click()

    table = page.get_by_role("table", name="Apps of this tenant")
    assert len(shop) == 11
    for name, title in shop.items():
        row = table.get_by_role("row").filter(has=page.get_by_role("rowheader", name=f"{title} {name}", exact=True))
        expect(row).to_contain_text("Healthy")
        expect(row).to_contain_text("north, south")
        instances = row.get_by_text(re.compile(r"^\d of \d$")).inner_text()
        assert instances in ("2 of 2", "3 of 3")


def test_that_alice_sees_how_much_of_the_quota_the_shop_uses(visit: Visit, shop: dict[str, str]) -> None:
    page = visit("alice")
    quota = page.locator("section", has=page.get_by_role("heading", name="Quota"))

    def shown() -> list[str]:
        page.goto("/t/boutique/")
        said = " ".join((quota.text_content() or "").split())
        return [used for used in ("11 of 20", "23 of 120", "3.24 of 40 CPU", "2.73 of 48 GiB") if used in said]

    # What a release needs while it rolls is given back a moment after it has ended.
    until(lambda: len(shown()) == 4, what="the quota is what the shop uses")


def test_that_a_new_image_is_previewed_drafted_deployed_and_watched_to_its_end(
    visit: Visit, api: Api, shop: dict[str, str], clusters: dict[str, ClusterApi]
) -> None:
    page = visit("bob")
    page.goto("/t/boutique/apps/")
    page.get_by_role("link", name=f"{shop['frontend']} frontend", exact=True).click()
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Change image…").click()

    the_preview_follows_what_is_typed(page)
    page.get_by_label("Why").fill("The spring sale")
    page.get_by_role("button", name="Save to draft").click()

    banner = page.locator(".banner", has_text="1 undeployed change")
    expect(banner).to_be_visible()
    assert clusters["north"].image("frontend") == OLD
    banner.get_by_text("Show what changes").click()
    it_says_that_the_image_changes(banner.get_by_role("group", name="Changes").first)
    for cluster in clusters.values():
        cluster.hold("frontend")
    banner.get_by_role("button", name="Deploy").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("frontend · release 2")
    page.evaluate(RECORD)
    expect(page.locator("[data-live-state]")).to_have_text("Live")
    for name, old in (("north", 2), ("south", 1)):
        going = page.locator(f'.lane[data-key="{name}"] .instance.going')
        expect(going).to_have_count(old, timeout=180_000)
        clusters[name].hold("frontend", holds=False)
    header = page.locator("[id$=-header]")
    expect(header.get_by_role("status")).to_have_text("Succeeded", timeout=180_000)
    expect(page.locator(".lane .instance.going")).to_have_count(0)

    seen: list[dict[str, Any]] = page.evaluate("() => window.seen")
    the_page_has_shown_the_release_step_by_step(seen)
    for cluster in ("north", "south"):
        the_instances_have_changed_one_by_one(seen, cluster)
    expect(header).to_contain_text("Started by bob")
    expect(header).to_contain_text(re.compile(r"took \d+"))
    expect(page.get_by_role("group", name="Timeline")).to_contain_text("Succeeded")
    the_page_says_what_the_api_says(page, api)
    assert {cluster.image("frontend") for cluster in clusters.values()} == {NEW}
    assert clusters["north"].running("frontend") + clusters["south"].running("frontend") == [NEW] * 3


def it_says_that_the_image_changes(changes: Locator) -> None:
    expect(changes.get_by_role("deletion")).to_contain_text(OLD)
    expect(changes.get_by_role("insertion")).to_contain_text(NEW)


def the_preview_follows_what_is_typed(page: Page) -> None:
    preview = page.get_by_role("region", name="Preview")
    expect(preview).to_contain_text("Nothing: it is already so.")
    page.get_by_label("Image").fill("Not An Image")
    expect(preview.locator(".banner.bad")).to_be_visible()
    page.get_by_label("Image").fill(NEW)

    it_says_that_the_image_changes(preview.get_by_role("group", name="Changes"))
    objects = preview.locator("details")
    expect(objects).to_have_count(2)
    expect(objects.filter(has_text="north").get_by_role("insertion")).to_contain_text(f"image: {NEW}")
    expect(objects.filter(has_text="south").locator("summary")).to_contain_text("Deployment frontend--web")
    expect(preview).to_contain_text("23 of 120")
    expect(preview).to_contain_text("3.24 of 40 CPU")
    expect(page.get_by_label("Image")).to_be_focused()


def the_page_has_shown_the_release_step_by_step(seen: list[dict[str, Any]]) -> None:
    assert [state for at, state in enumerate(moments(seen, "state")) if at == 0 or state] == ["Running", "Succeeded"]
    assert "running" in seen[0]["steps"][0] or "done" in seen[0]["steps"][0]
    assert {word.strip(" :") for word in seen[-1]["steps"]} == {"done"}
    assert seen[-1]["timeline"] > seen[0]["timeline"]
    for one in seen:
        under_way = [word for word in one["steps"] if "running" in word]
        assert len(under_way) <= 1, "clusters go one after another"


def the_instances_have_changed_one_by_one(seen: list[dict[str, Any]], cluster: str) -> None:
    """Every new one was seen starting, then ready; every old one was there, and went."""
    lanes = [one["lanes"][cluster] for one in seen]
    assert "Done" in lanes[-1]["state"]
    new = {name for name, dot in lanes[-1]["instances"].items() if "v0.10.9" in dot["title"]}
    old = {name for lane in lanes for name, dot in lane["instances"].items() if "v0.10.2" in dot["title"]}
    assert len(new) == len(old) == {"north": 2, "south": 1}[cluster]
    for name in new:
        tones = tones_of(name, lanes)
        assert tones[-2:] == ["starting", "ready"], (name, tones)
        assert tones[:-2] in ([], ["pulling"], ["starting", "pulling"]), (name, tones)
    for name in old:
        assert "going" in tones_of(name, lanes), (name, tones_of(name, lanes))
    assert old.isdisjoint(lanes[-1]["instances"])
    for lane in lanes:
        ready = [name for name, dot in lane["instances"].items() if dot["tone"] in ("ready", "old")]
        assert len(ready) >= len(old), "never fewer than before"


def tones_of(instance: str, lanes: list[dict[str, Any]]) -> list[str]:
    """What an instance was shown as, one after the other."""
    tones = [lane["instances"][instance]["tone"] for lane in lanes if instance in lane["instances"]]
    return [tone for at, tone in enumerate(tones) if at == 0 or tone != tones[at - 1]]


def the_page_says_what_the_api_says(page: Page, api: Api) -> None:
    release = api.release("frontend", 2)
    assert (release["state"], release["by"]) == ("succeeded", "bob")
    took = page.locator("[id$=-header]").get_by_text("took").inner_text()
    assert duration(release["seconds"]) in took
    assert [target["state"] for target in release["targets"]] == ["done", "done"]


def moments(seen: list[dict[str, Any]], key: str) -> list[Any]:
    """The values that a part of the page has shown one after the other."""
    return [one[key] for at, one in enumerate(seen) if at == 0 or one[key] != seen[at - 1][key]]
