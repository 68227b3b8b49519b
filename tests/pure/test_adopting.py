"""A Deployment that ran before is read as a process, and rendered again to the letter; what changed since is all
that changes.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from apps_mgmt.adopting import Adoption, adopted_spec, joined
from apps_mgmt.rendering import Facts, render
from apps_mgmt.spec import AppSpec, Process, SpecError, dump, load
from apps_mgmt.spec.diff import diff
from portal.errors import Refused
from tests.pure.adoptable import Raw, boutique, container, deployment, odd, replaced_at_once

FACTS = Facts(app="shop", app_id="7", tenant="boutique", namespace="legacy", cluster="north")
EVERYWHERE = [boutique, odd, deployment, replaced_at_once]


def taken(live: Raw, *, spec: AppSpec | None = None) -> AppSpec:
    """The spec of an app that has the workload, as the operation makes it."""
    asked = Adoption(process="web", cluster="north", workload="frontend", uid="u-1", live=live)
    asked = replace(asked, written=joined(adopted_spec(spec or AppSpec(), asked), asked, FACTS))
    return adopted_spec(spec or AppSpec(), asked)


def rendered(spec: AppSpec, kind: str = "Deployment", *, facts: Facts = FACTS) -> Raw:
    return next(one for one in render(spec, facts).manifests if one["kind"] == kind)


def ran(live: Raw) -> Raw:
    """What of the live spec Slipway writes: all but the number of instances and what is not there."""
    spec = copy.deepcopy({name: value for name, value in live.items() if name != "replicas"})
    spec["template"]["metadata"].pop("creationTimestamp")
    return spec


def own(spec: AppSpec) -> Raw:
    """The process's own container in what is rendered."""
    rows = rendered(spec)["spec"]["template"]["spec"]["containers"]
    found: Raw = next(row for row in rows if row["name"] in ("server", "app"))
    return found


@pytest.mark.parametrize("live", EVERYWHERE)
def test_what_is_rendered_is_what_ran_to_the_letter(live: Callable[[], Raw]) -> None:
    assert rendered(taken(live()))["spec"] == ran(live())


@pytest.mark.parametrize("live", EVERYWHERE)
def test_it_survives_being_stored(live: Callable[[], Raw]) -> None:
    spec = taken(live())
    assert load(json.loads(json.dumps(dump(spec)))) == spec


def test_the_object_keeps_its_name_and_says_whose_it_is_on_itself_alone() -> None:
    made = rendered(taken(boutique()))
    assert made["metadata"]["name"] == "frontend"
    assert made["metadata"]["labels"]["slipway.dev/app-id"] == "7"
    assert made["metadata"]["annotations"] == {"slipway.dev/adopts": "u-1"}
    assert made["spec"]["template"]["metadata"]["labels"] == {"app": "frontend"}


def test_its_number_of_instances_goes_to_the_plan() -> None:
    plan = render(taken(odd()), FACTS).replicas["frontend"]
    assert (plan.number, plan.process) == (3, "web")


def test_a_process_says_what_the_workload_said() -> None:
    process = taken(boutique()).process("web")
    assert (process.ports[0].name, process.ports[0].protocol) == ("port-8080", "http")
    assert process.probes.readiness is not None and process.probes.readiness.headers[0].name == "Cookie"
    assert [row.name for row in process.env] == ["PORT", "AD_SERVICE_ADDR", "ENABLE_PROFILER"]
    assert (process.resources.cpu_request, process.resources.memory_limit) == ("100m", "128Mi")
    assert (process.security.profile, process.security.user) == ("restricted", 1000)
    assert process.service_account.name == "frontend"


def test_what_is_odd_is_said_too() -> None:
    spec = taken(odd())
    process = spec.process("web")
    assert [row.name for row in (*process.sidecars, *process.inits)] == ["proxy", "wait"]
    assert [(row.name, row.port, row.exposure) for row in process.ports] == [
        ("web", 9000, "internal"),
        ("port-53", 53, "internal"),
        ("port-9001", 9001, "hidden"),
    ]
    assert process.temp[0].containers == ("web", "proxy")
    assert process.resources.gpu is not None and process.resources.gpu.count == 1
    assert (process.update.min_ready, process.termination_seconds) == (5, 60)
    assert [row.key for row in spec.placement.nodes] == ["disk"]


def test_how_it_is_replaced_is_how_the_app_is_released() -> None:
    assert taken(replaced_at_once()).release.strategy.kind == "recreate"
    assert taken(deployment()).release.strategy.kind == "rolling"


def test_one_that_is_replaced_at_once_stands_alone() -> None:
    with pytest.raises(Refused, match="unlike the other processes of the app in: strategy"):
        taken(replaced_at_once(), spec=with_worker())


def test_a_container_that_says_nothing_may_do_what_it_always_might() -> None:
    security = taken(deployment()).process("web").security
    assert (security.profile, security.escalation) == ("baseline", True)
    assert "SETUID" in security.capabilities


# What is changed later


def test_a_new_image_is_the_only_thing_that_changes() -> None:
    spec = taken(odd()).with_process("web", image="registry.example.com/team/app:2")
    wanted = ran(odd())
    wanted["template"]["spec"]["containers"][1] |= {"image": "registry.example.com/team/app:2"}
    assert rendered(spec)["spec"] == wanted


def test_a_variable_is_changed_in_its_place_and_a_new_one_comes_last() -> None:
    spec = taken(boutique()).with_env("PORT", "9090", process="web").with_env("NEW", "1", process="web")
    assert [(row["name"], row["value"]) for row in own(spec)["env"]] == [
        ("PORT", "9090"),
        ("AD_SERVICE_ADDR", "adservice:9555"),
        ("ENABLE_PROFILER", "0"),
        ("NEW", "1"),
    ]


def test_a_probes_path_changes_and_its_port_stays_a_number() -> None:
    asked = own(taken(boutique()).with_probe_path("web", "/ready"))["readinessProbe"]["httpGet"]
    assert (asked["path"], asked["port"], asked["scheme"]) == ("/ready", 8080, "HTTP")


def test_a_probe_that_is_taken_out_goes_whole() -> None:
    assert "livenessProbe" not in own(taken(boutique()).without_probe("web", "liveness"))


def test_a_volume_goes_with_its_mounts() -> None:
    pod = rendered(taken(odd()).without_temp("web", "/var/scratch"))["spec"]["template"]["spec"]
    assert "volumes" not in pod
    assert not any("volumeMounts" in row for row in pod["containers"])


def test_a_larger_volume_keeps_the_name_it_has() -> None:
    spec = taken(odd()).with_temp("web", "/var/scratch", size="2Gi", containers=("web", "proxy"))
    assert rendered(spec)["spec"]["template"]["spec"]["volumes"] == [
        {"name": "scratch", "emptyDir": {"sizeLimit": "2Gi"}}
    ]


def test_a_label_of_the_app_comes_to_the_instances_and_the_selector_stays() -> None:
    spec = rendered(taken(boutique()).with_labels({"team": "web"}))["spec"]
    assert spec["template"]["metadata"]["labels"] == {"app": "frontend", "team": "web"}
    assert spec["selector"] == {"matchLabels": {"app": "frontend"}}


def test_a_restart_is_told_to_the_instances() -> None:
    spec = taken(boutique()).with_process("web", restarted_at="2026-01-01T00:00:00+00:00")
    assert "slipway.dev/restarted-at" in rendered(spec)["spec"]["template"]["metadata"]["annotations"]


def test_a_secret_stands_in_the_template_by_the_key_of_ours() -> None:
    spec = taken(boutique()).with_secret("TOKEN", 1, process="web")
    secret = rendered(spec, "Secret")["metadata"]["name"]
    source = {"secretKeyRef": {"name": secret, "key": "server.TOKEN"}}
    assert own(spec)["env"][-1] == {"name": "TOKEN", "valueFrom": source}


def test_its_service_finds_instances_by_their_own_labels_and_ports_by_number() -> None:
    body = rendered(taken(boutique()), "Service")["spec"]
    assert body["selector"] == {"app": "frontend"}
    assert [row["targetPort"] for row in body["ports"]] == [8080]


def test_on_any_other_cluster_it_is_a_process_like_any_other() -> None:
    spec = taken(boutique()).with_targets([{"cluster": "north"}, {"cluster": "south"}])
    made = rendered(spec, facts=replace(FACTS, cluster="south"))
    assert made["metadata"]["name"] == "shop--web"
    assert made["spec"]["selector"]["matchLabels"]["slipway.dev/app"] == "shop"
    assert "slipway.dev/adopts" not in made["metadata"].get("annotations", {})


def test_people_read_which_workload_it_is_and_not_its_inside() -> None:
    rows = {
        str(row.label): str(row.after)
        for row in diff(AppSpec(processes=(Process(name="web", image="x:1"),)), taken(boutique()))
    }
    assert rows["web · taken over on north"] == "Deployment frontend"


# What a spec cannot say


SECRET = {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "a"}}}
OTHERS = container("other", securityContext={"runAsUser": 5})
CAREFUL = container(securityContext={"readOnlyRootFilesystem": True})
BEYOND: list[tuple[Raw, str]] = [
    (deployment(pod={"hostNetwork": True}), "spec.template.spec.hostNetwork"),
    (deployment(pod={"imagePullSecrets": [{"name": "x"}]}), "spec.template.spec.imagePullSecrets"),
    (deployment(pod={"dnsPolicy": "Default"}), "spec.template.spec.dnsPolicy"),
    (deployment(pod={"affinity": {"nodeAffinity": {"a": 1}}}), "spec.template.spec.affinity"),
    (deployment(pod={"securityContext": {"sysctls": [1]}}), "spec.template.spec.securityContext.sysctls"),
    (deployment(container(env=[SECRET])), "spec.template.spec.containers[0].env[0].valueFrom.secretKeyRef"),
    (deployment(container(envFrom=[{"configMapRef": {"name": "x"}}])), "spec.template.spec.containers[0].envFrom"),
    (deployment(container(workingDir="/srv")), "spec.template.spec.containers[0].workingDir"),
    (deployment(container(securityContext={"privileged": True})), "containers[0].securityContext.privileged"),
    (
        deployment(container(securityContext={"capabilities": {"add": ["SYS_ADMIN"]}})),
        "spec.template.spec.containers[0].securityContext.capabilities.add",
    ),
    (deployment(container(), OTHERS), "spec.template.spec.containers[1].securityContext"),
    (
        deployment(CAREFUL, pod={"initContainers": [container("first")]}),
        "spec.template.spec.containers[0].securityContext",
    ),
    (deployment(container(ports=[{"containerPort": 1, "hostPort": 1}])), "containers[0].ports[0].hostPort"),
    (deployment(container(), container("other", ports=[{"containerPort": 1}])), "containers[1].ports"),
    (deployment(pod={"volumes": [{"name": "x", "hostPath": {"path": "/"}}]}), "spec.template.spec.volumes[0].hostPath"),
    (deployment(pod={"volumes": [{"name": "x", "configMap": {"name": "x"}}]}), "volumes[0].configMap"),
    (
        deployment(selector={"matchLabels": {"a": "b"}, "matchExpressions": [1]}),
        "spec.selector.matchExpressions",
    ),
    (deployment(meta={"labels": {"slipway.dev/app": "x"}}), "spec.template.metadata.labels[slipway.dev/app]"),
]


@pytest.mark.parametrize(("live", "path"), BEYOND, ids=[path for _live, path in BEYOND])
def test_what_a_spec_cannot_say_is_refused_by_name(live: Raw, path: str) -> None:
    with pytest.raises(Refused) as caught:
        taken(live)
    assert path in str(caught.value)


def test_what_is_not_there_is_not_to_be_taken_out() -> None:
    with pytest.raises(Refused) as caught:
        taken(deployment(CAREFUL, pod={"initContainers": [container("first")]}))
    assert "initContainers" not in str(caught.value)


def test_all_of_it_is_named_at_once() -> None:
    with pytest.raises(Refused, match=r"containers\[0\]\.tty.*hostPID|hostPID.*containers\[0\]\.tty") as caught:
        taken(deployment(container(tty=True), pod={"hostPID": True}))
    assert "Take that out of it first" in str(caught.value)


def test_what_a_spec_would_not_take_is_refused_in_its_words() -> None:
    with pytest.raises(SpecError, match="set by Slipway"):
        taken(deployment(container(env=[{"name": "SLIPWAY_APP", "value": "x"}])))


def test_one_that_is_paused_is_refused() -> None:
    with pytest.raises(Refused, match="It is paused"):
        taken(deployment(paused=True))


# Into an app that has more


def with_worker(**changes: Any) -> AppSpec:
    worker = Process(name="worker", image="registry.example.com/worker:1")
    spec = AppSpec(processes=(worker,)).with_targets([{"cluster": "north"}, {"cluster": "south"}])
    return spec.change(**changes) if changes else spec


def test_beside_another_process_all_its_instances_stay_where_they_are() -> None:
    spec = taken(deployment(replicas=5), spec=with_worker())
    facts = replace(FACTS, targets=spec.placement.targets)
    assert render(spec, facts).replicas["frontend"].number == 5
    assert render(spec, replace(facts, cluster="south")).replicas["shop--web"].number == 0


def test_variables_for_all_processes_would_be_new_to_it() -> None:
    with pytest.raises(Refused, match="gives env to all its processes"):
        taken(deployment(), spec=with_worker().with_env("A", "1"))


def test_what_holds_for_all_has_to_hold_for_it_already() -> None:
    with pytest.raises(Refused, match="unlike the other processes of the app in: nodes"):
        taken(deployment(pod={"nodeSelector": {"disk": "fast"}}), spec=with_worker())


def test_the_app_has_to_be_placed_there() -> None:
    with pytest.raises(Refused, match="The app is not placed on north"):
        taken(deployment(), spec=with_worker().with_targets([{"cluster": "south"}]))
