"""Routes: HTTPRoute where there is Gateway API, Ingress elsewhere."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.rendering import GATEWAY_API, Rendered, addresses, render
from apps_mgmt.spec import AppSpec, SpecError
from tests.pure.golden.specs import facts, rich, with_allowed


@pytest.fixture
def shop() -> AppSpec:
    spec = (
        AppSpec().with_new_process("web", image="a").with_port("web", "http", 8080, service_port=80, exposure="public")
    )
    return spec.with_route("shop.example.com", process="web").with_route("shop.example.com", "/api", process="web")


def routes(made: Rendered, kind: str = "HTTPRoute") -> list[dict[str, Any]]:
    return [row for row in made.manifests if row["kind"] == kind]


def test_a_host_is_one_object_whose_longest_path_comes_first(shop: AppSpec) -> None:
    (route,) = routes(render(shop, facts()))
    assert route["spec"]["hostnames"] == ["shop.example.com"]
    assert [rule["matches"][0]["path"]["value"] for rule in route["spec"]["rules"]] == ["/api", "/"]
    backend = route["spec"]["rules"][0]["backendRefs"][0]
    assert (backend["name"], backend["port"]) == ("shop--web", 80)
    assert route["spec"]["parentRefs"][0]["name"] == "slipway"


def test_the_platforms_address_leads_to_the_first_public_port(shop: AppSpec) -> None:
    made = routes(render(shop.change(platform_domain=True), facts()))
    assert {row["spec"]["hostnames"][0] for row in made} == {"shop.example.com", "shop.harbor.apps.example.com"}
    assert len(routes(render(shop.change(platform_domain=True), facts(platform_domain="")))) == 1


def test_plain_http_is_turned_away_when_asked(shop: AppSpec) -> None:
    spec = shop.with_domain("shop.example.com", tls={"certificate": "shop", "force": True})
    encrypted, plain = routes(render(spec, facts()))
    assert plain["spec"]["parentRefs"][0]["sectionName"] == "http"
    assert plain["spec"]["rules"][0]["filters"][0]["requestRedirect"]["scheme"] == "https"
    assert encrypted["spec"]["parentRefs"][0]["sectionName"].startswith("https-")


def test_a_host_may_be_sent_on(shop: AppSpec) -> None:
    spec = shop.with_domain("old.example.com", redirect={"host": "shop.example.com", "status": 302})
    (old,) = (row for row in routes(render(spec, facts())) if row["spec"]["hostnames"] == ["old.example.com"])
    assert old["spec"]["rules"] == [
        {
            "filters": [
                {"type": "RequestRedirect", "requestRedirect": {"hostname": "shop.example.com", "statusCode": 302}}
            ]
        }
    ]


@pytest.mark.parametrize("down", [{"maintenance": {"on": True}}, {"stopped": True}])
def test_maintenance_answers_in_the_apps_place(shop: AppSpec, down: dict[str, Any]) -> None:
    spec = shop.change(**down)
    (route,) = routes(render(spec, facts(maintenance="slipway-maintenance")))
    assert {rule["backendRefs"][0]["name"] for rule in route["spec"]["rules"]} == {"slipway-maintenance"}
    (ingress,) = routes(render(spec, facts(maintenance="m", capabilities=frozenset())), "Ingress")
    assert ingress["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"] == {
        "name": "m",
        "port": {"number": 80},
    }


def test_maintenance_without_a_page_is_said(shop: AppSpec) -> None:
    made = render(shop.change(maintenance={"on": True}), facts())
    assert "no maintenance page" in str(made.notes[0])
    assert "backendRefs" not in routes(made)[0]["spec"]["rules"][0]


def test_a_network_is_kept_out_or_the_deploy_is_refused(shop: AppSpec) -> None:
    spec = with_allowed(shop, "shop.example.com", "10.0.0.0/8")
    for told in (
        facts(capabilities=frozenset({GATEWAY_API})),
        facts(capabilities=frozenset(), ingress_class="haproxy"),
    ):
        with pytest.raises(SpecError, match="cannot keep addresses out"):
            render(spec, told)
    (ingress,) = routes(render(spec, facts(capabilities=frozenset(), ingress_class="nginx")), "Ingress")
    assert ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/whitelist-source-range"] == "10.0.0.0/8"


def test_what_an_ingress_cannot_say_is_said_to_people(shop: AppSpec) -> None:
    spec = shop.with_domain(
        "shop.example.com", headers=({"direction": "request", "name": "X", "value": "1"},), request_timeout=5
    )
    notes = [str(note) for note in render(spec, facts(capabilities=frozenset())).notes]
    assert len(notes) == 2
    assert all("no Gateway API" in note and "shop.example.com" in note for note in notes)


def test_headers_and_timeouts_are_set_on_the_way() -> None:
    told = facts(capabilities=frozenset({GATEWAY_API, "apps.kruise.io/v1beta1"}))
    (route,) = (row for row in routes(render(rich(), told)) if "https" in str(row["spec"]["parentRefs"]))
    rule = route["spec"]["rules"][0]
    assert rule["timeouts"] == {"request": "30s", "backendRequest": "10s"}
    assert [row["type"] for row in rule["filters"]] == ["RequestHeaderModifier", "ResponseHeaderModifier"]


def test_others_reach_an_app_by_the_number_of_its_service(shop: AppSpec) -> None:
    spec = (
        shop.with_port("web", "admin", 9000, exposure="hidden")
        .with_new_process("api", image="a")
        .with_port("api", "http", 81)
    )
    known = {key[1]: (address.host, address.port) for key, address in addresses(spec, app="shop").items()}
    assert known == {
        "": ("shop--web", 80),
        "http": ("shop--web", 80),
        "web.http": ("shop--web", 80),
        "api.http": ("shop--api", 81),
    }
