"""Contexts as the views hand them to the templates: what the tests of the interface draw."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime.now(UTC)


def ago(**parts: float) -> datetime:
    return datetime.now(UTC) - timedelta(**parts)


def instances(name: str, cluster: str, **counts: int) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    words = {"failing": "KeyError: 'QUEUE_URL'"}
    phases = {
        "ready": "ready",
        "failing": "crashing",
        "pulling": "pulling",
        "starting": "starting",
        "going": "going away",
    }
    for tone, count in counts.items():
        made += [
            {
                "name": f"{name}-7d9f4c{len(made) + index:02d}",
                "tone": tone,
                "phase": phases.get(tone, "ready"),
                "version": "v0.10.1" if tone == "old" else "v0.10.2",
                "cluster": cluster,
                "words": words.get(tone, ""),
                "restarts": 5 if tone == "failing" else 0,
            }
            for index in range(count)
        ]
    return made


def action(title: str, tone: str = "", **more: Any) -> dict[str, Any]:
    return {"title": title, "url": "#", "tone": tone, **more}


CHANGES = [
    {
        "label": "web image",
        "before": "gcr.io/boutique/frontend:v0.10.1",
        "after": "gcr.io/boutique/frontend:v0.10.2",
        "kind": "changed",
    },
    {"label": "variable BANNER", "before": None, "after": "black-friday", "kind": "added"},
    {"label": "variable CACHE_TTL", "before": "30", "after": "60", "kind": "changed"},
]
REGISTRY = "us-central1-docker.pkg.dev/google-samples/microservices-demo/release/candidates/of/the/whole"
MANIFEST = {
    "cluster": "north",
    "kind": "Deployment",
    "name": "frontend--web",
    "lines": [
        {"kind": "at", "text": "spec.template.spec.containers[0]"},
        {"kind": "same", "text": "  name: web"},
        {"kind": "del", "text": f"  image: {REGISTRY}/boutique/frontend:v0.10.1"},
        {"kind": "add", "text": f"  image: {REGISTRY}/boutique/frontend:v0.10.2"},
    ],
}
QUOTA = [
    {"label": "Instances", "unit": "", "used": 58, "after": 66, "limit": 80, "fits": True, "short": ""},
    {"label": "CPU", "unit": "CPU", "used": 21.5, "after": 23.5, "limit": 32, "fits": True, "short": ""},
    {"label": "Memory", "unit": "GiB", "used": 26, "after": 30, "limit": 28, "fits": False, "short": "2 GiB short."},
]
HEAD = {
    "id": "a1",
    "name": "frontend",
    "title": "Frontend",
    "colour": "blue",
    "url": "/t/boutique/apps/frontend/",
    "list_url": "/t/boutique/apps/",
    "actions_url": "/t/boutique/apps/frontend/_actions",
    "draft_url": "/t/boutique/apps/frontend/_draft",
    "locked_reason": "",
    "status": {
        "state": "degraded",
        "image": "boutique/frontend:v0.10.1",
        "addresses": [{"title": "shop.example.com", "url": "https://shop.example.com"}],
        "release": 41,
        "release_url": "#",
        "released_at": ago(days=2),
        "released_by": "Bob",
        "owner": "Storefront",
        "tags": ["shop", "public"],
    },
}
TABS = [
    {"title": "Overview", "url": "#", "current": True},
    {"title": "Configure", "url": "#"},
    {"title": "Releases", "url": "#", "count": 42},
    {"title": "Activity", "url": "#"},
]
APP_ACTIONS = {
    "items": [
        action("Deploy", "primary", icon="rocket"),
        action("Scale", icon="scaling", dialog=True),
        action("Restart", icon="rotate-cw", why="A release is running. Wait for it to end."),
        action("Logs", icon="scroll-text"),
    ],
    "more": [action("Lock", icon="lock"), action("Delete…", "danger", icon="trash-2")],
}
DRAFT = {
    "count": 3,
    "sentence": "by Bob and Alice since release 41: image of web, BANNER, CACHE_TTL",
    "groups": CHANGES,
    "changes": [
        {"at": ago(minutes=9), "who": "Bob", "text": "set CACHE_TTL", "note": ""},
        {"at": ago(minutes=26), "who": "Alice", "text": "set the image of web to v0.10.2", "note": "Checkout banner"},
    ],
    "actions": [action("Undo the last", "quiet", method="post"), action("Deploy", "primary")],
}
ACTIVITY = [
    {"at": ago(minutes=9), "who": "Bob", "text": "set CACHE_TTL", "note": ""},
    {"at": ago(days=2), "who": "", "text": "Release 41 succeeded in 1 min 52 s", "tone": "good"},
    {"at": ago(days=2, minutes=4), "who": "Vera", "text": "was refused: deploy", "tone": "warn"},
]


def app_overview() -> dict[str, Any]:
    app = HEAD | {
        "trouble": [
            {
                "title": "worker-7d9f4 in south keeps crashing, 5 restarts in 4 min",
                "words": "KeyError: 'QUEUE_URL'",
                "instance": "worker-7d9f4",
            }
        ],
        "processes": [
            {
                "name": "web",
                "kind": "Deployment",
                "state": "healthy",
                "ready": 24,
                "wanted": 24,
                "image": "frontend:v0.10.1",
                "size": "0.5 CPU · 512 MiB each",
                "scaling": "scales 8 to 40 at 60 % CPU",
                "instances": instances("web", "north", ready=24),
                "actions": [action("Scale", "quiet"), action("Restart", "quiet")],
            },
            {
                "name": "worker",
                "kind": "Deployment",
                "state": "failing",
                "ready": 3,
                "wanted": 5,
                "image": "frontend:v0.10.1",
                "size": "0.25 CPU · 256 MiB each",
                "scaling": "fixed",
                "instances": instances("worker", "south", ready=3, failing=1, starting=1),
                "actions": [action("Scale", "quiet"), action("Restart", "quiet")],
            },
        ],
        "clusters": [
            {
                "name": "north",
                "state": "healthy",
                "ready": 12,
                "wanted": 12,
                "cpu": "3.1 CPU",
                "memory": "4.2 GiB",
                "release": 41,
                "release_url": "#",
            },
            {
                "name": "south",
                "state": "failing",
                "ready": 11,
                "wanted": 12,
                "cpu": "2.6 CPU",
                "memory": "3.9 GiB",
                "release": 41,
                "release_url": "#",
            },
            {"name": "edge", "state": "away", "sentence": "not heard of since 14:01", "ready": 4, "wanted": 4},
        ],
        "releases": [
            {"number": 41, "url": "#", "state": "succeeded", "who": "Bob", "started_at": ago(days=2), "seconds": 112},
            {
                "number": 40,
                "url": "#",
                "state": "rolled_back",
                "who": "Alice",
                "started_at": ago(days=3),
                "seconds": 75,
            },
        ],
        "releases_url": "#",
        "facts": [
            {"title": "Address", "text": "shop.example.com", "url": "https://shop.example.com"},
            {"title": "Inside", "text": "frontend.boutique:80", "mono": True},
            {"title": "Needs", "text": "cart, catalog, checkout, currency"},
        ],
    }
    return {
        "app": app,
        "tabs": TABS,
        "actions": APP_ACTIONS,
        "draft": DRAFT,
        "activity": ACTIVITY,
        "activity_url": "#",
        "live": [{"topic": "app:a1", "version": 7}],
    }
