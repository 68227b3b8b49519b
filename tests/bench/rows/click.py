"""Click *Deploy* → the Deployment has changed in the API server."""

from __future__ import annotations

from tests.bench.context import Bench
from tests.bench.deploys import Deploys
from tests.bench.results import Line, Spread, figures

AIM = "p50 ≤ 120 ms, p99 ≤ 400 ms"


def measure(bench: Bench) -> list[Line]:
    return [line for found in bench.deploys for line in _lines(found)]


def _lines(found: Deploys) -> list[Line]:
    title = f"Deploy clicked → object changed, {found.kind}"
    if found.missing:
        return [Line(title, "not measured", AIM, None, found.missing)]
    changed = Spread.of(one.changed - one.clicked for one in found.all)
    answered = Spread.of(one.answered - one.clicked for one in found.all)
    bare = Spread.of(one.bare for one in found.all)
    return [
        Line(
            title,
            str(changed),
            AIM,
            changed.p50 <= 120 and changed.p99 <= 400,
            f"{changed.n} deploys by the form's button, one after the other; seen by a watch of the cluster",
            figures(changed=changed, answered=answered, bare=bare),
        ),
        Line("  of which until the browser has its answer", str(answered), "", None),
        Line("  /healthz, for comparison", str(bare), "", None),
    ]
