"""Operation forms and their previews, as the view of operations hands them over."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from portal.operations.focus import focused
from portal.ui.fields import INDEX, Choice, Field, Row
from tests.web.ui_samples import CHANGES, MANIFEST, QUOTA


def fields(*, wrong: bool = False, row_error: str = "") -> list[Field]:
    """`row_error` says what is wrong: the `cell`, the `row`, or the whole `list`."""
    errors = ("Instances are a whole number from 0 to 500.",) if wrong else ()

    def row(index: object, name: str = "", value: str = "") -> Row:
        return Row(
            cells=[
                Field(kind="text", name=f"env[{index}]name", label="Name", value=name, mono=True),
                Field(
                    kind="textarea",
                    name=f"env[{index}]value",
                    label="Value",
                    value=value,
                    lines=1,
                    mono=True,
                    errors=("It is twice there.",) if row_error == "cell" and index == 1 else (),
                ),
            ],
            errors=("The row is empty.",) if row_error == "row" and index == 1 else (),
        )

    return [
        Field(
            kind="select",
            name="process",
            label="Process",
            required=True,
            value="worker",
            choices=[
                Choice(value="worker", label="worker", detail="now 4", selected=True),
                Choice(value="web", label="web", detail="scales by itself, 8 to 40"),
            ],
        ),
        Field(
            kind="number",
            name="replicas",
            label="Instances",
            required=True,
            value="12",
            unit="instances",
            help="0 to 500. Over all clusters, split as placed: north 6, south 4, edge 2.",
            errors=errors,
        ),
        Field(kind="text", name="image", label="Image", value="gcr.io/boutique/frontend:v0.10.2", mono=True),
        Field(kind="picker", name="port", label="Port", choices=[Choice(value="http", label="http (8080)")]),
        Field(
            kind="multi",
            name="clusters",
            label="Clusters",
            marker="clusters__list",
            choices=[
                Choice(value="north", label="north", selected=True),
                Choice(value="south", label="south", detail="12 of 40 CPU free"),
            ],
        ),
        Field(kind="checkbox", name="expose", label="Reachable from outside", help="Needs a route as well."),
        Field(kind="textarea", name="description", label="Description", value="Sells things."),
        Field(kind="secret", name="value", label="Value", required=True, lines=1),
        Field(
            kind="rows",
            name="env",
            label="Variables",
            marker="env__list",
            rows=[row(0, "BANNER", "black-friday"), row(1)],
            blank=row(INDEX),
            add_label="Add a variable",
            errors=("Name one at least.",) if row_error == "list" else (),
        ),
    ]


def operation_form(case: str = "filled") -> dict[str, Any]:
    operation = SimpleNamespace(
        title="Delete app" if case == "danger" else "Scale",
        kind="now" if case == "danger" else "spec",
        danger="The app frontend with 3 processes and its settings is removed from north and south."
        if case == "danger"
        else "",
    )
    context: dict[str, Any] = {
        "operation": operation,
        "fields": [] if case == "danger" else fields(wrong=case == "wrong", row_error=case.partition("wrong ")[2]),
        "subject": SimpleNamespace(name="frontend"),
        "subject_url": "/t/boutique/apps/frontend/",
        "trail": [("Apps", "/t/boutique/apps/"), ("frontend", "/t/boutique/apps/frontend/")],
        "version": 12,
        "preview_url": "/preview/",
        "note": "",
        "blocked": "frontend is locked by Alice: audit week. Unlock it first." if case == "blocked" else "",
        "error": None,
        "conflict": None,
        "confirm_name": "frontend" if case == "danger" else "",
        "confirm_error": "Type frontend to confirm." if case == "danger" else "",
        "can_deploy": True,
        "outcome": None,
        "quota": QUOTA if case == "wrong" else (),
    }
    context["fields"], context["focus"] = focused(
        context["fields"], error=case == "conflict", confirm=case == "danger", wrongly_confirmed=case == "danger"
    )
    if case == "conflict":
        context["error"] = "frontend was changed since this form was made: version 12 is now version 14."
        context["conflict"] = [{"label": "Instances", "theirs": "6", "mine": "12"}]
    if case in {"filled", "conflict"}:
        context["outcome"] = outcome()
    return context


def secret_form(*, wrong: bool = False, version: int = 1) -> dict[str, Any]:
    """*Add a cluster*, empty, or as it is answered when its name is wrong: what was secret in it is not sent back."""
    errors = ("A name has small letters.",) if wrong else ()
    named = Field(kind="text", name="name", label="Name", value="Not a name" if wrong else "", errors=errors)
    pasted = Field(kind="secret", name="kubeconfig", label="Kubeconfig", errors=("This is missing.",) if wrong else ())
    fields = [named, pasted, Field(kind="secret", name="password", label="Password", lines=1)]
    title = SimpleNamespace(title="Add a cluster", kind="now", danger="")
    more = {"operation": title, "fields": fields, "version": version, "keeps": True}
    return operation_form("plain") | more


def outcome() -> Any:
    preview = SimpleNamespace(
        spec=CHANGES,
        manifests=[MANIFEST, MANIFEST | {"cluster": "south"}],
        quota=QUOTA,
        rolling=[QUOTA[0] | {"after": 70}, QUOTA[1] | {"after": 40, "fits": False}],
        warnings=["The tag latest means another image tomorrow. Pin a version."],
        recreates=["Service frontend--web: its cluster address cannot be changed."],
    )
    return SimpleNamespace(changed=True, message="Scaled web to 12.", preview=preview)
