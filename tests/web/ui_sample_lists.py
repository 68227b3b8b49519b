"""Home, lists and logs, as their views hand them over."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from tests.web.ui_samples import ACTIVITY, APP_ACTIONS, CHANGES, HEAD, TABS, action, ago, app_overview


def apps() -> list[dict[str, Any]]:
    states = ["healthy", "healthy", "degraded", "deploying", "failing", "new"]
    names = ["frontend", "cartservice", "checkoutservice", "currencyservice", "emailservice", "adservice"]
    return [
        {
            "name": name,
            "title": "",
            "colour": "",
            "url": "#",
            "state": state,
            "image": f"boutique/{name}:v0.10.1",
            "ready": 3 if state != "new" else 0,
            "wanted": 4 if state in {"degraded", "failing", "deploying"} else 3,
            "clusters": ["north", "south"],
            "release": None if state == "new" else 7,
            "release_url": "#",
            "released_at": ago(hours=5),
            "tags": ["shop"] if name == "frontend" else [],
        }
        for name, state in zip(names, states, strict=True)
    ]


def home() -> dict[str, Any]:
    return {
        "tenant_title": "Online Boutique",
        "apps": apps(),
        "apps_url": "#",
        "running": [
            {
                "app": "currencyservice",
                "number": 7,
                "url": "#",
                "state": "running",
                "who": "Bob",
                "started_at": ago(seconds=40),
                "sentence": "2 of 3 clusters done,",
            }
        ],
        "waiting": [
            {
                "title": "Release 12 of emailservice failed",
                "text": "New instances keep crashing in south.",
                "url": "#",
                "tone": "bad",
                "icon": "circle-alert",
            }
        ],
        "activity": ACTIVITY,
        "activity_url": "#",
    }


BLANK = {
    "title": "No apps yet",
    "text": "An app is an image and how it shall run.",
    "icon": "layout-grid",
    "url": "/new/",
    "action": "Create an app",
}


def app_list() -> dict[str, Any]:
    filters = {
        "q": "",
        "state": "",
        "cluster": "",
        "states": [("healthy", "Healthy")],
        "clusters": [("north", "north")],
    }
    page = {"newer_url": "", "older_url": "?after=x", "older_title": "Next page", "words": "6 of 11 apps"}
    return {"apps": apps(), "filters": filters, "page": page, "create_url": "#"}


def configure() -> dict[str, Any]:
    line = {"url": "#", "mono": True}
    groups = [
        {
            "title": "Image",
            "lines": [
                {"title": "web", "value": "gcr.io/boutique/frontend:v0.10.2", "changed": True, "was": "v0.10.1", **line}
            ],
        },
        {
            "title": "Variables",
            "actions": [action("Set a variable", icon="plus", dialog=True)],
            "lines": [
                {"title": "BANNER", "value": "black-friday", "changed": True, **line},
                {"title": "QUEUE_URL", "value": "", **line},
                {"title": "PAYMENT_KEY", "secret": True, "value": "version 3, never shown", "url": "#"},
            ],
        },
        {
            "title": "Network",
            "lines": [{"title": "Ports", "values": ["http 8080 (http)", "metrics 9090 (http)"], **line}],
        },
        {"title": "Files", "lines": [], "empty": "No files. Add one to mount it into the instances."},
    ]
    overview = app_overview()
    return {key: overview[key] for key in ("app", "tabs", "actions", "draft", "live")} | {"groups": groups}


def all_releases() -> dict[str, Any]:
    running, *ended = releases()["releases"]
    why = "Waits until somebody lets it go on."
    return {
        "filters": {"state": "", "app": "", "who": "bob", "states": [("running", "Running")]},
        "open": [running | {"why": why, "tenant": "boutique"}],
        "ended": [one | {"tenant": "boutique"} for one in ended],
        "page": {"older_url": "?after=1"},
        "live": [{"topic": "tenant:1", "version": 1}],
    }


def releases() -> dict[str, Any]:
    states = ["running", "succeeded", "rolled_back", "failed", "superseded"]
    rows = [
        {
            "number": 42 - index,
            "url": "#",
            "app": "frontend",
            "app_url": "#",
            "kind": "Deploy",
            "state": state,
            "who": "Bob",
            "started_at": ago(days=index),
            "seconds": None if state == "running" else 75.0 + index,
            "note": "Checkout banner" if index == 0 else "",
            "revision": 58 - index,
        }
        for index, state in enumerate(states)
    ]
    return {
        "app": HEAD,
        "tabs": TABS,
        "actions": APP_ACTIONS,
        "releases": rows,
        "page": {"words": "5 releases"},
    }


def audit(*, platform: bool = False) -> dict[str, Any]:
    entry = {
        "sequence": 812,
        "at": ago(minutes=9),
        "who": "bob",
        "how": "in the browser",
        "sentence": "set CACHE_TTL",
        "outcome": "done",
        "tenant": "boutique",
        "subject": "frontend",
        "subject_url": "#",
        "diff": CHANGES,
        "address": "10.1.2.3",
        "request_id": "4f1d",
        "hash": "9b7c" * 16,
    }
    refused = entry | {
        "sequence": 811,
        "who": "vera",
        "how": "token ci",
        "sentence": "wanted to deploy",
        "outcome": "forbidden",
        "reason": "Needs: deploy, abort and roll back. Alice can give it.",
        "diff": [],
    }
    filters = {
        "outcomes": [("done", "Done"), ("refused", "Refused")],
        "operations": [("env.set", "Set variables")],
        "tenants": [("boutique", "Online Boutique")] if platform else None,
    }
    return {
        "title": "Audit" if platform else "Activity",
        "tenant": None if platform else SimpleNamespace(name="boutique", title="Online Boutique"),
        "filters": filters,
        "entries": [entry, refused],
        "chain": {"ok": True, "sentence": "Chain intact"},
        "page": {"older_url": "?before=811"},
    }
