"""Canary: some instances and some of the traffic first, as people planned it; then the rest, and home.

What the steps move is written at their rows `apply`, or before them. Where routes give shares, the old instances that
are led to stay whole until the plan is through (see `steps.trade`). Then Services lead to both tracks and routes to
the Services: so traffic goes with the instances while the rest is replaced. Where the plan ended with all traffic on
the new ones, routes keep to that until all are new, and only who asks a Service itself comes to both.
"""

from apps_mgmt.spec.steps import leaves
from apps_mgmt.spec.steps_acting import TrafficStep
from releases.strategies.plan import Ask, Outline, outline
from releases.strategies.two_tracks import ALL, BOTH, home, traded
from releases.strategies.user_steps import lines_of


def forward(ask: Ask) -> tuple[Outline, ...]:
    shares = [step.traffic for step in leaves(ask.strategy.steps) if isinstance(step, TrafficStep)]
    rest = traded(ask, ALL)
    if not shares or shares[-1] != 100:
        return (*lines_of(ask), BOTH, rest, *home(ask))
    full = traded(ask, ALL, surge=ALL, whole=True, shared=True)
    return (*lines_of(ask), full, outline("traffic", share=100, doors="both"), rest, BOTH, *home(ask))
