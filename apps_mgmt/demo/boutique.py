"""Google's Online Boutique: its eleven services with their published images, ports, probes, variables and resources.

The facts are those of the project's own release manifests (github.com/GoogleCloudPlatform/microservices-demo, v0.10.2).
Three things differ. Two because every service is one app with one process: the addresses of other services come from
dependencies, and the Redis that only `cartservice` uses runs beside it in place of a twelfth app. And upstream runs one
instance of each; here there are two, of the frontend three, so that a release has something to roll.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from apps_mgmt.spec import (
    AppSpec,
    Dependency,
    HttpHeader,
    Init,
    Port,
    Probe,
    Probes,
    Process,
    Resources,
    Security,
    Sidecar,
    TempVolume,
)

TAG = "v0.10.2"
REGISTRY = "us-central1-docker.pkg.dev/google-samples/microservices-demo"
CLUSTERS = ("north", "south")
SHOP = "shop.example.com"

# Who calls whom, and what the caller names the variable that holds the address (before `_ADDR`).
PREFIXES = {
    "adservice": "AD_SERVICE",
    "cartservice": "CART_SERVICE",
    "checkoutservice": "CHECKOUT_SERVICE",
    "currencyservice": "CURRENCY_SERVICE",
    "emailservice": "EMAIL_SERVICE",
    "frontend": "FRONTEND",
    "paymentservice": "PAYMENT_SERVICE",
    "productcatalogservice": "PRODUCT_CATALOG_SERVICE",
    "recommendationservice": "RECOMMENDATION_SERVICE",
    "shippingservice": "SHIPPING_SERVICE",
}
USUAL = Resources(cpu_request="100m", cpu_limit="200m", memory_request="64Mi", memory_limit="128Mi")
# As upstream: a user that is not root, and nothing written outside of volumes.
SECURITY = Security(user=1000, group=1000, file_group=1000, read_only_root=True)
NO_PROFILER = {"DISABLE_PROFILER": "1"}


@dataclass(frozen=True)
class DemoApp:
    """An app of the demo: its record and its spec."""

    name: str
    title: str
    description: str
    spec: AppSpec


def boutique() -> tuple[DemoApp, ...]:
    """The eleven apps, those that others need first."""
    return (
        DemoApp("adservice", "Ads", "Text ads for the words of a page. Java.", _adservice()),
        DemoApp("cartservice", "Cart", "Keeps what is in a shopper's cart, in Redis. C#.", _cartservice()),
        DemoApp(
            "currencyservice", "Currency", "Converts amounts between currencies; the busiest. Node.js.", _currency()
        ),
        DemoApp(
            "emailservice", "E-mail", "Sends the confirmation of an order (only in play). Python.", _emailservice()
        ),
        DemoApp("paymentservice", "Payment", "Charges the card (only in play) and gives an id. Node.js.", _payment()),
        DemoApp("productcatalogservice", "Catalogue", "Lists and finds products, from a file. Go.", _catalogue()),
        DemoApp("shippingservice", "Shipping", "Estimates the cost and ships (only in play). Go.", _shipping()),
        DemoApp("recommendationservice", "Recommendations", "What else one may like. Python.", _recommendation()),
        DemoApp("checkoutservice", "Checkout", "Turns a cart into an order: pays, ships, mails. Go.", _checkout()),
        DemoApp("frontend", "Shop", "The shop that people see. Go.", _frontend()),
        DemoApp("loadgenerator", "Load", "Plays shoppers, without end. Python with Locust.", _loadgenerator()),
    )


def _service(
    name: str,
    *,
    port: int,
    probes: Probes,
    service_port: int = 0,
    env: Mapping[str, str] | None = None,
    resources: Resources = USUAL,
    calls: tuple[str, ...] = (),
    listens: bool = True,
    termination: int = 5,
    **process: object,
) -> AppSpec:
    """A service that speaks gRPC on one port."""
    web = Process(
        name="web",
        image=f"{REGISTRY}/{name}:{TAG}",
        replicas=2,
        ports=(Port(name="grpc", port=port, protocol="grpc", service_port=service_port),),
        probes=probes,
        resources=resources,
        security=SECURITY,
        termination_seconds=termination,
        **process,
    )
    own = {**({"PORT": str(port)} if listens else {}), **(env or {})}
    return _app(web, env=own, calls=calls)


def _app(web: Process, *, env: Mapping[str, str], calls: tuple[str, ...]) -> AppSpec:
    spec = AppSpec(processes=(web,), dependencies=tuple(Dependency(app=app, prefix=PREFIXES[app]) for app in calls))
    return spec.with_env_values(env).with_targets({"cluster": cluster} for cluster in CLUSTERS)


def _grpc(*, ready: int = 10, alive: int = 10, delay: int = 0) -> Probes:
    """Both probes by gRPC health; periods and delay in seconds."""
    return Probes(
        readiness=Probe(kind="grpc", period=ready, initial_delay=delay),
        liveness=Probe(kind="grpc", period=alive, initial_delay=delay),
    )


def _adservice() -> AppSpec:
    resources = Resources(cpu_request="200m", cpu_limit="300m", memory_request="180Mi", memory_limit="300Mi")
    return _service("adservice", port=9555, probes=_grpc(ready=15, alive=15, delay=20), resources=resources)


def _cartservice() -> AppSpec:
    redis = Sidecar(
        name="redis",
        image="redis:alpine",
        ready_port=6379,
        alive_port=6379,
        resources=Resources(cpu_request="70m", cpu_limit="125m", memory_request="200Mi", memory_limit="256Mi"),
    )
    return _service(
        "cartservice",
        port=7070,
        probes=_grpc(delay=15),
        listens=False,
        env={"REDIS_ADDR": "localhost:6379"},
        resources=Resources(cpu_request="200m", cpu_limit="300m", memory_request="64Mi", memory_limit="128Mi"),
        sidecars=(redis,),
        temp=(TempVolume(path="/data", containers=("redis",)),),
    )


def _currency() -> AppSpec:
    return _service("currencyservice", port=7000, probes=_grpc(), env=NO_PROFILER)


def _emailservice() -> AppSpec:
    return _service("emailservice", port=8080, service_port=5000, probes=_grpc(ready=5, alive=5), env=NO_PROFILER)


def _payment() -> AppSpec:
    return _service("paymentservice", port=50051, probes=_grpc(), env=NO_PROFILER)


def _catalogue() -> AppSpec:
    return _service("productcatalogservice", port=3550, probes=_grpc(), env=NO_PROFILER)


def _shipping() -> AppSpec:
    return _service("shippingservice", port=50051, probes=_grpc(ready=5), env=NO_PROFILER, termination=30)


def _recommendation() -> AppSpec:
    return _service(
        "recommendationservice",
        port=8080,
        probes=_grpc(ready=5, alive=5),
        env=NO_PROFILER,
        resources=Resources(cpu_request="100m", cpu_limit="200m", memory_request="220Mi", memory_limit="450Mi"),
        calls=("productcatalogservice",),
    )


def _checkout() -> AppSpec:
    calls = (
        "productcatalogservice",
        "shippingservice",
        "paymentservice",
        "emailservice",
        "currencyservice",
        "cartservice",
    )
    return _service("checkoutservice", port=5050, probes=_grpc(), calls=calls, termination=30)


def _frontend() -> AppSpec:
    def probe(session: str) -> Probe:
        cookie = HttpHeader(name="Cookie", value=f"shop_session-id={session}")
        return Probe(path="/_healthz", initial_delay=10, headers=(cookie,))

    web = Process(
        name="web",
        image=f"{REGISTRY}/frontend:{TAG}",
        replicas=3,
        ports=(Port(name="http", port=8080, service_port=80, exposure="public"),),
        probes=Probes(readiness=probe("x-readiness-probe"), liveness=probe("x-liveness-probe")),
        resources=USUAL,
        security=SECURITY,
    )
    calls = (
        "productcatalogservice",
        "currencyservice",
        "cartservice",
        "recommendationservice",
        "shippingservice",
        "checkoutservice",
        "adservice",
    )
    # The assistant is an optional twelfth service upstream; the frontend asks for its address all the same.
    env = {"PORT": "8080", "ENABLE_PROFILER": "0", "SHOPPING_ASSISTANT_SERVICE_ADDR": "shoppingassistantservice:80"}
    spec = _app(web, env=env, calls=calls)
    return spec.with_route(SHOP, process="web", port="http").change(platform_domain=True)


def _loadgenerator() -> AppSpec:
    check = (
        "STATUS=$(wget --server-response \"http://${FRONTEND_ADDR}\" 2>&1 | awk '/^  HTTP/{print $2}'); "
        'test "$STATUS" = 200 || { echo "The shop answers ${STATUS:-nothing}"; exit 1; }'
    )
    web = Process(
        name="web",
        image=f"{REGISTRY}/loadgenerator:{TAG}",
        replicas=2,
        inits=(Init(name="frontend-check", image="busybox:latest", command=("/bin/sh", "-ec", check)),),
        resources=Resources(cpu_request="300m", cpu_limit="500m", memory_request="256Mi", memory_limit="512Mi"),
        security=SECURITY,
        termination_seconds=5,
    )
    return _app(web, env={"USERS": "10", "RATE": "1"}, calls=("frontend",))
