"""The demo application, as data."""

from __future__ import annotations

from apps_mgmt.demo import boutique
from apps_mgmt.rendering import addresses, render
from apps_mgmt.spec import check_for, dump, load, usage
from tenants.quota.dimensions import DIMENSIONS
from tests.pure.golden.specs import facts

NAMES = {
    "adservice", "cartservice", "checkoutservice", "currencyservice", "emailservice", "frontend", "loadgenerator",
    "paymentservice", "productcatalogservice", "recommendationservice", "shippingservice",
}  # fmt: skip


def test_there_are_the_eleven_services_each_with_one_process() -> None:
    assert {app.name for app in boutique()} == NAMES
    for app in boutique():
        check_for(app.spec, app=app.name)
        assert [process.name for process in app.spec.processes] == ["web"]
        assert app.spec.process("web").image.endswith(f"microservices-demo/{app.name}:v0.10.2")
        assert load(dump(app.spec)) == app.spec
        assert app.title and app.description


def test_who_is_needed_comes_before_who_needs_it() -> None:
    seen: set[str] = set()
    for app in boutique():
        assert {row.app for row in app.spec.dependencies} <= seen
        seen.add(app.name)


def test_every_address_is_known_on_both_clusters() -> None:
    known = {key: value for app in boutique() for key, value in addresses(app.spec, app=app.name).items()}
    for app in boutique():
        for cluster in ("north", "south"):
            made = render(app.spec, facts(app=app.name, cluster=cluster, dependencies=known))
            assert made.notes == ()
            assert made.replicas[f"{app.name}--web"].number >= 1


def test_variables_have_the_names_that_the_services_read() -> None:
    known = {key: value for app in boutique() for key, value in addresses(app.spec, app=app.name).items()}
    specs = {app.name: app.spec for app in boutique()}
    made = render(specs["frontend"], facts(app="frontend", dependencies=known))
    data = next(row["data"] for row in made.manifests if row["kind"] == "ConfigMap")
    for name in ("PRODUCT_CATALOG", "CURRENCY", "CART", "RECOMMENDATION", "SHIPPING", "CHECKOUT", "AD"):
        assert f"{name}_SERVICE_ADDR" in data
    assert data["PRODUCT_CATALOG_SERVICE_ADDR"] == "productcatalogservice--web:3550"
    made = render(specs["checkoutservice"], facts(app="checkoutservice", dependencies=known))
    data = next(row["data"] for row in made.manifests if row["kind"] == "ConfigMap")
    assert data["EMAIL_SERVICE_ADDR"] == "emailservice--web:5000"


def test_redis_is_asked_as_often_as_upstream() -> None:
    specs = {app.name: app.spec for app in boutique()}
    made = render(specs["cartservice"], facts(app="cartservice"))
    pod = next(row for row in made.manifests if row["kind"] == "Deployment")["spec"]["template"]["spec"]
    redis = next(one for one in pod["containers"] if one["name"] == "redis")
    assert [redis[probe]["periodSeconds"] for probe in ("readinessProbe", "livenessProbe")] == [5, 5]


def test_all_of_it_fits_into_the_usual_quota() -> None:
    total = dict.fromkeys(DIMENSIONS, 0)
    for app in boutique():
        for name, amount in usage(app.spec).items():
            total[name] += amount
    assert total["instances"] == 23
    assert all(total[name] * 2 <= DIMENSIONS[name].default or name in ("apps", "gpu") for name in total)
    assert total["apps"] <= DIMENSIONS["apps"].default
