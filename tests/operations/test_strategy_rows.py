"""The steps of a strategy as rows of a form, and back."""

from __future__ import annotations

from typing import Any

import pytest

from apps_mgmt.operations.releasing.step_rows import KINDS, StepRow
from apps_mgmt.operations.releasing.step_shapes import row_of, rows_of, step_of, steps_of
from apps_mgmt.spec import Strategy
from apps_mgmt.spec.steps import ParallelStep
from portal.errors import Refused

ROWS: list[dict[str, Any]] = [
    {"kind": "apply", "name": "configuration", "part": "needs", "retries": 1, "timeout": 60},
    {"kind": "apply", "name": "everything"},
    {"kind": "batch", "name": "first", "replicas": "25%"},
    {"kind": "traffic", "name": "some", "traffic": 20, "header": "x-beta", "value": "yes"},
    {"kind": "traffic", "name": "more", "traffic": 50},
    {"kind": "pause", "name": "look", "seconds": 60},
    {"kind": "wait", "name": "ready"},
    {"kind": "approval", "name": "ok", "count": 2, "members": ["alice"], "roles": ["approver"], "expires": 600},
    {"kind": "soak", "name": "quiet", "lasts": 300, "restarts": 1},
    {
        "kind": "window",
        "name": "night",
        "begin": "22:00",
        "end": "24:00",
        "days": "mon, tue",
        "time_zone": "Europe/Berlin",
    },
    {"kind": "note", "name": "cache", "text": "Empty the cache"},
    {"kind": "job", "name": "migrate", "process": "web", "command": "bin/migrate --to 'the last'", "once": True},
    {
        "kind": "build",
        "name": "make",
        "processes": "web, worker",
        "image": "registry.example.com/builder:1",
        "command": "build --of 'the app'",
        "inputs": "TARGET = 'shop'",
    },
    {
        "kind": "build",
        "name": "ci",
        "processes": "web",
        "url": "https://ci.example.com/build",
        "secret_headers": "Authorization: CI_TOKEN@2",
        "body": '{"ref": "main"}',
        "timeout": 900,
    },
    {"kind": "notify", "name": "tell", "channel": "operator", "message": "It is {WHAT}.", "inputs": "WHAT = 'out'"},
    {"kind": "notify", "name": "shout", "message": "It is out."},
    {
        "kind": "http-call",
        "name": "report",
        "url": "https://ci.example.com/done?x=1",
        "method": "PUT",
        "headers": "Accept: text/plain\nX-Of: a: b",
        "secret_headers": "Authorization: CI_TOKEN@2",
        "body": '{"version": "{VERSION}"}',
        "statuses": "200, 204",
        "once": True,
        "inputs": "VERSION = steps.cache.output == {}\nOTHER = 1",
    },
    {"kind": "http-check", "name": "inside", "process": "web", "port": "http", "path": "/healthz", "lasts": 9},
    {"kind": "http-check", "name": "answers", "url": "https://a.example.com/", "lasts": 9, "period": 3, "failures": 1},
    {
        "kind": "metric-check",
        "name": "errors",
        "query": "sum(rate(errors[5m]))",
        "most": 0.5,
        "samples": 3,
        "period": 1,
        "failures": 1,
        "missing": "ignored",
        "condition": "1 < 2",
        "when": "always",
        "timeout": 30,
        "retries": 2,
        "backoff": 5,
    },
]


def strategy(*rows: dict[str, Any]) -> Strategy:
    batch = {"kind": "batch", "name": "all", "replicas": "100%"}
    return Strategy.model_validate({"kind": "canary", "steps": [*map(step_of, rows), batch]})


BROKEN = [
    {"headers": "Accept"},
    {"secret_headers": "Authorization: CI_TOKEN"},
    {"statuses": "ok"},
    {"inputs": "VERSION"},
]


@pytest.mark.parametrize("wrong", BROKEN, ids=lambda wrong: next(iter(wrong)))
def test_a_line_that_cannot_be_read_is_refused_in_a_sentence(wrong: dict[str, str]) -> None:
    with pytest.raises(Refused):
        step_of({"kind": "http-call", "name": "report", "url": "https://ci.example.com/", **wrong})


def test_a_command_without_the_end_of_a_quotation_is_refused() -> None:
    with pytest.raises(Refused):
        step_of({"kind": "job", "name": "migrate", "process": "web", "command": "echo 'x"})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_a_step_shown_as_a_row_and_sent_back_is_the_same_step(row: dict[str, Any]) -> None:
    made = strategy(row)
    again = StepRow(data=row_of(made.steps[0]))
    assert again.is_valid(), again.errors
    assert strategy(again.validated_data).steps[0] == made.steps[0]


def test_every_kind_of_row_is_tried_here() -> None:
    assert {row["kind"] for row in ROWS} == set(KINDS)


def test_what_a_kind_does_not_read_is_left_out() -> None:
    other = {"replicas": "9", "text": "x", "inputs": "A = 1"}
    assert step_of({"kind": "pause", "name": "look", "seconds": 5, **other}) == {
        "kind": "pause",
        "name": "look",
        "seconds": 5,
    }


def test_rows_of_one_group_are_branches_and_come_back_as_rows() -> None:
    rows = [
        {"kind": "soak", "name": "quiet", "lasts": 9, "beside": "checks/quiet"},
        {"kind": "note", "name": "look", "text": "Look.", "beside": "checks/people"},
        {"kind": "note", "name": "more", "text": "Again.", "beside": "checks/quiet", "condition": "1 < 2"},
        {"kind": "batch", "name": "all", "replicas": "100%"},
    ]
    made = Strategy.model_validate({"kind": "canary", "steps": steps_of(rows)})
    group, last = made.steps
    assert isinstance(group, ParallelStep)
    assert [(one.name, [step.name for step in one.steps]) for one in group.branches] == [
        ("quiet", ["quiet", "more"]),
        ("people", ["look"]),
    ]
    again = StepRow(data=rows_of(made.steps), many=True)
    assert again.is_valid(), again.errors
    assert Strategy.model_validate({"kind": "canary", "steps": steps_of(again.validated_data)}) == made
    assert last.name == "all"


def test_a_group_without_a_branch_is_refused() -> None:
    with pytest.raises(Refused):
        steps_of([{"kind": "note", "name": "look", "text": "Look.", "beside": "checks"}])
