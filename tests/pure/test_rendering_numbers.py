"""Numbers of instances, autoscalers and budgets on each cluster."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from apps_mgmt.rendering import CLONESET_BETA, GATEWAY_API, Rendered, render, replica_plan
from apps_mgmt.spec import AppSpec, Autoscaler, Target
from tests.pure.golden.specs import facts, rich, specs


def on(spec: AppSpec, cluster: str, **changes: Any) -> Rendered:
    return render(spec, facts(cluster=cluster, capabilities=frozenset({GATEWAY_API, CLONESET_BETA}), **changes))


def scalers(made: Rendered) -> list[dict[str, Any]]:
    return [row["spec"] for row in made.manifests if row["kind"] == "HorizontalPodAutoscaler"]


@settings(max_examples=30, deadline=None)
@given(spec=specs())
def test_the_clusters_together_have_the_number_that_was_asked_for(spec: AppSpec) -> None:
    clusters = [row.cluster for row in spec.placement.targets] or ["north"]
    plans = [on(spec, cluster).replicas for cluster in clusters]
    for process in spec.processes:
        if process.autoscaler is None:
            wanted = 0 if spec.stopped or process.suspended else process.replicas
            assert sum(plan[f"shop--{process.name}"].number for plan in plans) == wanted


def test_a_plan_names_the_object_and_who_owns_its_number() -> None:
    plan = on(rich(), "north").replicas
    web, worker = plan["shop--web"], plan["shop--worker"]
    assert (web.kind, web.api_version, web.number, web.once) == ("Deployment", "apps/v1", 3, True)
    assert (worker.kind, worker.api_version, worker.number, worker.once) == ("CloneSet", CLONESET_BETA, 4, False)


def test_an_autoscalers_limits_are_divided() -> None:
    north, south = scalers(on(rich(), "north")), scalers(on(rich(), "south"))
    assert [(row["minReplicas"], row["maxReplicas"]) for row in (*north, *south)] == [(2, 7), (1, 4)]
    assert north[0]["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop--web"}
    assert north[0]["behavior"]["scaleDown"]["policies"] == [{"type": "Pods", "value": 2, "periodSeconds": 60}]


def test_nobody_scales_what_stands_still() -> None:
    for still in (rich().with_process("web", suspended=True), rich().change(stopped=True)):
        made = on(still, "north")
        assert scalers(made) == []
        assert (made.replicas["shop--web"].number, made.replicas["shop--web"].once) == (0, False)


def test_the_rows_a_release_froze_win_over_those_of_the_spec() -> None:
    frozen = (Target(cluster="east"), Target(cluster="west"))
    spec = AppSpec().with_new_process("web", image="a", replicas=4).with_targets([{"cluster": "north"}])
    assert replica_plan(spec, facts(cluster="east", targets=frozen))["shop--web"].number == 2


def test_without_any_target_everything_is_on_the_one_cluster() -> None:
    assert replica_plan(AppSpec().with_new_process("web", image="a", replicas=4), facts())["shop--web"].number == 4


def test_a_clone_set_is_scaled_under_the_version_that_is_served() -> None:
    spec = AppSpec().with_new_process("web", image="a", kind="CloneSet", autoscaler=Autoscaler(most=3, cpu=50))
    (scaler,) = scalers(on(spec, "north"))
    assert scaler["scaleTargetRef"]["apiVersion"] == CLONESET_BETA


def test_a_budget_holds_for_each_process() -> None:
    made = on(rich(), "north")
    budgets = [row["spec"] for row in made.manifests if row["kind"] == "PodDisruptionBudget"]
    assert [row["minAvailable"] for row in budgets] == ["50%"] * 3
    other = on(rich().with_placement(budget={"max_unavailable": "1"}), "north")
    assert next(row for row in other.manifests if row["kind"] == "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1
