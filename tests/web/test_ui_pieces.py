"""The small parts behind the components: figures, states, navigation, palette, contrast."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Context, Template
from django.test import RequestFactory

from portal.ui import context, figures, icons, nav, palette
from portal.ui.states import INSTANCE_TONES, STATES, TONES, state_of

CSS = Path(settings.BASE_DIR, "static/portal/css")
JS = Path(settings.BASE_DIR, "static/portal/js")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0.04, "0 s"),
        (0.2, "0.2 s"),
        (14.4, "14 s"),
        (59.6, "1 min"),
        (112, "1 min 52 s"),
        (3600, "1 h"),
        (7400, "2 h 3 min"),
        (timedelta(days=2, hours=4), "2 d 4 h"),
    ],
)
def test_durations_have_units(seconds: float | timedelta | None, words: str) -> None:
    assert figures.duration(seconds) == words


def test_a_bar_shows_what_is_used_and_what_a_change_adds_or_gives_back() -> None:
    grows, shrinks = figures.bar(20, 80, 40), figures.bar(40, 80, 20)
    assert (grows.now, grows.more, grows.less) == ("25.0", "25.0", "0.0")
    assert (shrinks.now, shrinks.more, shrinks.less) == ("25.0", "0.0", "25.0")


@pytest.mark.parametrize(
    ("used", "limit", "after", "tone"),
    [(1, 10, None, "plain"), (9, 10, None, "warn"), (5, 10, 11, "bad"), (0, 0, 0, "plain"), (0, 0, 1, "bad")],
)
def test_a_bar_warns_before_it_is_full(used: int, limit: int, after: int | None, tone: str) -> None:
    assert figures.bar(used, limit, after).tone == tone


def test_rows_of_change_become_aligned_lines() -> None:
    rows = [
        {"label": "image", "before": "a:1", "after": "a:2", "kind": "changed"},
        {"label": "PORT", "before": None, "after": "80", "kind": "added"},
        {"label": "OLD", "before": "1", "after": "", "kind": "removed"},
    ]
    (group,) = figures.grouped(rows)
    assert [(line["kind"], line["text"]) for line in group["lines"]] == [
        ("del", "image  a:1"),
        ("add", "image  a:2"),
        ("add", "PORT   80"),
        ("del", "OLD    1"),
    ]


def test_a_unified_diff_is_taken_apart() -> None:
    lines = figures.diff_lines("--- a\n+++ b\n@@ -1 +1 @@\n same\n-old\n+new")
    assert [line["kind"] for line in lines] == ["at", "same", "del", "add"]


@pytest.mark.parametrize(
    ("name", "letters"), [("Online Boutique", "OB"), ("frontend", "FR"), ("--", "?"), ("张 伟", "张伟")]
)
def test_initials_are_two_letters(name: str, letters: str) -> None:
    assert figures.initials(name) == letters


def test_every_icon_of_a_state_exists() -> None:
    for look in STATES.values():
        assert look.tone in TONES
        icons.svg(look.icon)


def test_a_state_nobody_thought_of_is_shown_neutrally_as_it_is() -> None:
    look = state_of("half_way")
    assert (look.word, look.tone) == ("Half way", "idle")


def test_every_dot_has_a_sign_and_a_word_of_its_own() -> None:
    signs = [look.icon for look in INSTANCE_TONES.values()]
    assert len(set(signs)) == len(signs)
    css = (CSS / "instance.css").read_text()
    assert all(f".instance.{look.tone}" in css for look in INSTANCE_TONES.values())


def test_every_icon_named_in_a_template_exists() -> None:
    templates = Path(settings.BASE_DIR, "templates").rglob("*.html")
    names = {name for path in templates for name in re.findall(r'{% icon "([a-z0-9-]+)"', path.read_text())}
    assert len(names) > 20
    for name in names:
        icons.svg(name)


def test_times_are_exact_without_scripts() -> None:
    moment = datetime(2026, 3, 2, 14, 6, 12, tzinfo=UTC)
    html = Template("{% ago moment %}|{% clock moment %}|{% ago none %}").render(Context({"moment": moment}))
    relative, exact, nothing = html.split("|")
    assert 'datetime="2026-03-02T14:06:12+00:00"' in relative
    assert ">2026-03-02 14:06</time>" in relative
    assert ">14:06:12</time>" in exact
    assert "<time" not in nothing


def _contribution(_request: object) -> nav.Contribution:
    items = [
        nav.Item(title="Home", url="/", icon="house", exact=True),
        nav.Item(title="Apps", url="/t/b/apps/", icon="layout-grid"),
        nav.Item(title="Tenant", url="/t/b/", icon="gauge"),
    ]
    return nav.Contribution(sections=[nav.Section(items=items, order=-1)])


@pytest.fixture
def own_navigation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nav, "_providers", [_contribution])
    monkeypatch.setattr(palette, "_providers", [])


@pytest.mark.parametrize(
    ("path", "current"),
    [("/", "Home"), ("/t/b/apps/frontend/", "Apps"), ("/t/b/members/", "Tenant"), ("/elsewhere/", None)],
)
@pytest.mark.usefixtures("own_navigation")
def test_the_nearest_entry_of_the_navigation_is_the_current_one(path: str, current: str | None) -> None:
    built = nav.build(RequestFactory().get(path))
    marked = [item.title for section in built.sections for item in section.items if item.current]
    assert marked == ([current] if current else [])


@pytest.mark.usefixtures("own_navigation")
def test_the_palette_finds_pages_by_any_of_their_words() -> None:
    request = RequestFactory().get("/")
    assert [hit.title for hit in palette.search(request, "AP")] == ["Apps"]
    assert palette.search(request, "apps nowhere") == []


@pytest.mark.usefixtures("own_navigation")
def test_the_palette_leads_past_the_navigation_and_into_forms_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    scale = palette.Hit(title="Scale", url="/scale/?process=web", form=True)
    monkeypatch.setattr(
        palette, "_providers", [lambda _request, _words: [palette.Hit(title="web", url="/web/"), scale]]
    )
    found = palette.search(RequestFactory().get("/"), "nothing of the navigation")
    assert [hit.url for hit in found] == ["/web/#content", "/scale/?process=web"]


@pytest.mark.usefixtures("own_navigation")
def test_the_palette_stops_asking_when_it_has_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def many(_request: object, words: object) -> list[palette.Hit]:
        asked.append(str(words))
        return [palette.Hit(title=f"app {number}", url="/") for number in range(50)]

    monkeypatch.setattr(palette, "_providers", [many, many])
    assert len(palette.search(RequestFactory().get("/"), "app")) == palette.LIMIT
    assert len(asked) == 1


def test_an_unknown_theme_is_no_theme() -> None:
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = "dark"
    assert context.nav(request)["theme"] == "dark"
    request.COOKIES["theme"] = "neon"
    assert context.nav(request)["theme"] == ""


def test_our_scripts_stay_small() -> None:
    assert sum(len(path.read_text().splitlines()) for path in JS.glob("*.js")) < 400


def test_every_style_file_is_in_a_layer_or_stands_alone() -> None:
    imports = re.findall(r'@import url\("([a-z]+\.css)"\) layer\((\w+)\)', (CSS / "slipway.css").read_text())
    templates = [path.read_text() for path in Path(settings.BASE_DIR, "templates").rglob("*.html")]
    linked = {name for text in templates for name in re.findall(r"portal/css/([a-z]+\.css)", text)}
    assert {name for name, _layer in imports} | linked == {path.name for path in CSS.glob("*.css")}


def _tokens() -> dict[str, tuple[float, float]]:
    """Relative luminance of each colour token, light and dark."""
    pattern = r"--([a-z-]+): light-dark\((oklch\([^)]*\)), (oklch\([^)]*\))\)"
    found = re.findall(pattern, (CSS / "tokens.css").read_text())
    return {name: (_luminance(light), _luminance(dark)) for name, light, dark in found}


def _luminance(colour: str) -> float:
    share, chroma, hue = re.findall(r"[\d.]+", colour)[:3]
    lightness, turn = float(share) / 100, math.radians(float(hue))
    a, b = float(chroma) * math.cos(turn), float(chroma) * math.sin(turn)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    clipped = [min(max(part, 0.0), 1.0) for part in (red, green, blue)]
    return 0.2126 * clipped[0] + 0.7152 * clipped[1] + 0.0722 * clipped[2]


TEXT_ON = [(name, ground) for name in ("text", "muted") for ground in ("page", "surface", "raised")]
TEXT_ON += [(name, f"{name}-soft") for name in ("good", "busy", "warn", "bad", "accent")]
TEXT_ON += [(name, "surface") for name in ("good", "busy", "warn", "bad", "accent")]
TEXT_ON += [("text", f"{name}-soft") for name in ("good", "busy", "warn", "bad", "accent")]
TEXT_ON += [("muted", f"{name}-soft") for name in ("good", "warn", "bad", "accent")]
TEXT_ON += [("on-accent", "accent"), ("surface", "good"), ("surface", "bad")]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
def test_text_can_be_read_on_its_ground(text: str, ground: str, scheme: int) -> None:
    tokens = _tokens()
    high, low = sorted((tokens[text][scheme], tokens[ground][scheme]), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["page", "surface"])
def test_the_edge_of_an_input_can_be_seen(ground: str, scheme: int) -> None:
    tokens = _tokens()
    high, low = sorted((tokens["edge"][scheme], tokens[ground][scheme]), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 3
