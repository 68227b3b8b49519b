"""Where a workload that is to be taken over says what a spec cannot say, and there is another way to say it."""

from __future__ import annotations

import pytest

from portal.errors import Refused
from tests.pure.adoptable import Raw, container, deployment
from tests.pure.test_adopting import SECRET, taken


@pytest.mark.parametrize(
    ("live", "hint"),
    [
        (deployment(pod={"imagePullSecrets": [{"name": "x"}]}), "in the ServiceAccount of the instances"),
        (deployment(container(env=[SECRET])), "secret.set"),
        (deployment(container(envFrom=[{"configMapRef": {"name": "x"}}])), "env.set"),
        (deployment(pod={"affinity": {"nodeAffinity": {"a": 1}}}), "by a nodeSelector"),
    ],
    ids=["pull secret", "secret", "config map", "affinity"],
)
def test_where_there_is_another_way_to_say_it_the_refusal_names_it(live: Raw, hint: str) -> None:
    with pytest.raises(Refused, match=hint):
        taken(live)
    with pytest.raises(Refused) as plain:
        taken(deployment(container(workingDir="/srv")))
    assert hint not in str(plain.value)


def test_of_a_selector_is_said_that_the_workload_has_to_be_made_anew() -> None:
    live = deployment()
    live["selector"] = {"matchExpressions": [{"key": "app", "operator": "Exists"}]}
    with pytest.raises(Refused, match="made anew with matchLabels alone"):
        taken(live)
