"""Canary: some instances and some of the traffic first, as people planned it; then the rest, and home.

What the steps move is written at their rows `apply`, or before them. Once the plan is through, Services lead to both
tracks and routes to the Services: so traffic goes with the instances while the rest is replaced. Only where the plan
ended with all traffic on the new ones, that stays until all are new.
"""

from apps_mgmt.spec.steps import leaves
from apps_mgmt.spec.steps_acting import TrafficStep
from releases.strategies.plan import Ask, Outline, outline
from releases.strategies.two_tracks import ALL, home, traded
from releases.strategies.user_steps import lines_of

BOTH = outline("traffic", doors="both")


def forward(ask: Ask) -> tuple[Outline, ...]:
    shares = [step.traffic for step in leaves(ask.strategy.steps) if isinstance(step, TrafficStep)]
    rest = traded(ask, ALL)
    end = (rest, BOTH) if shares and shares[-1] == 100 else (BOTH, rest)
    return (*lines_of(ask), *end, *home(ask))
