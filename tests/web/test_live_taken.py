"""What takes a right away by an operation closes, on open pages, what it showed; nothing else has to happen first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from channels.db import database_sync_to_async

from portal.access import Ref
from portal.access.ref import APP, TENANT
from portal.operations.performing import perform
from tenants.models import User
from tests import cast
from tests.operations.stage import open_shop
from tests.web.live_pages import Open, closing, hint

pytest_plugins = ["tests.web.live_fixtures"]
pytestmark = pytest.mark.django_db(transaction=True)
Step = tuple[str, dict[str, Any]]
HELPER = {"name": "helper", "title": "Helper", "rights": ["tenant.view"]}


def on_tenant(operation: str, /, **data: Any) -> Step:
    return operation, data


# What alice does before bob opens his page, what she does then, and which topics of it he loses by that.
CASES: dict[str, tuple[list[Step], Step, set[str]]] = {
    "removed": ([], on_tenant("member.remove", user="bob"), {"tenant", "app"}),
    "another role": (
        [on_tenant("role.define", **HELPER)],
        on_tenant("member.role", user="bob", role="helper"),
        {"tenant", "app"},
    ),
    "another meaning of the role": (
        [
            on_tenant("role.define", **HELPER | {"rights": ["tenant.view", "app.view"]}),
            on_tenant("member.role", user="bob", role="helper"),
        ],
        on_tenant("role.define", **HELPER),
        {"tenant", "app"},
    ),
    "access to the app": (
        [
            on_tenant("role.define", **HELPER),
            on_tenant("member.role", user="bob", role="helper"),
            on_tenant("access.grant", user="bob", role="viewer"),
        ],
        on_tenant("access.revoke", user="bob", role="viewer"),
        {"app"},
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_an_open_page_loses_what_an_operation_took(opened: Open, settings: Any, case: str) -> None:
    settings.LIVE_VERSIONS_SECONDS = 600  # the rounds, which would find it as well, are not waited for
    before, taking, lost = CASES[case]
    topics = await prepared(before)
    page = await opened("bob")
    await page.watch(*(topics[kind] for kind in lost))
    assert set((await page.hears(hint))["versions"]) == {topics[kind] for kind in lost}

    await by_alice(taking)

    closed = [await page.hears(closing) for _topic in lost]
    assert {one["closed"] for one in closed} == {topics[kind] for kind in lost}
    assert {one["reason"] for one in closed} == {"lost"}


def _act(step: Step) -> None:
    name, data = step
    ref = Ref(APP, "boutique", "shop") if name.startswith("access.") else Ref(TENANT, "boutique")
    perform(name, actor=cast.actor(User.objects.get(username="alice")), ref=ref, data=data)


@database_sync_to_async
def prepared(steps: list[Step]) -> dict[str, str]:
    shop = open_shop()
    for step in steps:
        _act(step)
    return {"tenant": f"tenant:{shop.people.boutique.pk}", "app": f"app:{shop.app.pk}"}


by_alice: Callable[[Step], Any] = database_sync_to_async(_act)
