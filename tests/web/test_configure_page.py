"""The configuration of an app as a page: whose a line is, and where its pencil leads."""

from __future__ import annotations

import html
import re

import pytest

from tests import cast
from tests.operations.stage import Shop, open_shop

APP = "/t/boutique/apps/shop/"
FORM = f"{APP}do/probe.path/?process=web"


@pytest.fixture
def shop(db: None) -> Shop:
    return open_shop()


def group(shop: Shop, title: str, *, who: str = "bob") -> str:
    """What the page says in one group."""
    page = cast.signed_in(getattr(shop.people, who)).get(f"{APP}configure/").text
    return html.unescape(page.partition(f"<h2>{title}</h2>")[2].partition("</section>")[0])


def of_grpc(shop: Shop) -> None:
    """The process speaks gRPC, and is asked by it."""
    draft = shop.again().draft
    assert draft is not None
    (web,) = draft.spec["processes"]
    web["ports"] = [{"name": "grpc", "port": 9000, "protocol": "grpc"}]
    web["probes"] = {"readiness": {"kind": "grpc"}, "liveness": {"kind": "grpc"}}
    draft.save()


def test_the_first_health_check_is_offered(shop: Shop) -> None:
    assert "No health checks." in group(shop, "Health") and f'href="{FORM}"' in group(shop, "Health")
    assert "probe.path" not in group(shop, "Health", who="vera")

    shop.do("probe.path", process="web", path="/healthz")
    assert "Add a health check" not in group(shop, "Health")
    assert group(shop, "Health").count(f'href="{FORM}"') == 2


def test_a_variable_of_a_process_is_told_from_that_of_all(shop: Shop) -> None:
    for process in ("", "web"):
        shop.do("env.set", env=[{"name": "MODE", "value": process or "all"}], process=process)
    assert re.findall(r"<dt>(.*?)</dt>", group(shop, "Variables")) == ["MODE", "web: MODE"]


def test_a_check_by_grpc_has_no_pencil_that_makes_it_one_by_http(shop: Shop) -> None:
    of_grpc(shop)
    assert "web: readiness" in group(shop, "Health") and "probe.path" not in group(shop, "Health")


def test_asking_a_port_for_grpc_by_http_is_said(shop: Shop) -> None:
    of_grpc(shop)
    found = shop.preview("probe.path", process="web", path="/healthz").preview
    assert found is not None
    (said,) = (str(one) for one in found.warnings if "HTTP" in str(one))
    assert said.startswith("web is asked by HTTP from now on at its port grpc, which is for grpc")

    shop.do("probe.path", process="web", path="/healthz")
    later = shop.preview("process.scale", process="web", replicas=3).preview
    assert later is not None and not any("HTTP" in str(one) for one in later.warnings)


def test_asking_a_port_for_http_is_nothing_to_notice(shop: Shop) -> None:
    found = shop.preview("probe.path", process="web", path="/healthz").preview
    assert found is not None and not any("HTTP" in str(one) for one in found.warnings)
