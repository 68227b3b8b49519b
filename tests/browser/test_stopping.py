"""SIGTERM ends everything and leaves nothing running; the next start goes on with the data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from portal.local.program import port_is_free
from tests.browser.conftest import Visit
from tests.browser.outside import Api, ClusterApi
from tests.browser.stack import Stack, processes_of

APPS = ("cartservice", "currencyservice", "frontend")


def data(api: Api, clusters: dict[str, ClusterApi]) -> dict[str, Any]:
    """What has to be there again: releases, settings, and the very same instances on the clusters."""
    return {
        name: {
            "releases": api.releases(name),
            "spec": api.app(name)["spec"],
            "instances": {cluster: one.staying(name) for cluster, one in clusters.items()},
        }
        for name in APPS
    }


def test_that_stopping_leaves_nothing_running_and_a_second_start_has_its_data(
    stack: Stack, api: Api, clusters: dict[str, ClusterApi], shop: dict[str, str], visit: Visit
) -> None:
    before, logins = data(api, clusters), dict(stack.logins)
    pids, ports = stack.pids(), stack.ports()
    assert {"web", "worker", "agent", "clock", "postgres", "valkey", "cluster-north", "cluster-south"} <= set(pids)

    code = stack.stop()

    assert code == 0
    assert "Nothing is left running" in stack.said[-1]
    assert processes_of(stack.home) == []
    assert [name for name, pid in pids.items() if Path(f"/proc/{pid}").exists()] == []
    assert [port for port in ports if not port_is_free(port)] == []
    assert stack.pids() == {}

    stack.start()

    assert stack.logins == logins
    assert not [line for line in stack.said if "Deploying" in line or "Making the database" in line]
    assert data(api, clusters) == before
    page = visit("bob")
    page.goto("/t/boutique/apps/")
    expect(page.get_by_role("row").filter(has_text="Healthy")).to_have_count(11)
