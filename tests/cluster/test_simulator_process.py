"""The simulator as a process: who may in, what it keeps, how it fails on purpose, what it costs."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.manifests import config_map, deployment
from tests.cluster.simulators import Simulator
from tests.cluster.waiting import complete, condition

MAPS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
StartSimulator = Callable[..., Simulator]


def _wait_for(test: Callable[[], Any], *, seconds: float = 90.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := test():
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def _ready(simulator: Simulator, name: str) -> bool:
    found = simulator.request("GET", f"{DEPLOYMENTS}/{name}").body
    return complete(found) and condition(found, "Progressing").get("reason") == "NewReplicaSetAvailable"


def _watch(simulator: Simulator, path: str) -> http.client.HTTPResponse:
    asked = urllib.request.Request(simulator.url + path, headers={"Authorization": f"Bearer {simulator.token}"})
    answer: http.client.HTTPResponse = urllib.request.urlopen(asked, timeout=60)
    return answer


def _kill(simulator: Simulator) -> None:
    simulator.process.kill()
    simulator.process.wait(timeout=15)


@pytest.mark.parametrize(("token", "refused"), [("", (403, "Forbidden")), ("wrong", (401, "Unauthorized"))])
def test_nobody_comes_in_without_the_token(simulator: Simulator, token: str, refused: tuple[int, str]) -> None:
    answer = simulator.request("GET", MAPS, token=token)
    assert (answer.code, answer.body["reason"]) == refused
    assert simulator.request("GET", "/simulator/counts", token=token).code == 401
    assert simulator.request("GET", "/healthz", token=token).body == "ok"


def test_a_service_account_gets_a_token_of_its_own(simulator: Simulator) -> None:
    path = "/api/v1/namespaces/default/serviceaccounts/default/token"
    made = simulator.request("POST", path, {"spec": {"expirationSeconds": 3600}})
    token = made.body["status"]["token"]
    assert simulator.request("GET", "/api", token=token).code == 200
    assert simulator.request("GET", MAPS, token=token).code == 403
    assert simulator.request("POST", "/simulator/faults", {}, token=token).code == 401


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"data": ' + b"[" * 5000 + b"]" * 5000 + b"}", 400),
        (b'{"metadata": {"name": "x"}, "data": {"a": NaN}}', 400),
        (b'"' + b"x" * (4 * 1024 * 1024) + b'"', 413),
        (b"", 400),
    ],
)
def test_bad_bodies_are_refused(simulator: Simulator, body: bytes, code: int) -> None:
    assert simulator.request("POST", MAPS, body).code == code


def test_yaml_is_read_but_never_expanded(simulator: Simulator) -> None:
    plain = b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-yaml}\ndata: {a: b}\n"
    bomb = b"a: &a [x]\nb: [*a, *a]\n"
    headers = {"Content-Type": "application/yaml"}
    assert simulator.request("POST", MAPS, plain, headers=headers).code == 201
    refused = simulator.request("POST", MAPS, bomb, headers=headers)
    assert (refused.code, "aliases" in refused.body["message"]) == (400, True)


@pytest.mark.parametrize("path", ["/api/v2", "/api/v1/namespaces/default/things"])
def test_what_is_not_served_is_not_found(simulator: Simulator, path: str) -> None:
    answer = simulator.request("GET", path)
    assert (answer.code, answer.body["kind"]) == (404, "Status")


@pytest.mark.parametrize("path", ["/apis/nobody/v1/things", "/nothing"])
def test_where_nothing_is_served_there_is_no_page(simulator: Simulator, path: str) -> None:
    answer = simulator.request("GET", path)
    assert (answer.code, answer.body) == (404, "404 page not found\n")


def test_a_cluster_goes_on_where_it_ended(start_simulator: StartSimulator) -> None:
    first = start_simulator("--speed", "10")
    first.request("POST", DEPLOYMENTS, deployment(image="nginx:1"))
    _wait_for(lambda: _ready(first, "web"))
    before = first.request("GET", f"{DEPLOYMENTS}/web").body
    path = "/api/v1/namespaces/default/serviceaccounts/default/token"
    account = first.request("POST", path, {}).body["status"]["token"]
    version = int(first.request("GET", MAPS).body["metadata"]["resourceVersion"])
    assert first.stop() == 0
    second = start_simulator("--speed", "10")
    after = second.request("GET", f"{DEPLOYMENTS}/web").body
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["status"] == before["status"]
    assert second.token == first.token
    assert second.request("GET", "/api", token=account).code == 200
    made = second.request("POST", MAPS, config_map("later")).body
    assert int(made["metadata"]["resourceVersion"]) > version


def test_work_under_way_is_taken_up_again(start_simulator: StartSimulator) -> None:
    first = start_simulator("--speed", "1")
    first.request("POST", DEPLOYMENTS, deployment(image="nginx:slow"))
    _wait_for(lambda: first.request("GET", "/api/v1/namespaces/default/pods").body["items"])
    assert first.stop() == 0
    second = start_simulator("--speed", "20")
    _wait_for(lambda: _ready(second, "web"))


def test_a_killed_cluster_never_uses_a_version_twice(start_simulator: StartSimulator) -> None:
    first = start_simulator()
    first.request("POST", MAPS, config_map("kept"))
    saved = first.kubeconfig.with_name("own.json")
    _wait_for(lambda: saved.exists() and "kept" in saved.read_text())
    last = int(first.request("POST", MAPS, config_map("perhaps")).body["metadata"]["resourceVersion"])
    _kill(first)
    second = start_simulator()
    made = second.request("POST", MAPS, config_map("later")).body
    assert int(made["metadata"]["resourceVersion"]) > last
    assert second.request("GET", f"{MAPS}/kept").code == 200


def test_a_killed_cluster_holds_whatever_it_has_answered(start_simulator: StartSimulator) -> None:
    for number in range(3):
        own = start_simulator()
        answered = own.request("POST", MAPS, config_map(f"map-{number}")).body
        _kill(own)
        found = start_simulator().request("GET", f"{MAPS}/map-{number}").body
        for key in ("uid", "resourceVersion", "creationTimestamp"):
            assert found["metadata"][key] == answered["metadata"][key]


def test_a_line_that_was_cut_off_is_left_out(start_simulator: StartSimulator, tmp_path: Path) -> None:
    first = start_simulator()
    first.request("POST", MAPS, config_map("whole"))
    _kill(first)
    with (tmp_path / "own.json.since").open("a") as file:
        file.write('{"type":"ADDED","obj')

    assert start_simulator().request("GET", f"{MAPS}/whole").code == 200


def test_a_broken_state_file_gets_a_sentence(start_simulator: StartSimulator, tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text("{")
    with pytest.raises(AssertionError, match="exit code 1"):
        start_simulator()


def test_a_taken_port_gets_a_sentence(simulator: Simulator, start_simulator: StartSimulator) -> None:
    with pytest.raises(AssertionError, match="exit code 1"):
        start_simulator("--port", simulator.url.rsplit(":", 1)[1])


def test_a_cluster_that_is_down_cuts_every_connection(start_simulator: StartSimulator) -> None:
    own = start_simulator()
    watch = _watch(own, f"{MAPS}?watch=true")
    assert b"kube-root-ca.crt" in watch.readline()
    own.faults(down=True)
    with pytest.raises((urllib.error.URLError, ConnectionError, http.client.HTTPException)):
        own.request("GET", MAPS)
    assert watch.read() == b""
    own.faults(down=False)
    assert own.request("GET", MAPS).code == 200


def test_a_lost_answer_leaves_the_change_behind(start_simulator: StartSimulator) -> None:
    own = start_simulator()
    own.faults(lose_answers=1)
    with pytest.raises((urllib.error.URLError, ConnectionError, http.client.HTTPException)):
        own.request("POST", MAPS, config_map("unsure"))
    assert own.request("GET", f"{MAPS}/unsure").code == 200
    assert own.request("POST", MAPS, config_map("unsure")).body["reason"] == "AlreadyExists"


def test_a_forgetful_cluster_sends_watchers_back_to_the_list(start_simulator: StartSimulator) -> None:
    own = start_simulator()
    old = own.request("GET", MAPS).body["metadata"]["resourceVersion"]
    own.request("POST", MAPS, config_map("one"))
    own.faults(forget=True)
    answer = own.request("GET", f"{MAPS}?watch=true&resourceVersion={old}")
    assert (answer.code, answer.body["reason"]) == (410, "Expired")
    fresh = own.request("GET", MAPS).body["metadata"]["resourceVersion"]
    own.request("POST", MAPS, config_map("two"))
    event = json.loads(_watch(own, f"{MAPS}?watch=true&resourceVersion={fresh}").readline())
    assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "two")


def test_a_forgetful_cluster_gives_the_rest_of_a_list_as_it_is_by_now(start_simulator: StartSimulator) -> None:
    own = start_simulator()
    for name in ("a0", "a1", "a2"):
        own.request("POST", MAPS, config_map(name))
    first = own.request("GET", f"{MAPS}?limit=1").body["metadata"]
    own.request("DELETE", f"{MAPS}/a1")
    own.faults(forget=True)
    late = own.request("GET", f"{MAPS}?limit=1&continue={first['continue']}")
    assert (late.code, late.body["reason"], late.body["kind"]) == (410, "Expired", "Status")
    assert late.body["message"].startswith("The provided continue parameter is too old to display a consistent list")
    rest = own.request("GET", f"{MAPS}?limit=1&continue={late.body['metadata']['continue']}").body
    assert [row["metadata"]["name"] for row in rest["items"]] == ["a2"]
    exact = own.request("GET", f"{MAPS}?resourceVersion={first['resourceVersion']}&resourceVersionMatch=Exact")
    assert (exact.code, exact.body["message"]) == (410, "The resourceVersion for the provided list is too old.")


def test_a_bookmark_closes_the_initial_events(simulator: Simulator) -> None:
    query = "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    stream = _watch(simulator, f"/api/v1/nodes?{query}")
    events = [json.loads(stream.readline()) for _ in range(4)]
    stream.close()
    assert [event["type"] for event in events] == ["ADDED", "ADDED", "ADDED", "BOOKMARK"]
    assert events[-1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
    refused = simulator.request("GET", "/api/v1/nodes?watch=true&sendInitialEvents=true")
    assert refused.code == 422


def test_real_changes_are_counted_by_manager(start_simulator: StartSimulator) -> None:
    own = start_simulator()
    path = f"{MAPS}/counted?fieldManager=slipway"
    headers = {"Content-Type": "application/apply-patch+yaml"}
    for colour in ("blue", "blue", "red"):
        own.request("PATCH", path, config_map("counted", data={"COLOUR": colour}), headers=headers)
    assert own.counts()["configmaps/default/counted"] == {"slipway": {"changes": 2, "unchanged": 1, "apply": 2}}
    assert [(row["verb"], row["name"], row["manager"]) for row in own.changes()] == [
        ("apply", "counted", "slipway")
    ] * 2


def test_an_idle_cluster_is_small_and_uses_no_processor(start_simulator: StartSimulator) -> None:
    own = start_simulator("--speed", "10")
    own.request("POST", DEPLOYMENTS, deployment(image="nginx:1"))
    _wait_for(lambda: _ready(own, "web"))
    stat = Path(f"/proc/{own.process.pid}/stat")

    def used() -> int:
        fields = stat.read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    def used_in_two_seconds() -> int:
        before = used()
        time.sleep(2.0)
        return used() - before

    _wait_for(lambda: used_in_two_seconds() <= 2)  # on a busy machine it may have something to catch up with
    lines = Path(f"/proc/{own.process.pid}/status").read_text().splitlines()
    resident = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    assert resident <= 60 * 1024
