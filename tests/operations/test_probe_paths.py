"""Paths by which instances are asked: what no server can be asked for is refused where it is typed, and loads."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps_mgmt import drafts
from apps_mgmt.spec import dump, load
from portal.access import Ref
from portal.errors import Refused
from portal.operations.performing import perform
from tests import cast
from tests.api.caller import Caller
from tests.operations.stage import Shop

ODD = [
    ("healthz", "The path healthz does not begin with /. Write /healthz."),
    ("/health z", "The path /health z holds a space, or something unseen. Leave that out, or write /health%20z."),
    ("/health\tz", "or write /health%09z."),
    ("/a\x7fb", "or write /a%7Fb."),
    ("/a\u200bb", "or write /a%E2%80%8Bb."),
    ("/healthz#ready", "What follows # in /healthz#ready never reaches a server. Write /healthz."),
    ("/%zz", "In /%zz a % is not followed by two hexadecimal digits. For the sign itself write /%25zz."),
    ("http://shop.example.com:8080/healthz?full=1", "cannot name a scheme or a host. Write /healthz?full=1."),
    ("//shop.example.com/healthz", "cannot name a scheme or a host. Write /healthz."),
    ("https://shop.example.com", "cannot name a scheme or a host. Write /."),
    ("health z#x", "does not begin with /. Write /health%20z."),
]
RIGHT = ["/", "/healthz", "/healthz?full=1&a=b", "/größe", "/a%20b", "/a//b", "/~x/_y-z.php;v=1"]


def checks(path: str) -> dict[str, Any]:
    step = {"kind": "http-check", "name": "alive", "process": "web", "path": path}
    return {"kind": "rolling", "steps": [{"kind": "apply", "name": "all"}, {"kind": "wait", "name": "ready"}, step]}


@pytest.mark.parametrize(("path", "words"), ODD)
def test_what_no_server_can_be_asked_for_is_refused_with_what_to_write(shop: Shop, path: str, words: str) -> None:
    with pytest.raises(Refused) as caught:
        shop.do("probe.path", process="web", path=path)
    assert words in str(caught.value) and caught.value.field == "path"
    with pytest.raises(Refused) as caught:
        shop.do("release.strategy", **checks(path))
    assert words in str(caught.value)
    with pytest.raises(Refused) as caught:
        data = {"name": "careful", "title": "Careful", **checks(path)}
        perform("strategy.save", actor=shop.alice, ref=Ref("tenant", "boutique"), data=data)
    assert words in str(caught.value)


@pytest.mark.parametrize("path", RIGHT)
def test_what_can_be_asked_for_is_taken_as_it_is(shop: Shop, path: str) -> None:
    shop.do("probe.path", process="web", path=path)
    probe = drafts.spec_of(shop.again()).process("web").probes.readiness
    assert probe is not None and probe.path == path
    shop.do("release.strategy", **checks(path))


def test_form_api_and_command_line_say_the_same(shop: Shop) -> None:
    said = "What follows # in /healthz#ready never reaches a server. Write /healthz."
    given = {"process": "web", "path": "/healthz#ready"}
    page = cast.signed_in(shop.people.bob).post("/t/boutique/apps/shop/do/probe.path/", given)
    assert said in page.text
    path = "/api/v1/tenants/boutique/apps/shop/operations/probe.path"
    answer = Caller(shop.people.bob, shop.people.boutique).post(path, given)
    assert said in answer.text
    with pytest.raises(CommandError, match="never reaches a server"):
        call_command(
            "operate", "probe.path", "process=web", "path=/healthz#ready", tenant="boutique", app="shop", user="bob"
        )


def test_what_was_typed_before_loads_and_other_edits_go_on(shop: Shop) -> None:
    shop.do("probe.path", process="web", path="/healthz")
    draft = shop.again().draft
    assert draft is not None
    spec = dump(load(draft.spec).with_probe_path("web", "/old path#x"))
    type(draft).objects.filter(pk=draft.pk).update(spec=spec)
    shop.do("process.scale", process="web", replicas=3)
    shop.do("probe.path", process="web", path="/healthz")
    shop.do("draft.undo")
    probe = drafts.spec_of(shop.again()).process("web").probes.readiness
    assert probe is not None and probe.path == "/old path#x"
    with pytest.raises(Refused, match="or write /another%20one"):
        shop.do("probe.path", process="web", path="/another one")
