"""Secrets of every kind go through a whole Slipway, worker and clusters included; afterwards they are looked for.

In each place something is found that does belong there, so that an empty hand means that nothing is there, and not that
the place was not looked at.
"""

from __future__ import annotations

import json
import re
import secrets as drawn
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from portal.local.home import read_environment
from tests import east
from tests.browser import sinks
from tests.browser.outside import NAMESPACE, Api, ClusterApi
from tests.browser.stack import Stack
from tests.browser.visitor import Visitor
from tests.web import phone

APP = "checkoutservice"
PAGE = f"/t/boutique/apps/{APP}/"
NOTE = "a-note-that-anybody-may-read"
# What has to be found in each place.
BELONGS = {
    "answers": NOTE,
    "socket": NOTE,
    "exports": NOTE,
    "database": NOTE,
    "messages": "outbox.drain",
    "keys": "_kombu.binding",
    "logs": "clock",
    "files": "SLIPWAY_KEYS=",
    "command lines": "portal.asgi",
}
PROCESSES = ("web", "worker", "agent", "clock", "postgres", "valkey", "prepare")


# What has happened to them, by the log, so that each really went its way.
HAPPENED = {
    ("secret.set", "done"),
    ("secret.set", "refused"),
    ("cluster.renew", "done"),
    ("cluster.renew", "refused"),
    ("account.sign_in", "refused"),
    ("account.password", "done"),
    ("account.factor_add", "done"),
    ("account.recovery_use", "done"),
    ("token.create", "done"),
}


@dataclass
class Lived:
    """What was secret, by what it is, and what each place holds afterwards."""

    secrets: dict[str, str] = field(default_factory=dict)
    places: dict[str, bytes] = field(default_factory=dict)
    delivered: bytes = b""

    def new(self, what: str) -> str:
        return self.secrets.setdefault(what, f"canary{drawn.token_hex(12)}")


@pytest.fixture(scope="module")
def lived(stack: Stack, api: Api, clusters: dict[str, ClusterApi]) -> Iterator[Lived]:
    api.deployed_first(APP)
    addresses = read_environment(stack.home / "env")
    tap = sinks.WireTap(addresses["REDIS_URL"])
    lived, people = Lived(), [Visitor(stack.url) for _name in range(4)]
    bob, carla, olga, alice = people
    for name, one in (("bob", bob), ("olga", olga), ("alice", alice)):
        one.sign_in(name, stack.logins[name])
    watching = bob.watch("/t/boutique/", PAGE)
    an_account(lived, stack, carla)
    a_cluster(lived, stack, olga)
    frames = an_app(lived, bob, api)
    exports = [
        one.get(path + kind)
        for one, path in ((alice, "/t/boutique/activity/export/?as="), (olga, "/platform/audit/export/?as="))
        for kind in ("jsonl", "csv")
    ]
    looked_at(bob, alice, olga)
    watching.close()
    tap.close()
    lived.delivered = "".join(
        str(one.get(f"/api/v1/namespaces/{NAMESPACE}/secrets")) for one in clusters.values()
    ).encode()
    lived.places = {
        "answers": b"\n".join(said for one in people for said in one.told),
        "socket": b"\n".join(watching.frames + frames),
        "exports": "\n".join(exports).encode(),
        "database": sinks.database(addresses["DATABASE_URL"]),
        "messages": tap.heard(),
        "keys": sinks.valkey(addresses["REDIS_URL"]),
        "logs": "\n".join([*(name + stack.log(name) for name in PROCESSES), *stack.said]).encode(),
        # The clusters are there to hold what they were given, and the demo's logins to be read.
        "files": sinks.files(stack.home, apart_from=("clusters/", "logins")),
        "command lines": sinks.command_lines(stack.home),
    }
    yield lived
    stack.manage("operate", "member.remove", "--tenant", "boutique", "--user", "alice", "user=carla")


@pytest.mark.parametrize("place", BELONGS)
def test_that_no_secret_is_in(lived: Lived, place: str) -> None:
    said = lived.places[place]

    assert BELONGS[place].encode() in said
    assert sinks.found_in(said, lived.secrets) == []


def test_that_each_went_its_way(lived: Lived) -> None:
    entries = [json.loads(line) for line in lived.places["exports"].splitlines() if line.startswith(b"{")]

    assert {(one["operation"], one["outcome"]) for one in entries} >= HAPPENED


def test_that_the_secret_of_an_app_came_to_its_clusters(lived: Lived) -> None:
    assert sinks.found_in(lived.delivered, lived.secrets) == ["the secret of an app"]


@pytest.mark.parametrize(
    "said",
    [
        b"so: canary-7f3e.",
        b"\\\\x0063616e6172792d3766336501",
        b"eyJhIjogImNhbmFyeS03ZjNlIn0=",
        b"IiBjYW5hcnktN2YzZSI=",
        b"ICJjYW5hcnktN2YzZSI=",
    ],
)
def test_that_a_secret_is_found_however_it_is_packed(said: bytes) -> None:
    assert sinks.found_in(said, {"it": "canary-7f3e", "another": "canary-8f3e"}) == ["it"]


def an_account(lived: Lived, stack: Stack, carla: Visitor) -> None:
    """Carla gets an account, a password, a second factor with recovery codes, and a token; and mistypes each."""
    first = stack.manage("account", "add", "carla", "--mail", "carla@example.com").splitlines()[-1]
    stack.manage("operate", "member.add", "--tenant", "boutique", "--user", "alice", "user=carla", "role=developer")
    lived.secrets["a first password"] = first
    carla.sign_in("carla", lived.new("a wrong password"))
    carla.sign_in("carla", first)
    password = lived.new("a password")
    assert "The password is changed" in carla.send("/account/password/", password=password, again=password)
    carla.send("/account/confirm/", password=password)
    page = carla.get("/account/second-factor/", shown_once=True)
    secret = phone.secret_on(page)
    code = phone.code(secret, steps=-1)
    codes = phone.shown_codes(carla.send("/account/second-factor/", code=code, shown_once=True))
    assert len(codes) == 10
    lived.secrets |= {"the secret of a phone": secret.replace(" ", "")}
    lived.secrets |= {f"recovery code {number}": one for number, one in enumerate(codes)}
    carla.send("/account/", to="/sign-out/")
    carla.sign_in("carla", password)
    carla.send("/sign-in/code/", code=lived.new("a wrong code"))
    assert "carla" in carla.send("/sign-in/code/", code=codes[0])
    carla.send("/account/confirm/", password=password, code=codes[1])
    asked = {"name": "laptop", "tenant": "boutique", "days": "30"}
    page = carla.send("/account/", to="/account/tokens/", shown_once=True, **asked)
    token = re.findall(r"slw_[\w-]{30,}", page)[0]
    lived.secrets["a token"] = token[-24:]
    assert APP in carla.call(f"/tenants/boutique/apps/{APP}", token=token)
    carla.call(f"/tenants/boutique/apps/{APP}", token=f"slw_{lived.new('a token of nobody')}")


def a_cluster(lived: Lived, stack: Stack, olga: Visitor) -> None:
    """Olga gives a cluster its credential again, then one it does not know, and one inside of an address."""
    folder = stack.home / "clusters" / "north"
    url, token = ((folder / name).read_text(encoding="ascii").strip() for name in ("url", "token"))
    lived.secrets["the credential of a cluster"] = token
    unknown = east.kubeconfig(server=url, token=lived.new("a refused credential"))
    renew, add = "/platform/clusters/north/do/cluster.renew/", "/platform/do/cluster.add/"
    for given in (east.kubeconfig(server=url, token=token), unknown, (folder / "kubeconfig").read_text()):
        assert token in given or given is unknown
        for path in (renew, add):
            fields = {"kubeconfig": given} if path == renew else {"kubeconfig": given, "name": "west"}
            olga.send(path, to=f"{path}preview/", **fields)
        olga.send(renew, kubeconfig=given)


def an_app(lived: Lived, bob: Visitor, api: Api) -> list[bytes]:
    """Bob sets a secret, wrongly and rightly, and deploys it; what came over the socket of the release's page."""
    form, value = f"{PAGE}do/secret.set/", lived.new("the secret of an app")
    refused = lived.new("the secret of an app that was refused")
    bob.send(form, name="not a name", value=refused, process="")
    bob.send(form, name="API_KEY", value=refused, process="", version="0")
    api.operate(APP, "secret.set", name="API_KEY", value=refused, colour="red")
    api.operate(APP, "secret.set", "?dry_run=1", name="API_KEY", value=refused)
    bob.send(form, to=f"{form}preview/", name="API_KEY", value=value, process="")
    bob.send(form, name="API_KEY", value=value, process="")
    number = api.operate(APP, "release.start", f"?note={NOTE}").body["result"]["release"]
    release = bob.watch(f"{PAGE}releases/{number}/")
    assert api.ended(APP, number)["state"] == "succeeded"
    release.close()
    return release.frames


def looked_at(bob: Visitor, alice: Visitor, olga: Visitor) -> None:
    for path in (
        "",
        "configure/",
        "activity/",
        "releases/2/",
        "releases/2/manifests.yaml",
        "do/secret.set/?name=API_KEY",
    ):
        bob.get(PAGE + path)
    for path in ("", "members/", "activity/", "tokens/"):
        alice.get(f"/t/boutique/{path}")
    for path in ("audit/", "clusters/", "clusters/north/", "people/"):
        olga.get(f"/platform/{path}")
