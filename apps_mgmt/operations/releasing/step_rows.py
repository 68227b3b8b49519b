"""The fields of a step of a strategy as a row of a form: all kinds in one, each showing what it reads."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.operations.fields import ExactField, MultiPickerField, PickerField, TextField

A_DAY, A_WEEK = 86_400, 604_800

KINDS = {
    "apply": (_("Write what was frozen"), ("part",)),
    "batch": (_("Replace instances"), ("replicas",)),
    "traffic": (_("Move traffic"), ("traffic", "header", "value")),
    "pause": (_("Pause"), ("seconds",)),
    "wait": (_("Wait for ready"), ()),
    "approval": (_("Approval"), ("count", "members", "roles", "author", "expires")),
    "soak": (_("Look on"), ("lasts", "restarts")),
    "window": (_("Wait for a window"), ("begin", "end", "days", "spans", "time_zone")),
    "note": (_("By hand"), ("text",)),
    "job": (_("Run a command"), ("process", "command", "once")),
    "build": (
        _("Build an image"),
        ("processes", "image", "command", "url", "method", "headers", "secret_headers", "body", "statuses"),
    ),
    "http-call": (_("Call a server"), ("url", "method", "headers", "secret_headers", "body", "statuses", "once")),
    "notify": (_("Tell people"), ("channel", "message")),
    "http-check": (
        _("Check over HTTP"),
        ("url", "headers", "secret_headers", "statuses", "process", "port", "path", "lasts", "period", "failures"),
    ),
    "metric-check": (_("Check a metric"), ("query", "least", "most", "samples", "period", "failures", "missing")),
}  # fmt: skip
"""Kind → what it is called, and which of the row's fields it reads."""

TAKING = ("job", "build", "http-call", "notify")
"""Kinds that take inputs from earlier steps."""

EVERY = ("when", "condition", "timeout", "retries", "backoff", "inputs")
"""What a step of any kind has."""


def _of(field: str) -> dict[str, Any]:
    """Shown with the kinds that read it."""
    return {"only": {"kind": [kind for kind, (_title, fields) in KINDS.items() if field in fields]}}


def _text(field: str, label: Any, *, most: int = 256, help_text: Any = "", exact: bool = False) -> Any:
    return (ExactField if exact else serializers.CharField)(
        label=label, max_length=most, required=False, allow_blank=True, default="", style=_of(field),
        help_text=help_text,
    )  # fmt: skip


def _lines(
    field: str, label: Any, *, most: int = 4_000, lines: int = 4, help_text: Any = "", verbatim: bool = False
) -> Any:
    return TextField(
        label=label, lines=lines, verbatim=verbatim, max_length=most, required=False, allow_blank=True, default="",
        style=_of(field), help_text=help_text,
    )  # fmt: skip


def _number(field: str, label: Any, *, least: int, most: int, help_text: Any = "") -> Any:
    return serializers.IntegerField(
        label=label, min_value=least, max_value=most, required=False, allow_null=True, default=None, style=_of(field),
        help_text=help_text,
    )  # fmt: skip


def _bound(field: str, label: Any) -> Any:
    return serializers.FloatField(label=label, required=False, allow_null=True, default=None, style=_of(field))


def _choice(label: Any, choices: list[tuple[str, Any]], *, style: dict[str, Any] | None = None) -> Any:
    return serializers.ChoiceField(
        label=label, choices=choices, required=False, allow_blank=True, default="", style=style or {}
    )


class StepRow(serializers.Serializer[Any]):
    """A step. What its kind does not read is left empty."""

    kind = serializers.ChoiceField(label=_("Step"), choices=[(kind, title) for kind, (title, _fields) in KINDS.items()])
    name = serializers.CharField(label=_("Name"), max_length=40)
    part = _choice(
        _("Which part of it"),
        [
            ("all", _("all of it")),
            ("needs", _("what workloads need: configuration, services, volumes")),
            ("workloads", _("the workloads")),
            ("leads", _("what leads to them: routes, autoscalers")),
        ],
        style=_of("part"),
    )
    replicas = _text("replicas", _("New instances"), most=10, help_text=_("How many by then: a number, or 25%."))
    traffic = _number("traffic", _("Traffic, %"), least=0, most=100)
    header = _text("header", _("Header"))
    value = _text("value", _("Its value"))
    seconds = _number(
        "seconds", _("Seconds"), least=-1, most=A_DAY, help_text=_("-1, or empty: until somebody lets it go on.")
    )
    count = _number("count", _("People"), least=1, most=20, help_text=_("How many have to approve; empty is one."))
    members = MultiPickerField(picker="member", label=_("Of these"), required=False, default=list, style=_of("members"))
    roles = MultiPickerField(
        picker="role", label=_("With these roles"), required=False, default=list, style=_of("roles")
    )
    author = serializers.BooleanField(
        label=_("Who starts the release counts, too"), required=False, default=False, style=_of("author")
    )
    expires = _number("expires", _("Expires after, in seconds"), least=0, most=2_592_000, help_text=_("Empty: never."))
    begin = _text("begin", _("From"), most=5, help_text=_("As 09:30."))
    end = _text("end", _("Until"), most=5, help_text=_("As 17:00; 02:00 after 22:00 is of the next day."))
    days = _text("days", _("Days"), most=40, help_text=_("As mon, tue; empty: every day. Those on which it begins."))
    spans = _text(
        "spans", _("Or several spans"), help_text=_("In place of all that, as 22:00-02:00, sat sun 09:00-17:00.")
    )
    time_zone = _text("time_zone", _("Time zone"), most=64, help_text=_("As Europe/Berlin; empty: UTC."))
    text = _lines("text", _("What to do"), most=2_000)
    channel = PickerField(
        picker="role", label=_("Of the role"), required=False, allow_blank=True, default="", max_length=64,
        style=_of("channel"), help_text=_("Empty: everyone who sees the app."),
    )  # fmt: skip
    message = _lines("message", _("Message"), most=1_000, help_text=_("With {NAME} where an input goes."))
    process = _text(
        "process", _("Process"), most=40,
        help_text=_("A command runs with its image and variables; a check without an address asks its new instances."),
    )  # fmt: skip
    processes = _text(
        "processes", _("Of the processes"), most=400, help_text=_("As web, worker: the image becomes theirs."),
    )  # fmt: skip
    image = _text(
        "image", _("Builder's image"), most=512,
        help_text=_("A command in it builds, and says the digest last. Empty: the server at the address builds."),
    )  # fmt: skip
    port = _text("port", _("Its port"), most=40, help_text=_("By its name; empty: the first."))
    path = _text("path", _("Path"), help_text=_("As /healthz; empty: /."), exact=True)
    command = _lines(
        "command", _("Command"), most=2_000, lines=1, verbatim=True,
        help_text=_("As in a shell: bin/migrate --to 'the last'."),
    )  # fmt: skip
    url = _text("url", _("Address"), help_text=_("As https://ci.example.com/done."))
    method = _choice(
        _("Method"), [(name, name) for name in ("POST", "GET", "PUT", "PATCH", "DELETE")], style=_of("method")
    )
    headers = _lines("headers", _("Headers"), help_text=_("One a line, as Accept: text/plain."))
    secret_headers = _lines(
        "secret_headers", _("Headers from secrets"), help_text=_("One a line, as Authorization: CI_TOKEN@1.")
    )
    body = _lines("body", _("Body"), verbatim=True, help_text=_("With {NAME} where an input goes."))
    statuses = _text("statuses", _("Right answers"), help_text=_("As 200, 204; empty: any from 200 to 299."))
    once = serializers.BooleanField(label=_("Once for all clusters"), required=False, default=False, style=_of("once"))
    query = _lines("query", _("Query"), most=2_000, help_text=_("In PromQL; it has to come to one number."))
    least = _bound("least", _("At least"))
    most = _bound("most", _("At most"))
    samples = _number("samples", _("How often"), least=1, most=1_000, help_text=_("Empty: 5 times."))
    lasts = _number("lasts", _("For so many seconds"), least=1, most=A_WEEK)
    period = _number("period", _("Seconds between"), least=1, most=3_600)
    failures = _number("failures", _("Failures allowed"), least=0, most=1_000, help_text=_("Empty: none."))
    missing = _choice(
        _("An answer without a value"),
        [("failure", _("is a failure")), ("success", _("is all right")), ("ignored", _("does not count"))],
        style=_of("missing"),
    )
    restarts = _number("restarts", _("Restarts allowed"), least=0, most=100)
    beside = serializers.CharField(
        label=_("Beside others"), max_length=81, required=False, allow_blank=True, default="",
        help_text=_("As checks/numbers: the branches of one group go on at the same time."),
    )  # fmt: skip
    when = _choice(
        _("Runs"),
        [
            ("on-success", _("while all goes well")),
            ("on-failure", _("once a step failed")),
            ("always", _("either way")),
        ],
    )
    condition = serializers.CharField(
        label=_("If"), max_length=1_024, required=False, allow_blank=True, default="",
        help_text=_('As steps.migrate.output.version == "7"; empty: always.'),
    )  # fmt: skip
    timeout = serializers.IntegerField(
        label=_("Seconds it may take"), min_value=0, max_value=A_WEEK, required=False, allow_null=True, default=None,
        help_text=_("Empty: as usual for such a step."),
    )  # fmt: skip
    retries = serializers.IntegerField(
        label=_("Further attempts"), min_value=0, max_value=20, required=False, allow_null=True, default=None
    )
    backoff = serializers.IntegerField(
        label=_("Seconds before the first"), min_value=1, max_value=3_600, required=False, allow_null=True,
        default=None, help_text=_("Doubled each time; empty: 10."),
    )  # fmt: skip
    inputs = TextField(
        label=_("Inputs"), max_length=4_000, required=False, allow_blank=True, default="",
        style={"only": {"kind": TAKING}},
        help_text=_("One a line, as VERSION = steps.migrate.output.version."),
    )  # fmt: skip
