"""Every page is drawn from its sample context: whole, linked up, and within the content policy."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import RequestFactory

from portal.ui import samples as gallery_samples
from tests.web import ui_sample_forms, ui_sample_lists, ui_sample_people, ui_sample_release
from tests.web import ui_samples as samples

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SVG = {"path", "circle", "rect", "line", "polyline", "polygon", "ellipse"}
OPTIONAL_END = {"li", "p", "option", "tr", "td", "th", "dt", "dd"}


class NewToken(forms.Form):
    name = forms.CharField(label="What is it for?", max_length=60)
    tenant = forms.ChoiceField(label="Tenant", choices=[("boutique", "Online Boutique")])
    rights = forms.MultipleChoiceField(
        label="Rights", choices=[("a", "See"), ("b", "Do")], widget=forms.CheckboxSelectMultiple, required=False
    )


Page = tuple[str, Callable[[], dict[str, Any]]]
PAGES: dict[str, Page] = {
    "app": ("apps/overview.html", samples.app_overview),
    "app never deployed": (
        "apps/overview.html",
        lambda: {"app": {"id": "a", "name": "new", "status": {"state": "new"}}},
    ),
    "configure": ("apps/configure.html", ui_sample_lists.configure),
    "apps": ("apps/list.html", ui_sample_lists.app_list),
    "no apps": ("apps/list.html", lambda: ui_sample_lists.app_list() | {"apps": [], "blank": ui_sample_lists.BLANK}),
    "release running": ("releases/detail.html", ui_sample_release.release_detail),
    "release failed": ("releases/detail.html", lambda: ui_sample_release.release_detail("failed")),
    "releases of an app": ("releases/list.html", ui_sample_lists.releases),
    "releases of a tenant": ("releases/all.html", ui_sample_lists.all_releases),
    "releases of the platform": ("releases/all.html", lambda: ui_sample_lists.all_releases() | {"platform": True}),
    "no releases": ("releases/list.html", lambda: ui_sample_lists.releases() | {"releases": []}),
    "operation": ("operations/form.html", ui_sample_forms.operation_form),
    "operation refused": ("operations/form.html", lambda: ui_sample_forms.operation_form("wrong")),
    "operation out of date": ("operations/form.html", lambda: ui_sample_forms.operation_form("conflict")),
    "operation blocked": ("operations/form.html", lambda: ui_sample_forms.operation_form("blocked")),
    "dangerous operation": ("operations/form.html", lambda: ui_sample_forms.operation_form("danger")),
    "home": ("home/home.html", ui_sample_lists.home),
    "home of a newcomer": ("home/home.html", lambda: {"blank": ui_sample_lists.BLANK}),
    "go": ("home/go.html", lambda: {"query": "<b>", "hits": []}),
    "activity": ("audit/list.html", ui_sample_lists.audit),
    "platform audit": ("audit/list.html", lambda: ui_sample_lists.audit(platform=True)),
    "tenant": ("tenants/overview.html", ui_sample_people.tenant_overview),
    "tenants": ("tenants/tenants.html", ui_sample_people.tenants),
    "members": ("tenants/members.html", ui_sample_people.members),
    "members for a viewer": ("tenants/members.html", lambda: ui_sample_people.members(can_manage=False)),
    "platform tenants": ("platform/tenants.html", ui_sample_people.platform_tenants),
    "platform clusters": ("platform/clusters.html", ui_sample_people.platform_clusters),
    "sign in": ("account/sign_in.html", ui_sample_people.sign_in),
    "sign in refused": ("account/sign_in.html", lambda: ui_sample_people.sign_in(wrong=True)),
    "account": ("account/account.html", lambda: ui_sample_people.account(NewToken({"name": ""}))),
    "gallery": ("components/gallery.html", gallery_samples.gallery),
}


class Reading(HTMLParser):
    """Collects what the rules below ask about, and notices tags that are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.labelled: list[str] = []
        self.controls: list[dict[str, str | None]] = []
        self.problems: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        names = [name for name, _value in attrs]
        self.problems += [f"<{tag}> says {name} twice" for name in set(names) if names.count(name) > 1]
        self.problems += [
            f"<{tag} {name}> is inline code" for name in names if name == "style" or name.startswith("on")
        ]
        if tag == "style" or (tag == "script" and not values.get("src")):
            self.problems.append(f"<{tag}> is inline")
        # Copies inside a template are no part of the page yet.
        if "template" not in self._open:
            self._note(tag, values)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self.problems.append(f"</{tag}> closes {self._open[-3:]}")
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def _note(self, tag: str, values: dict[str, str | None]) -> None:
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag == "label":
            self.labelled.append(str(values.get("for")))
        if tag in {"input", "select", "textarea"} and values.get("type") != "hidden":
            self.controls.append(values)


def draw(name: str) -> str:
    template, context = PAGES[name]
    user = {"user": ui_sample_people.person("bob", "Bob Miller"), "csrf_token": "token"}
    return render_to_string(template, user | context(), request=visit())


def visit(**cookies: str) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    request.COOKIES.update(cookies)
    return request


def read(html: str) -> Reading:
    reading = Reading()
    reading.feed(html)
    reading.close()
    return reading


@pytest.mark.parametrize("name", PAGES)
def test_tags_are_closed_and_nothing_is_inline(name: str) -> None:
    assert read(draw(name)).problems == []


@pytest.mark.parametrize("name", PAGES)
def test_an_id_is_there_once(name: str) -> None:
    ids = read(draw(name)).ids
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("name", PAGES)
def test_every_control_has_a_name_for_everybody(name: str) -> None:
    reading = read(draw(name))
    named = [
        control for control in reading.controls if control.get("aria-label") or control.get("id") in reading.labelled
    ]
    assert named == reading.controls


@pytest.mark.parametrize("name", PAGES)
def test_what_a_control_is_described_by_is_on_the_page(name: str) -> None:
    html = draw(name)
    named = {name for names in re.findall(r'aria-describedby="([^"]*)"', html) for name in names.split()}
    assert named <= set(read(html).ids)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_one_main_heading_and_no_template_code(name: str) -> None:
    html = draw(name)
    assert html.count("<h1") == 1
    assert not re.search(r"\{%|%\}|\{\{|\}\}|\{#", html)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 429, 500, 503])
def test_an_error_page_needs_nothing_but_its_sentence(status: int) -> None:
    html = render_to_string("errors/error.html", {"error": "Check the address.", "status": status})
    assert "Check the address." in html
    assert read(html).problems == []


def test_what_people_type_is_shown_as_text() -> None:
    evil = "<script>alert(1)</script>"
    context = ui_sample_release.release_detail("failed")
    context["release"]["header"]["note"] = evil
    context["release"]["failure"]["voices"][0]["words"] = evil
    context["release"]["lanes"][0]["instances"][0]["name"] = f'"{evil}'
    html = render_to_string("releases/detail.html", context, request=visit())
    assert evil not in html
    assert html.count("&lt;script&gt;alert(1)") >= 3


def test_the_page_says_which_topics_it_shows_and_how_new_it_is() -> None:
    html = draw("release running")
    assert 'data-live-topics="release:r1 "' in html
    assert 'data-live-versions="12 "' in html
    assert 'data-refresh-on="release:r1"' in html


def test_a_stale_form_keeps_what_was_typed_and_shows_both_versions() -> None:
    html = draw("operation out of date")
    assert 'value="12"' in html
    assert re.search(r"<td>\s*<code>6</code>\s*</td>\s*<td>\s*<code>12</code>", html)


def test_a_secret_is_never_sent_back() -> None:
    from portal.ui.fields import Field

    field = Field(kind="secret", name="value", label="Value", value="hunter2", errors=("Too short.",))
    html = render_to_string("operations/form.html", ui_sample_forms.operation_form() | {"fields": [field]})
    assert "hunter2" not in html


def test_the_theme_is_drawn_by_the_server_and_only_known_ones() -> None:
    for cookie, expected in (("dark", True), ("light", True), ('"><script>', False)):
        html = render_to_string("home/home.html", {"blank": ui_sample_lists.BLANK}, request=visit(theme=cookie))
        assert ("data-theme=" in html.partition("<head>")[0]) is expected
