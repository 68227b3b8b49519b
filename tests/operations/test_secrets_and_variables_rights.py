"""Where a secret goes it takes the right to set secrets, and where a plain variable goes that to change settings."""

from __future__ import annotations

import pytest
from django.test import Client

from portal.access import Actor, Ref
from portal.access.ref import TENANT
from portal.errors import NeedsRight
from portal.operations.performing import perform
from tests import cast
from tests.operations.stage import Shop

PLAIN = [{"name": "MODE", "value": "fast"}]
FORM = "/t/boutique/apps/shop/do/"


def holder(shop: Shop, right: str) -> Actor:
    """Gus, who may see apps and has this right besides."""
    data = {"name": "one-right", "title": "One right", "rights": ["app.view", "tenant.view", right]}
    perform("role.define", actor=shop.alice, ref=Ref(TENANT, "boutique"), data=data)
    return cast.actor(cast.member("gus", tenant=shop.people.boutique, role="one-right"))


@pytest.mark.parametrize("process", ["", "web"])
def test_removing_a_secret_takes_the_right_to_set_secrets(shop: Shop, process: str) -> None:
    gus = holder(shop, "app.configure")
    shop.do("env.set", env=PLAIN)
    shop.do("secret.set", name="KEY", value="one", process=process)

    words = r"KEY is a secret\. You need the right app\.secrets \(.*\)\. Ask alice"
    for dry_run in (True, False):
        with pytest.raises(NeedsRight, match=words):
            perform("env.unset", actor=gus, ref=shop.ref, data={"names": ["MODE", "KEY"]}, dry_run=dry_run)
    assert shop.do("env.unset", actor=gus, names=["MODE"]).changed
    assert shop.do("env.unset", names=["KEY"]).changed


@pytest.mark.parametrize("process", ["", "web"])
def test_a_secret_takes_the_place_of_a_plain_variable_by_the_right_to_change_it(shop: Shop, process: str) -> None:
    gus = holder(shop, "app.secrets")
    shop.do("env.set", env=PLAIN)

    words = r"MODE is a variable that is no secret\. You need the right app\.configure \(.*\)\. Ask alice"
    data = {"name": "MODE", "value": "one", "process": process}
    for dry_run in (True, False):
        with pytest.raises(NeedsRight, match=words):
            perform("secret.set", actor=gus, ref=shop.ref, data=data, dry_run=dry_run)
    for value in ("one", "two"):
        assert shop.do("secret.set", actor=gus, name="KEY", value=value, process=process).changed
    assert shop.do("secret.set", **data).changed


def test_the_form_offers_what_may_be_taken(shop: Shop) -> None:
    holder(shop, "app.configure")
    shop.do("env.set", env=PLAIN)
    shop.do("env.set", env=[{"name": "OWN", "value": "1"}], process="web")
    shop.do("secret.set", name="KEY", value="one")

    gus, bob = Client(), cast.signed_in(shop.people.bob)
    gus.force_login(cast.User.objects.get(username="gus"))
    for client, offered in ((gus, ["MODE", "OWN"]), (bob, ["KEY", "MODE", "OWN"])):
        page = client.get(f"{FORM}env.unset/").text
        assert [name for name in ("KEY", "MODE", "OWN") if f'value="{name}"' in page] == offered
    refused = gus.post(f"{FORM}env.unset/", {"names": ["KEY"], "version": str(shop.again().version)})
    assert refused.status_code == 403 and "KEY is a secret." in refused.text
