"""What the engine adds per step to the time the cluster itself takes."""

from __future__ import annotations

from releases.states import RunState
from tests.bench.context import Bench
from tests.bench.deploys import Deploy, Deploys
from tests.bench.results import Line, Spread, figures

AIM = "p50 ≤ 50 ms"


def measure(bench: Bench) -> list[Line]:
    """The cluster's own time is from the change of the Deployment until the cluster says that it is complete."""
    return [line for found in bench.deploys for line in _lines(found)]


def _lines(found: Deploys) -> list[Line]:
    title = f"engine's part per step, {found.kind}"
    if found.missing:
        return [Line(title, "not measured", AIM, None, found.missing)]
    deploys = found.all
    per_step = Spread.of(_overhead(one) / len(one.runs) for one in deploys)
    hearing = Spread.of(_hearing(one) for one in deploys)
    steps = sorted({len(one.runs) for one in deploys})
    whole = Spread.of(_whole(one) for one in deploys)
    own = Spread.of(one.complete - one.changed for one in deploys)
    data = (
        f"{len(deploys)} releases of {'/'.join(map(str, steps))} steps; whole p50 {whole.p50:.0f} ms, "
        f"the cluster's own part {own.p50:.0f} ms; the API calls count as the engine's"
    )
    return [
        Line(
            title,
            str(per_step),
            AIM,
            per_step.p50 <= 50,
            data,
            figures(per_step=per_step, whole=whole, cluster=own, steps=steps),
        ),
        Line("  cluster complete → step done", str(hearing), "", None, figures=figures(complete_to_done=hearing)),
    ]


def _whole(one: Deploy) -> float:
    assert one.release.ended_at
    return (one.release.ended_at - one.release.created_at).total_seconds()


def _overhead(one: Deploy) -> float:
    return _whole(one) - (one.complete - one.changed)


def _hearing(one: Deploy) -> float:
    """From the cluster's word that all is ready to the end of the step that waited for it."""
    kinds = {step.number: step.kind for step in one.release.steps.all()}
    ends = [run.ended for run in one.runs if kinds[run.step] == "wait_ready" and run.state == RunState.DONE]
    return next(end for end in ends if end).timestamp() - one.complete
