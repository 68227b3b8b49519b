"""What has to hold between the parts of a spec."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from apps_mgmt.spec import AppSpec, SpecError, check_for, load
from tests.pure.golden.specs import RICH, rich

Edit = Callable[[dict[str, Any]], Any]


def _web(data: dict[str, Any]) -> dict[str, Any]:
    return data["processes"][0]


BROKEN: dict[str, tuple[Edit, str]] = {
    "two processes of one name": (lambda d: d["processes"].append(_web(d)), "twice"),
    "two ports of one name": (lambda d: _web(d)["ports"].append({"name": "http", "port": 1}), "twice"),
    "two ports of one number": (lambda d: _web(d)["ports"].append({"name": "more", "port": 8080}), "8080"),
    "two ports reached by one number": (lambda d: _web(d)["ports"].append({"name": "more", "port": 80}), "80"),
    "two variables of one name": (lambda d: d["env"].append({"name": "BANNER", "value": ""}), "BANNER"),
    "a variable without a source": (lambda d: d["env"].append({"name": "X"}), "needs one of"),
    "a variable with two sources": (
        lambda d: d["env"].append({"name": "X", "value": "", "secret": {"name": "X", "version": 1}}),
        "needs one of",
    ),
    "a request above its limit": (lambda d: _web(d).update(resources={"cpu_request": "2", "cpu_limit": "1"}), "above"),
    "an autoscaler upside down": (
        lambda d: _web(d).update(autoscaler={"least": 5, "most": 2, "cpu": 1}),
        "go together",
    ),
    "an autoscaler that goes by nothing": (lambda d: _web(d).update(autoscaler={"most": 2}), "go by"),
    "a probe of a port that is not there": (
        lambda d: _web(d).update(probes={"liveness": {"port": "nope"}}),
        "no port nope. It has: http, grpc, admin",
    ),
    "a probe without any port": (lambda d: d["processes"][1].update(probes={"liveness": {}}), "Add a port first"),
    "a command in an http probe": (lambda d: _web(d)["probes"].update(liveness={"command": ["x"]}), "exec only"),
    "a liveness probe with two successes": (lambda d: _web(d)["probes"]["liveness"].update(successes=2), "readiness"),
    "a route to a process that is not there": (lambda d: d["routes"][0].update(process="api"), "no process api"),
    "a route to a port that is not there": (lambda d: d["routes"][0].update(port="api"), "no port api"),
    "a route to a hidden port": (lambda d: d["routes"][0].update(port="admin"), "hidden"),
    "a route to a TCP port": (lambda d: d["routes"][0].update(process="store", port="redis"), "TCP"),
    "a route with a query": (lambda d: d["routes"][0].update(path="/a?b"), "path of a route"),
    "a route that speaks to the proxy": (lambda d: d["routes"][0].update(path="/a;{b}"), "path of a route"),
    "a registry that is none": (lambda d: d["placement"]["overrides"][0].update(registry="mirror"), "not the name"),
    "two routes of one host and path": (lambda d: d["routes"].append(d["routes"][0]), "twice"),
    "a host that no route has": (lambda d: d["domains"].append({"host": "x.example.com"}), "No route leads"),
    "a host sent on to itself": (lambda d: d["domains"][1]["redirect"].update(host="old.example.com"), "itself"),
    "two kinds of certificate": (lambda d: d["domains"][0]["tls"].update(issuer="le"), "not both"),
    "HTTPS only without a certificate": (lambda d: d["domains"][0].update(tls={"force": True}), "certificate"),
    "a header with a line break": (lambda d: d["domains"][0]["headers"][0].update(value="a\r\nb"), "line break"),
    "a network that is none": (lambda d: d["domains"][0].update(allow=["10.0.0.1/8"]), "not a network"),
    "a mount of a volume that is not there": (
        lambda d: d["processes"][1]["mounts"][0].update(volume="x"),
        "no volume x",
    ),
    "a mount outside": (lambda d: d["processes"][1]["mounts"][0].update(path="../x"), "begins with /"),
    "two things at one path": (lambda d: d["files"][0].update(path="/shared"), "two things"),
    "a file for a process that is not there": (lambda d: d["files"][1].update(process="x"), "no process x"),
    "a file without content": (lambda d: d["files"][0].pop("content"), "either text or a secret"),
    "a volume without a size": (lambda d: d["volumes"][0].update(size="0"), "needs a size"),
    "a reference without its dependency": (lambda d: d["env"][2]["reference"].update(dependency="x"), "Add it first"),
    "a variable that a dependency gives": (
        lambda d: d["env"].append({"name": "CATALOGUE_ADDR", "value": ""}),
        "dependency on catalogue",
    ),
    "two dependencies that give one variable": (
        lambda d: d["dependencies"].append({"app": "cart", "prefix": "CATALOGUE"}),
        "another prefix",
    ),
    "a job of a process that is not there": (lambda d: d["jobs"][0].update(process="x"), "no process x"),
    "a job at no time": (lambda d: d["jobs"][0].update(cron="daily"), "cron line"),
    "a number for a process that is not there": (
        lambda d: d["placement"]["overrides"][0]["replicas"][0].update(process="x"),
        "no process x",
    ),
    "no cluster with a share": (lambda d: d["placement"].update(targets=[{"cluster": "a", "weight": 0}]), "No cluster"),
    "a budget that says both": (lambda d: d["placement"]["budget"].update(max_unavailable="1"), "one of them"),
    "blue-green with a StatefulSet": (
        lambda d: d.update(release={"strategy": {"kind": "blue-green"}}),
        "cannot be two",
    ),
    "a canary without steps": (lambda d: d.update(release={"strategy": {"kind": "canary"}}), "at least one step"),
    "an update that never moves": (
        lambda d: d["processes"][1]["update"].update(max_surge="0", max_unavailable="0%"),
        "Allow",
    ),
    "a restricted process as root": (lambda d: _web(d)["security"].update(user=0), "root"),
    "a helper named as its process": (lambda d: _web(d)["sidecars"][0].update(name="web"), "another one"),
    "a reserved label": (lambda d: d["labels"][0].update(key="kubernetes.io/name"), "reserved"),
    "a drain to nowhere": (lambda d: d["drains"][0].update(target="logs"), "no target"),
    "a public UDP port": (lambda d: _web(d)["ports"][0].update(protocol="udp"), "UDP"),
    "a platform address without a public port": (lambda d: _web(d)["ports"][0].update(exposure="internal"), "Expose"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_spec_that_cannot_be_is_refused_with_a_sentence(broken: str) -> None:
    edit, words = BROKEN[broken]
    data = copy.deepcopy(RICH)
    edit(data)
    with pytest.raises(SpecError) as refused:
        load(data)
    assert words in str(refused.value)
    assert str(refused.value).endswith(".")


def test_an_app_cannot_depend_on_itself() -> None:
    with pytest.raises(SpecError, match="itself"):
        check_for(AppSpec().with_dependency("shop"), app="shop")


def test_the_spec_with_everything_holds() -> None:
    check_for(rich(), app="shop")
