"""Steps that tell people something: by one cluster for all, with what earlier steps gave."""

from __future__ import annotations

from releases.insets import filled_in
from releases.states import RunState
from tests.pure.reaching import CALL, begun, runs_of, together, with_steps

TELL = {"kind": "notify", "name": "tell_all", "channel": "operator", "message": "It is {V}, {V}."}


def test_one_cluster_tells_it_for_all() -> None:
    world = begun(together(TELL))
    told = [run.output.get("told") for run in runs_of(world, "tell_all")]
    assert told == [{"channel": "operator", "message": "It is {V}, {V}."}, None]
    assert {run.state for run in runs_of(world, "tell_all")} == {RunState.DONE}


def test_it_says_what_earlier_steps_gave() -> None:
    told = {**TELL, "inputs": [{"name": "V", "value": "steps.tell.output.version"}]}
    world = begun(with_steps(CALL, told), CallHttp={"output": {"version": "7"}})
    assert runs_of(world, "tell_all")[0].output["told"]["message"] == "It is 7, 7."


def test_without_a_message_it_says_its_name() -> None:
    world = begun(with_steps({**TELL, "message": ""}))
    assert runs_of(world, "tell_all")[0].output["told"]["message"] == "tell_all"


def test_what_an_input_holds_is_not_looked_through_again() -> None:
    assert filled_in("{A} and {B}", {"A": "{B}", "B": "b"}) == "{B} and b"
    assert filled_in("{A}", {}) == "{A}"
