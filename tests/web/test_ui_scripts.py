"""The scripts in a real browser: live updates that disturb nobody, rows, previews, dialogs, the palette."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from portal.ui import palette
from tests.web import ui_sample_forms
from tests.web.ui_browser import Stage, draw
from tests.web.ui_sample_lists import configure
from tests.web.ui_sample_release import release_detail

TOPIC = "release:r1"
ACTIONS = "/t/boutique/apps/frontend/releases/42/_actions"


def lanes(*, ready: int, state: str = "running") -> dict[str, str]:
    context = release_detail()
    lane = context["release"]["lanes"][1]
    lane["ready"], lane["state"] = ready, state
    return {"release-r1-lanes": draw("releases/fragments/lanes.html", context)}


@pytest.fixture
def release(stage: Stage) -> Stage:
    """The page of a running release, its line open and its subscription heard."""
    stage.pages[ACTIONS] = draw("releases/actions.html", release_detail("failed"))
    stage.open("/release/", draw("releases/detail.html", release_detail()))
    expect(stage.page.locator("[data-live-state]")).to_have_text("Live")
    stage.page.wait_for_function("document.querySelectorAll('.lane').length === 3")
    return stage


def south(stage: Stage) -> Any:
    return stage.page.locator('.lane[data-key="south"]')


def test_the_page_subscribes_with_the_versions_it_was_drawn_from(release: Stage) -> None:
    assert release.heard == [{"subscribe": [TOPIC], "versions": {TOPIC: 12}}]


def test_newer_fragments_replace_older_ones(release: Stage) -> None:
    release.tell({"topic": TOPIC, "version": 13, "full": True, "fragments": lanes(ready=7)})
    expect(south(release)).to_contain_text("7 of 8 ready")


def test_a_message_that_was_overtaken_is_dropped(release: Stage) -> None:
    release.tell({"topic": TOPIC, "version": 15, "full": True, "fragments": lanes(ready=8)})
    release.tell({"topic": TOPIC, "version": 14, "full": True, "fragments": lanes(ready=3)})
    release.tell(
        {
            "topic": TOPIC,
            "version": 16,
            "full": True,
            "fragments": {"release-r1-steps": "<p id='release-r1-steps'>x</p>"},
        }
    )
    expect(release.page.locator("#release-r1-steps")).to_have_text("x")
    expect(south(release)).to_contain_text("8 of 8 ready")


def test_an_announcement_makes_the_page_fetch(release: Stage) -> None:
    answer = {"topic": TOPIC, "version": 20, "full": True, "fragments": lanes(ready=5)}
    release.pages["/live/fragments/"] = json.dumps(answer)
    release.tell({"topic": TOPIC, "version": 20, "full": False})
    expect(south(release)).to_contain_text("5 of 8 ready")
    assert release.asked.count("/live/fragments/?topic=release%3Ar1") == 1


def test_a_lost_last_message_is_noticed(release: Stage) -> None:
    answer = {"topic": TOPIC, "version": 30, "full": True, "fragments": lanes(ready=4)}
    release.pages["/live/fragments/"] = json.dumps(answer)
    release.tell({"versions": {TOPIC: 30}})
    expect(south(release)).to_contain_text("4 of 8 ready")


def test_being_up_to_date_asks_for_nothing(release: Stage) -> None:
    before = len(release.asked)
    release.tell({"versions": {TOPIC: 12}})
    release.tell({"topic": TOPIC, "version": 13, "full": True, "fragments": lanes(ready=1)})
    expect(south(release)).to_contain_text("1 of 8 ready")
    assert not [path for path in release.asked[before:] if path.startswith("/live/")]


def test_an_update_leaves_focus_and_opened_parts_alone(stage: Stage) -> None:
    stage.pages[ACTIONS] = draw("releases/actions.html", release_detail("failed"))
    stage.open("/release/", draw("releases/detail.html", release_detail("failed")))
    stage.page.get_by_text("Last log lines").click()
    stage.page.locator(".more pre").focus()
    context = release_detail("failed")
    context["release"]["failure"]["voices"][0]["restarts"] = 9
    fragments = {"release-r1-failure": draw("releases/fragments/failure.html", context)}
    stage.tell({"topic": TOPIC, "version": 13, "full": True, "fragments": fragments})
    expect(stage.page.locator("#release-r1-failure")).to_contain_text("9 restarts")
    expect(stage.page.locator("#release-r1-failure details")).to_have_attribute("open", "")
    expect(stage.page.locator(".more pre")).to_be_focused()


def test_text_that_is_being_selected_waits_for_its_update(release: Stage) -> None:
    select = "getSelection().selectAllChildren(document.querySelector('.lane[data-key=south] h3'))"
    release.page.evaluate(select)
    release.tell({"topic": TOPIC, "version": 13, "full": True, "fragments": lanes(ready=7)})
    release.tell({"topic": TOPIC, "version": 14, "full": True, "fragments": lanes(ready=8)})
    expect(release.page.locator("#release-r1-actions")).to_contain_text("Roll back")
    expect(south(release)).to_contain_text("6 of 8 ready")
    assert release.page.evaluate("getSelection().toString().trim()") == "south"
    release.page.evaluate("getSelection().removeAllRanges()")
    expect(south(release)).to_contain_text("8 of 8 ready")


def test_instances_that_stay_are_the_same_elements(release: Stage) -> None:
    release.page.evaluate("document.querySelector('.lane[data-key=south] .instance').marked = true")
    release.tell({"topic": TOPIC, "version": 13, "full": True, "fragments": lanes(ready=7)})
    expect(south(release)).to_contain_text("7 of 8 ready")
    assert release.page.evaluate("document.querySelector('.lane[data-key=south] .instance').marked") is True


def test_what_depends_on_the_viewer_is_fetched_again(release: Stage) -> None:
    expect(release.page.locator("#release-r1-actions")).to_contain_text("Pause")
    release.tell({"topic": TOPIC, "version": 13, "full": True, "fragments": lanes(ready=7)})
    expect(release.page.locator("#release-r1-actions")).to_contain_text("Roll back")


def test_it_is_fetched_again_when_the_rights_of_the_viewer_change(release: Stage) -> None:
    expect(release.page.locator("#release-r1-actions")).to_contain_text("Pause")
    release.tell({"rights": "changed"})
    expect(release.page.locator("#release-r1-actions")).to_contain_text("Roll back")
    # Nothing else moved.
    assert [path for path in release.asked if path != "/release/"] == [ACTIONS]


def test_a_lost_line_is_said_and_coming_back_refreshes_once(release: Stage) -> None:
    answer = {"topic": TOPIC, "version": 14, "full": True, "fragments": lanes(ready=2)}
    release.pages["/live/fragments/"] = json.dumps(answer)
    release.lines[-1].close()
    expect(release.page.locator("[data-live-state]")).to_have_text("Connecting again…")
    expect(release.page.locator("[data-live-state]")).to_have_text("Live")
    expect(south(release)).to_contain_text("2 of 8 ready")
    assert len(release.lines) == 2
    assert sum(path.startswith("/live/fragments/") for path in release.asked) == 1


def test_a_topic_that_was_closed_is_told_and_not_asked_for_again(release: Stage) -> None:
    release.tell({"closed": TOPIC, "reason": "right"})
    expect(release.page.locator("[data-live-state]")).to_have_text("No longer live")
    release.lines[-1].close()
    release.page.wait_for_timeout(800)
    assert len(release.lines) == 1


@pytest.fixture
def lines_of_spec(stage: Stage) -> Stage:
    html = draw("apps/configure.html", configure()).replace('href="#"', 'href="/form/"')
    stage.pages["/form/"] = draw("operations/form.html", ui_sample_forms.operation_form("plain"))
    stage.pages["/preview/"] = draw("operations/preview.html", {"outcome": ui_sample_forms.outcome()})
    stage.open("/configure/", html)
    return stage


def test_a_pencil_opens_its_form_in_a_dialog_that_works_like_the_page(lines_of_spec: Stage) -> None:
    page = lines_of_spec.page
    page.get_by_role("link", name="Change: BANNER").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Scale")).to_be_visible()
    dialog.locator("[name=replicas]").fill("7")
    expect(dialog.locator("#preview")).to_contain_text("gcr.io/boutique/frontend:v0.10.2")
    assert page.evaluate("document.querySelector('dialog form').action").endswith("/form/")
    dialog.get_by_role("link", name="Cancel").click()
    expect(dialog).to_be_hidden()
    assert page.url.endswith("/configure/")


def test_a_form_that_cannot_be_fetched_opens_as_a_page(lines_of_spec: Stage) -> None:
    lines_of_spec.pages["/form/"] = lambda _request: (403, "<h1>You may not do that here</h1>")
    lines_of_spec.page.get_by_role("link", name="Change: BANNER").click()
    expect(lines_of_spec.page.get_by_role("heading", name="You may not do that here")).to_be_visible()


def test_the_palette_goes_where_the_arrows_point(release: Stage) -> None:
    hits = [
        {"title": "Apps", "url": "/apps/", "icon": "house"},
        {"title": "Scale frontend", "url": "/scale/", "icon": "scaling"},
    ]
    release.pages["/go/"] = draw("components/palette_hits.html", {"hits": hits})
    release.pages["/scale/"] = "<h1>Scale</h1>"
    release.page.keyboard.press("Control+k")
    expect(release.page.get_by_role("option", name="Apps")).to_have_attribute("aria-selected", "true")
    release.page.keyboard.type("scale")
    release.page.wait_for_function("document.querySelector('.palette .hits').children.length === 2")
    expect(release.page.get_by_role("combobox")).to_have_attribute("aria-activedescendant", "hit-1")
    release.page.keyboard.press("ArrowDown")
    release.page.keyboard.press("Enter")
    expect(release.page.get_by_role("heading", name="Scale")).to_be_visible()
    assert "/go/?hits&q=scale" in release.asked


def test_the_palette_leaves_the_keyboard_at_the_content_of_the_page(release: Stage) -> None:
    there = {"title": "Configure", "url": f"/configure/{palette.CONTENT}", "icon": "pencil"}
    release.pages["/go/"] = draw("components/palette_hits.html", {"hits": [there]})
    release.pages["/configure/"] = draw("apps/configure.html", configure())
    for _again in range(2):  # the second time the page is there already
        release.page.keyboard.press("Control+k")
        expect(release.page.get_by_role("option", name="Configure")).to_have_attribute("aria-selected", "true")
        release.page.keyboard.press("Enter")
        expect(release.page).to_have_url(re.compile(r"/configure/#content$"))
        expect(release.page.get_by_role("dialog")).to_be_hidden()
        expect(release.page.locator("main")).to_be_focused()


def test_a_menu_closes_on_escape_and_gives_the_focus_back(stage: Stage) -> None:
    stage.open("/configure/", draw("apps/configure.html", configure()))
    more = stage.page.locator("summary", has_text="More")
    more.click()
    expect(stage.page.get_by_role("link", name="Lock")).to_be_visible()
    stage.page.keyboard.press("Escape")
    expect(stage.page.get_by_role("link", name="Lock")).to_be_hidden()
    expect(more).to_be_focused()


def test_times_are_told_relative_with_the_exact_one_on_hover(release: Stage) -> None:
    moment = release.page.locator("#release-r1-header time")
    expect(moment).to_have_text("6 min. ago")
    assert "20" in (moment.get_attribute("title") or "")


@pytest.mark.parametrize("width", [390, 1280, 1440])
def test_the_lines_of_a_diff_are_whole_whatever_the_width(stage: Stage, width: int) -> None:
    stage.page.set_viewport_size({"width": width, "height": 800})
    stage.open("/page/", draw("operations/form.html", ui_sample_forms.operation_form()))
    cut = "(all) => all.filter((one) => one.scrollWidth > one.clientWidth).length"
    assert stage.page.locator(".diff").count() > 1
    assert stage.page.locator(".diff").evaluate_all(cut) == 0


def test_nothing_sticks_out_of_a_narrow_page(stage: Stage) -> None:
    stage.page.set_viewport_size({"width": 390, "height": 800})
    for html in (
        draw("releases/detail.html", release_detail("failed")),
        draw("apps/configure.html", configure()),
        draw("operations/form.html", ui_sample_forms.operation_form()),
    ):
        stage.open("/page/", html)
        assert stage.page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
