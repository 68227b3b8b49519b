"""Sample view models for the gallery: every component in every state. Made up, and the same on every visit but time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from portal.ui.fields import INDEX, Choice, Field, Row
from portal.ui.states import INSTANCE_TONES, STATES

MESSAGES = ("KeyError: 'QUEUE_URL'", "Back-off restarting failed container")


def gallery() -> dict[str, Any]:
    now = timezone.now()
    return {
        "states": list(STATES),
        "instances": _instances(),
        "actions": _actions(),
        "more": [_action("Lock", icon="lock"), _action("Delete…", tone="danger", icon="trash-2")],
        "quota": _quota(),
        "changes": _changes(),
        "course": [_course(1, "north", 7), _course(2, "south", 2)],
        "diff": "@@ -1,3 +1,3 @@\n name: web\n-image: shop/frontend:v1\n+image: shop/frontend:v2\n ports: [8080]",
        "timeline": _timeline(now),
        "tabs": [{"title": "Overview", "url": "#", "current": True}, {"title": "Releases", "url": "#", "count": 42}],
        "page": {"newer_url": "#", "older_url": "#", "words": "51 to 100 of 1,200 entries"},
        "facts": [
            {"title": "Address", "text": "shop.example.com", "url": "#"},
            {"title": "Inside", "text": "frontend.boutique:80", "mono": True},
        ],
        "fields": _fields(),
        "wrong_fields": _wrong_fields(),
        "release": _release(),
        "colours": ("slate", "red", "orange", "amber", "green", "teal", "blue", "violet", "pink"),
        "moments": [now - timedelta(seconds=3), now - timedelta(minutes=9), now - timedelta(days=2), None],
        "seconds": [0.2, 14, 112, 7400, 190000],
        "log": "2026-03-02 14:06:12 listening on :8080\n2026-03-02 14:06:13 GET / 200 in 4 ms",
        "hits": [{"title": "Scale frontend", "detail": "Operation", "url": "#", "icon": "scaling"}],
    }


def _action(title: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "url": "#", **more}


def _actions() -> list[dict[str, Any]]:
    return [
        _action("Deploy", tone="primary", icon="rocket"),
        _action("Scale", icon="scaling"),
        _action("Undo the last", tone="quiet"),
        _action("Abort…", tone="danger", icon="octagon-x"),
        _action("Delete app", tone="primary danger"),
        _action("Restart", icon="rotate-cw", why="A release is running. Wait for it to end."),
    ]


def _instances() -> list[dict[str, Any]]:
    return [
        {
            "name": f"web-{tone}-{number}",
            "tone": tone,
            "version": "v1" if tone == "old" else "v2",
            "cluster": "north",
            "words": MESSAGES[0] if tone == "failing" else "",
            "restarts": 5 if tone == "failing" else 0,
        }
        for tone in INSTANCE_TONES
        for number in range(3)
    ]


def _quota() -> list[dict[str, Any]]:
    return [
        {"title": "Instances", "unit": "", "used": 12, "limit": 80},
        {"title": "CPU", "unit": "CPU", "used": 21.5, "limit": 32, "after": 23.5},
        {"title": "Memory", "unit": "GiB", "used": 20, "limit": 28, "after": 14},
        {"title": "Routes", "unit": "", "used": 9, "limit": 10, "after": 10},
        {
            "title": "Volumes",
            "unit": "GiB",
            "used": 26,
            "limit": 28,
            "after": 30,
            "short": "2 GiB short.",
            "more_url": "#",
        },
        {"title": "GPU", "unit": "", "used": 0, "limit": 0},
    ]


def _changes() -> list[dict[str, Any]]:
    return [
        {"label": "web image", "before": "shop/frontend:v1", "after": "shop/frontend:v2", "kind": "changed"},
        {"label": "variable BANNER", "before": None, "after": "black-friday", "kind": "added"},
        {"label": "variable OLD", "before": "1", "after": None, "kind": "removed"},
    ]


def _course(wave: int, cluster: str, number: int) -> dict[str, Any]:
    def after(new: int, share: int, *, idle: bool = False) -> list[dict[str, Any]]:
        row = {"old": number - new, "new": new, "stay": 0}
        parts = [{"process": "web", **row}, {"process": "worker", "old": 0, "new": 0, "stay": 0}]
        return [{"cluster": cluster, **row, "share": share, "header": "", "idle": idle, "processes": parts}]

    said = {"name": "", "beside": "", "condition": "", "on_failure": False, "waits": "", "words": ""}
    return {
        "wave": wave,
        "clusters": [cluster],
        "supposed": [],
        "before": after(0, 0),
        "steps": [
            {**said, "title": "Prepare", "after": after(0, 0, idle=True)},
            {**said, "title": "10% new", "name": "first", "after": after(1, 14)},
            {**said, "title": "Wait 90 seconds", "waits": "time", "words": "1 min 30 s", "after": after(1, 14)},
            {**said, "title": "Approval", "waits": "people", "words": "until 1 person approves", "after": after(1, 14)},
            {**said, "title": "Call", "name": "undo", "on_failure": True, "after": after(1, 14, idle=True)},
            {**said, "title": "All of them new", "after": after(number, 100)},
        ],
    }


def _timeline(now: datetime) -> list[dict[str, Any]]:
    return [
        {"at": now - timedelta(seconds=9), "text": "south: instances keep crashing", "tone": "bad"},
        {"at": now - timedelta(seconds=40), "text": "south: slower than usual", "tone": "warn"},
        {"at": now - timedelta(minutes=4), "text": "north: done", "tone": "good", "url": "#", "link": "output"},
        {"at": now - timedelta(minutes=6), "who": "Bob", "text": "started it", "note": "Checkout banner"},
    ]


def _fields() -> list[Field]:
    choices = (Choice(value="web", label="web", detail="now 4"), Choice(value="worker", label="worker"))
    rows = [_row(0, "BANNER", "black-friday"), _row(1)]
    return [
        Field(kind="text", name="image", label="Image", value="shop/frontend:v2", mono=True, required=True),
        Field(kind="number", name="replicas", label="Instances", value=4, unit="instances", help="0 to 500."),
        Field(kind="select", name="kind", label="Kind", choices=choices, value="web", required=True),
        Field(kind="picker", name="process", label="Process", choices=choices),
        Field(kind="multi", name="clusters", label="Clusters", choices=choices, marker="clusters__list"),
        Field(kind="checkbox", name="expose", label="Reachable from outside", help="Needs a route as well."),
        Field(kind="textarea", name="text", label="Description", value="Sells things."),
        Field(kind="secret", name="secret", label="Value", required=True, lines=1),
        Field(kind="rows", name="env", label="Variables", rows=rows, blank=_row(INDEX), marker="env__list"),
        _entries(),
        Field(kind="text", name="fixed", label="Name", value="frontend", readonly=True),
    ]


def _entries() -> Field:
    def row(index: int | str, value: str = "") -> Row:
        return Row(cells=[Field(kind="text", name=f"args[{index}]", label="Arguments", value=value, mono=True)])

    rows, blank = [row(0, "--verbose"), row(1, "8080")], row(INDEX)
    return Field(kind="rows", name="args", label="Arguments", rows=rows, blank=blank, marker="args__list", plain=True)


def _wrong_fields() -> list[Field]:
    errors = ("Instances are a whole number from 0 to 500.",)
    row = Row(
        cells=[Field(kind="text", name="bad[0]name", label="Name", value="1X", errors=("Start with a letter.",))],
        errors=("The name is there twice.",),
    )
    blank = Row(cells=[Field(kind="text", name=f"bad[{INDEX}]name", label="Name")])
    return [
        Field(kind="number", name="many", label="Instances", value="many", errors=errors, required=True),
        Field(kind="select", name="none", label="Process", errors=("Choose a process.",), required=True),
        Field(kind="rows", name="bad", label="Variables", rows=[row], blank=blank, errors=("Mend the rows.",)),
    ]


def _row(index: int | str, name: str = "", value: str = "") -> Row:
    return Row(
        cells=[
            Field(kind="text", name=f"env[{index}]name", label="Name", value=name, mono=True),
            Field(kind="text", name=f"env[{index}]value", label="Value", value=value, mono=True),
        ]
    )


def _release() -> dict[str, Any]:
    states = ("done", "skipped", "stopped", "failed", "now", "waiting", "todo")
    return {
        "id": "sample",
        "steps": {
            "sentence": "2 of 7",
            "items": [
                {"number": number, "title": state.title(), "detail": "north", "state": state, "seconds": 1.4}
                for number, state in enumerate(states, start=1)
            ],
            "left_out": ["Left out, because the app was stopped: quarter, look. That takes instances that run."],
        },
        "legend": {"old": "v1", "new": "v2"},
        "lanes": [
            {
                "cluster": "north",
                "state": "running",
                "counted": True,
                "ready": 3,
                "wanted": 4,
                "instances": _instances(),
            },
            {
                "cluster": "south",
                "state": "failed",
                "counted": True,
                "ready": 0,
                "wanted": 4,
                "words": MESSAGES[1],
                "promise": "never below 3",
                "instances": [],
            },
        ],
        "traffic": {"address": "shop.example.com", "old": "v1", "new": "v2", "old_share": 90, "new_share": 10},
        "failure": {
            "title": "New instances keep crashing in south",
            "next": "Roll back, or mend the variable.",
            "voices": [
                {
                    "instance": "web-1",
                    "cluster": "south",
                    "reason": "crashing",
                    "restarts": 5,
                    "words": MESSAGES[0],
                    "log": "",
                }
            ],
        },
    }
