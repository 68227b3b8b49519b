"""Every reason the engine can give has a sentence, and every sentence can be worded."""

from __future__ import annotations

import ast
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from releases.reasons import Reason
from releases.sentences import SENTENCES
from releases.states import Problem, ReleaseState, RunState, TargetState
from releases.steps import STEPS
from releases.wording import RELEASE_STATES, RUN_STATES, TARGET_STATES, step_title, words

ROOM = Path(__file__).resolve().parents[2] / "releases"


def given_codes() -> set[str]:
    """The first argument of every `Reason(...)` in the room's own modules."""
    found = {problem.value for problem in Problem}
    for path in [
        *ROOM.glob("*.py"),
        *ROOM.glob("steps/*.py"),
        *ROOM.glob("drift/*.py"),
        *ROOM.glob("provisioning/*.py"),
    ]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Reason" and node.args:
                for part in ast.walk(node.args[0]):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        found.add(part.value)
    return found


def test_every_reason_has_a_sentence() -> None:
    assert given_codes() - set(SENTENCES) == set()


def test_no_sentence_is_left_without_a_reason() -> None:
    later = {"check_failed", "cluster_quota", "fence_lost", "held_by", "queued"}
    assert set(SENTENCES) - given_codes() - later == set()


def test_every_sentence_can_be_worded_whatever_is_missing() -> None:
    for code, sentence in SENTENCES.items():
        assert words(Reason(code)), code
        names = {name: "value" for _text, name, _spec, _conversion in Formatter().parse(str(sentence)) if name}
        assert "{" not in words(Reason(code, names))


def test_a_reason_within_a_reason_is_worded_too() -> None:
    waited = Reason("rolling", {"ready": 1, "wanted": 3}).dump()
    told = words(Reason("deadline", {"cluster": "north", "seconds": 600, "waited": waited}))
    assert told == "north made no progress for 600 seconds. 1 of 3 new instances are ready."


@pytest.mark.parametrize(
    ("code", "values", "one", "many"),
    [
        ("instances_left", {}, "1 instance is still going.", "2 instances are still going."),
        ("objects_left", {}, "1 object is still going.", "2 objects are still going."),
        (
            "objects_held",
            {"what": "Deployment web", "finalizers": ["a/b"]},
            "1 object is still going. Deployment web waits for the finalizer a/b; whoever put it there takes it out.",
            "2 objects are still going. Deployment web waits for the finalizer a/b; whoever put it there takes it out.",
        ),
    ],
)
def test_what_is_counted_is_worded_by_how_many_there_are(
    code: str, values: dict[str, Any], one: str, many: str
) -> None:
    assert words(Reason(code, {"left": 1, **values})) == one
    assert words(Reason(code, {"left": 2, **values})) == many
    within = {"cluster": "north", "seconds": 600, "waited": Reason(code, {"left": 1, **values}).dump()}
    assert words(Reason("deadline", within)).endswith(one)


def test_every_state_and_step_has_a_name() -> None:
    assert set(RELEASE_STATES) == set(ReleaseState)
    assert set(TARGET_STATES) == set(TargetState)
    assert set(RUN_STATES) == set(RunState)
    assert all(step_title(kind, {}) != kind for kind in STEPS if kind != "apply")
    assert step_title("apply", {"part": "needs"}) == "Prepare"
