"""From a row of the form to a step as the spec has it, and back."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from apps_mgmt.operations.releasing import windows
from apps_mgmt.operations.releasing.step_cells import cell_of, check_step
from apps_mgmt.operations.releasing.step_rows import EVERY, KINDS, TAKING
from apps_mgmt.spec import SpecError
from apps_mgmt.spec.step import check_step_name
from apps_mgmt.spec.steps import AnyStep, ParallelStep
from apps_mgmt.spec.steps_acting import NotifyStep
from portal.errors import Refused

_SECRET = re.compile(r"(\S+)@([1-9][0-9]{0,8})")
_REQUEST = ("url", "method", "headers", "secret_headers", "body", "statuses")


def step_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The step that a row says, as the spec has it. Raises Refused for a line that cannot be read."""
    _title, fields = KINDS[row["kind"]]
    given = {name: row[name] for name in (*fields, *EVERY) if row.get(name) not in (None, "", [])}
    if to_spec := _TO_SPEC.get(row["kind"]):
        given = to_spec(given)
    retry = {"limit": given.pop("retries", 0), "backoff": given.pop("backoff", 10)}
    if retry["limit"]:
        given["retry"] = retry
    lines = given.pop("inputs", "")
    if lines and row["kind"] in TAKING:
        given["inputs"] = [{"name": name, "value": value} for name, value in _pairs(lines, "=", field="inputs")]
    return {"kind": row["kind"], "name": row["name"], **given}


def steps_of(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The steps that rows say: rows of one group, one after another, are its branches.

    Raises Refused at the row and the cell, as `steps[1].lasts`.
    """
    steps: list[dict[str, Any]] = []
    for number, row in enumerate(rows):
        at = f"steps[{number}]"
        group, slash, branch = str(row.get("beside") or "").partition("/")
        if not group:
            steps.append(checked(row, at=at))
            continue
        if not slash or not branch.strip():
            sentence = _("{text} names no branch. Write the group and the branch, as checks/numbers.")
            raise Refused(sentence.format(text=group), field=f"{at}.beside")
        _check_beside(group.strip(), branch.strip(), at=at)
        if not steps or (steps[-1]["kind"], steps[-1]["name"]) != ("parallel", group.strip()):
            steps.append({"kind": "parallel", "name": group.strip(), "branches": []})
        branches = steps[-1]["branches"]
        known = next((one for one in branches if one["name"] == branch.strip()), None)
        if known is None:
            known = {"name": branch.strip(), "steps": []}
            branches.append(known)
        known["steps"].append(checked(row, at=at))
    return steps


def checked(row: Mapping[str, Any], *, at: str) -> dict[str, Any]:
    """The step that a row says, which can be. Raises Refused at its cell; `at` is the path of the row."""
    try:
        step = step_of(row)
        check_step(step)
    except Refused as error:
        raise Refused(error.message, field=f"{at}.{cell_of(row['kind'], error.field)}") from None
    return step


def rows_of(steps: Iterable[AnyStep]) -> list[dict[str, Any]]:
    """The rows of steps; what is said of a group as a whole is said of each step in it."""
    found: list[dict[str, Any]] = []
    for step in steps:
        if not isinstance(step, ParallelStep):
            found.append(row_of(step))
            continue
        for branch in step.branches:
            for leaf in branch.steps:
                row = row_of(leaf) | {"beside": f"{step.name}/{branch.name}"}
                both = [text for text in (step.condition, leaf.condition) if text]
                row["condition"] = " && ".join(f"({text})" for text in both) if len(both) > 1 else "".join(both)
                found.append(row)
    return found


def row_of(step: AnyStep) -> dict[str, Any]:
    """The row of a step."""
    given = step.model_dump(mode="json")
    _title, fields = KINDS.get(step.kind, ("", ()))
    if to_row := _TO_ROW.get(step.kind):
        given |= to_row(given)
    has = {"when": step.when, "condition": step.condition, "timeout": step.timeout or None}
    if step.retry.limit:
        has |= {"retries": step.retry.limit, "backoff": step.retry.backoff}
    has["inputs"] = "\n".join(f"{one.name} = {one.value}" for one in step.inputs)
    return {"kind": step.kind, "name": step.name, **{name: given.get(name) for name in fields}, **has}


def _check_beside(group: str, branch: str, *, at: str) -> None:
    for name in (group, branch):
        try:
            check_step_name(name)
        except SpecError as error:
            raise Refused(error.message, field=f"{at}.beside") from None


def _traffic(given: dict[str, Any]) -> dict[str, Any]:
    value = given.pop("value", "")
    name = given.pop("header", "")
    return {**given, "header": {"name": name, "value": value}} if name else given


def _job(given: dict[str, Any]) -> dict[str, Any]:
    try:
        return {**given, "command": shlex.split(given.get("command", ""))}
    except ValueError:
        raise Refused(_("The command has a quotation mark without its twin."), field="command") from None


def _build(given: dict[str, Any]) -> dict[str, Any]:
    processes = [name.strip() for name in given.pop("processes", "").split(",") if name.strip()]
    rest = {**_without_request(given), "processes": processes}
    rest = _job(rest) if given.get("command") else rest
    return {**rest, "request": _request(given, method="POST")} if given.get("url") else rest


def _notify(given: dict[str, Any]) -> dict[str, Any]:
    return {"channel": NotifyStep.EVERYONE, **given}


def _call(given: dict[str, Any]) -> dict[str, Any]:
    return {**_without_request(given), "request": _request(given, method="POST")}


def _http_check(given: dict[str, Any]) -> dict[str, Any]:
    rest = _without_request(given)
    return {**rest, "request": _request(given, method="GET")} if given.get("url") else rest


def _without_request(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in given.items() if name not in _REQUEST}


def _request(given: Mapping[str, Any], *, method: str) -> dict[str, Any]:
    headers: list[dict[str, Any]] = [
        {"name": name, "value": value} for name, value in _pairs(given.get("headers", ""), ":", field="headers")
    ]
    for name, value in _pairs(given.get("secret_headers", ""), ":", field="secret_headers"):
        found = _SECRET.fullmatch(value)
        if found is None:
            sentence = _("{text} names no secret. Write its name and version, as CI_TOKEN@1.")
            raise Refused(sentence.format(text=value), field="secret_headers")
        headers.append({"name": name, "secret": {"name": found[1], "version": int(found[2])}})
    statuses = [one.strip() for one in given.get("statuses", "").split(",") if one.strip()]
    if wrong := next((one for one in statuses if not (one.isascii() and one.isdigit())), ""):
        raise Refused(_("{text} is no HTTP status. Write numbers, as 200, 204.").format(text=wrong), field="statuses")
    return {
        "url": given.get("url", ""),
        "method": given.get("method", method),
        "headers": headers,
        "body": given.get("body", ""),
        "statuses": [int(one) for one in statuses],
    }


def _pairs(text: str, sign: str, *, field: str) -> list[tuple[str, str]]:
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        name, there, value = line.partition(sign)
        if not there:
            sentence = _("{text} lacks a {sign}. Write a name, {sign} and a value.")
            raise Refused(sentence.format(text=line, sign=sign), field=field)
        found.append((name.strip(), value.strip()))
    return found


def _traffic_row(given: Mapping[str, Any]) -> dict[str, Any]:
    header = given.get("header") or {}
    return {"header": header.get("name", ""), "value": header.get("value", "")}


def _job_row(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"command": shlex.join(given["command"])}


def _build_row(given: Mapping[str, Any]) -> dict[str, Any]:
    own = {"processes": ", ".join(given["processes"]), "image": given["image"] or ""}
    return {**own, **_job_row(given), **_request_row(given)}


def _notify_row(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"channel": "" if given["channel"] == NotifyStep.EVERYONE else given["channel"]}


def _request_row(given: Mapping[str, Any]) -> dict[str, Any]:
    request: dict[str, Any] = given.get("request") or {}
    rows = request.get("headers", ())
    hidden = [f"{one['name']}: {one['secret']['name']}@{one['secret']['version']}" for one in rows if one["secret"]]
    return {
        **{name: request.get(name, "") for name in ("url", "method", "body")},
        "headers": "\n".join(f"{one['name']}: {one['value']}" for one in rows if not one["secret"]),
        "secret_headers": "\n".join(hidden),
        "statuses": ", ".join(str(one) for one in request.get("statuses", ())),
    }


Shape = Callable[[dict[str, Any]], dict[str, Any]]
_TO_SPEC: dict[str, Shape] = {
    "traffic": _traffic,
    "window": windows.step,
    "job": _job,
    "build": _build,
    "notify": _notify,
    "http-call": _call,
    "http-check": _http_check,
}
_TO_ROW: dict[str, Shape] = {
    "traffic": _traffic_row,
    "window": windows.row,
    "job": _job_row,
    "build": _build_row,
    "notify": _notify_row,
    "http-call": _request_row,
    "http-check": _request_row,
}
