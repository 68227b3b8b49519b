"""An account that was made anew: a token of the old one is replaced at once, by whoever is the first to ask with it."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from releases.gateway import Gateway, minting, open_gateway
from releases.gateway.errors import CredentialsRefused, NotPrepared
from releases.gateway.minting import Token
from tenants.clusters import DEPLOYER as ROLE
from tenants.clusters import PROVISIONER
from tenants.clusters import connection as connect
from tests.releases.live import Live, wait_for
from tests.releases.test_accounts_lost import DEPLOYER, NAMESPACE, everywhere, live, mended, quiet

__all__ = ["live", "quiet"]

pytestmark = pytest.mark.django_db(transaction=True)


def kept(live: Live) -> tuple[tuple[str, str, str, str], Token]:
    """What is kept of the account by which things are made for the tenant."""
    with open_gateway(live.clusters["north"].pk, role=ROLE, tenant=live.app.tenant) as gateway:
        gateway.find("Deployment", "none")
    return next((key, token) for key, token in minting._tokens.items() if key[3] == DEPLOYER)


def refused(live: Live, token: Token) -> bool:
    """Whether the cluster does not accept a token, and it is not tried with another one."""
    north = connect(live.clusters["north"].pk, PROVISIONER)
    connection = replace(north, token=token.text, client_cert="", client_key="")
    try:
        with Gateway(connection, namespace=NAMESPACE) as gateway:
            gateway.find("Deployment", "none")
    except CredentialsRefused:
        return True
    return False


def test_the_first_to_ask_gets_an_answer(live: Live) -> None:
    key, old = kept(live)
    everywhere(live).delete("v1/serviceaccounts", DEPLOYER)
    mended("boutique")
    # A real cluster remembers for a while whom it has let in.
    wait_for(lambda: refused(live, old), what=lambda: "the old account is still let in")
    minting._tokens[key] = old
    with open_gateway(live.clusters["north"].pk, role=ROLE, tenant=live.app.tenant) as gateway:
        assert gateway.find("Deployment", "none") is None
        assert gateway.find("Service", "none") is None
    assert minting._tokens[key].text != old.text


def test_what_is_refused_anew_is_told(live: Live) -> None:
    key, _old = kept(live)
    wrong = Token("wrong", time.monotonic() + 60)
    minting._tokens[key] = wrong
    with open_gateway(live.clusters["north"].pk, role=ROLE, tenant=live.app.tenant) as gateway:
        assert gateway.find("Deployment", "none") is None
    assert minting._tokens[key].text not in (wrong.text, "")
    everywhere(live).delete("v1/serviceaccounts", DEPLOYER)
    minting._tokens[key] = wrong
    opened = open_gateway(live.clusters["north"].pk, role=ROLE, tenant=live.app.tenant)
    with opened as gateway, pytest.raises(NotPrepared, match="is not made yet, or gone"):
        gateway.find("Deployment", "none")
    mended("boutique")
