"""Contexts as the views hand them to the templates: what the tests of the interface draw."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from portal.ui.fields import INDEX, Choice, Field, Row

NOW = datetime.now(UTC)


def ago(**parts: float) -> datetime:
    return NOW - timedelta(**parts)


def instances(name: str, cluster: str, **counts: int) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    words = {"failing": "KeyError: 'QUEUE_URL'"}
    phases = {"ready": "Running", "failing": "CrashLoopBackOff", "starting": "ContainerCreating", "going": "Terminating"}
    for tone, count in counts.items():
        made += [
            {
                "name": f"{name}-7d9f4c{len(made) + index:02d}",
                "tone": tone,
                "phase": phases.get(tone, "Running"),
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
    {"label": "web image", "before": "gcr.io/boutique/frontend:v0.10.1", "after": "gcr.io/boutique/frontend:v0.10.2", "kind": "changed"},
    {"label": "variable BANNER", "before": None, "after": "black-friday", "kind": "added"},
    {"label": "variable CACHE_TTL", "before": "30", "after": "60", "kind": "changed"},
]
MANIFEST = {
    "cluster": "north",
    "kind": "Deployment",
    "name": "frontend--web",
    "lines": [
        {"kind": "at", "text": "spec.template.spec.containers[0]"},
        {"kind": "same", "text": "  name: web"},
        {"kind": "del", "text": "  image: gcr.io/boutique/frontend:v0.10.1"},
        {"kind": "add", "text": "  image: gcr.io/boutique/frontend:v0.10.2"},
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
            {"name": "north", "state": "healthy", "ready": 12, "wanted": 12, "cpu": "3.1 CPU", "memory": "4.2 GiB", "release": 41, "release_url": "#"},
            {"name": "south", "state": "failing", "ready": 11, "wanted": 12, "cpu": "2.6 CPU", "memory": "3.9 GiB", "release": 41, "release_url": "#"},
            {"name": "edge", "state": "away", "sentence": "not heard of since 14:01", "ready": 4, "wanted": 4},
        ],
        "releases": [
            {"number": 41, "url": "#", "state": "succeeded", "who": "Bob", "started_at": ago(days=2), "seconds": 112},
            {"number": 40, "url": "#", "state": "rolled_back", "who": "Alice", "started_at": ago(days=3), "seconds": 75},
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


def release_detail(state: str = "running") -> dict[str, Any]:
    failing = state == "failed"
    release = {
        "id": "r1",
        "number": 42,
        "app": HEAD,
        "actions_url": "/t/boutique/apps/frontend/releases/42/_actions",
        "manifests_url": "#",
        "header": {
            "state": state,
            "kind": "Deploy",
            "strategy": "rolling, one cluster after another",
            "who": "Bob",
            "started_at": ago(minutes=6),
            "ended_at": NOW if failing else None,
            "seconds": 334.0,
            "note": "Checkout banner for Black Friday",
            "revision": 58,
        },
        "steps": {
            "sentence": "3 of 5",
            "items": [
                {"title": "Freeze", "detail": "revision 58", "state": "done", "seconds": 0.2},
                {"title": "Apply", "detail": "north", "state": "done", "seconds": 1.4},
                {"title": "Ready", "detail": "north", "state": "done", "seconds": 14},
                {"title": "Apply", "detail": "south", "state": "failed" if failing else "now", "seconds": None},
                {"title": "Ready", "detail": "south", "state": "skipped" if failing else "todo", "seconds": None},
            ],
        },
        "legend": {"old": "v0.10.1", "new": "v0.10.2"},
        "lanes": [
            {"cluster": "north", "state": "done", "sentence": "1st", "ready": 12, "wanted": 12, "promise": "never below 11", "words": "", "instances": instances("web", "north", ready=12)},
            {"cluster": "south", "state": state, "sentence": "2nd", "ready": 6, "wanted": 8, "promise": "never below 7", "words": "0 of 2 new instances are ready" if failing else "", "instances": instances("web", "south", ready=2, starting=1, failing=1 if failing else 0, going=1, old=5)},
            {"cluster": "edge", "state": "waiting", "sentence": "3rd", "ready": 4, "wanted": 4, "promise": "", "words": "waits for south", "instances": instances("web", "edge", old=4)},
        ],
        "traffic": None,
        "groups": CHANGES,
        "timeline": [
            {"at": ago(seconds=14), "text": "south: 1 of 2 new instances ready", "key": "4"},
            {"at": ago(seconds=40), "text": "north: done, 12 of 12 ready", "tone": "good", "key": "3"},
            {"at": ago(seconds=331), "text": "north: objects applied", "note": "Deployment, Service", "key": "2"},
            {"at": ago(seconds=334), "text": "Started, revision 58", "who": "Bob", "key": "1"},
        ],
        "failure": {
            "tone": "bad",
            "title": "New instances keep crashing in south",
            "sentence": "The release stopped there; north and edge were not touched any further.",
            "next": "Look at what it says, mend the image or its variables, or roll back to release 41.",
            "voices": [
                {
                    "instance": "web-7d9f4c01",
                    "cluster": "south",
                    "reason": "CrashLoopBackOff",
                    "restarts": 5,
                    "words": "KeyError: 'QUEUE_URL' · exit code 1",
                    "log": "starting on port 8080\nTraceback (most recent call last):\nKeyError: 'QUEUE_URL'",
                }
            ],
        }
        if failing
        else None,
    }
    items = [action("Roll back", "primary", icon="undo-2")] if failing else [action("Pause", icon="pause"), action("Abort…", "danger", icon="octagon-x")]
    return {
        "release": release,
        "actions": {"items": items, "more": [], "sentence": ""},
        "live": [{"topic": "release:r1", "version": 12}],
    }


def fields(*, wrong: bool = False) -> list[Field]:
    errors = ("Instances are a whole number from 0 to 500.",) if wrong else ()

    def row(index: object, name: str = "", value: str = "") -> Row:
        return Row(
            cells=[
                Field(kind="text", name=f"env[{index}]name", label="Name", value=name, mono=True),
                Field(kind="text", name=f"env[{index}]value", label="Value", value=value, mono=True),
            ]
        )

    return [
        Field(kind="select", name="process", label="Process", required=True, value="worker", choices=[Choice(value="worker", label="worker", detail="now 4", selected=True), Choice(value="web", label="web", detail="scales by itself, 8 to 40")]),
        Field(kind="number", name="replicas", label="Instances", required=True, value="12", unit="instances", help="0 to 500. Over all clusters, split as placed: north 6, south 4, edge 2.", errors=errors),
        Field(kind="text", name="image", label="Image", value="gcr.io/boutique/frontend:v0.10.2", mono=True),
        Field(kind="picker", name="port", label="Port", choices=[Choice(value="http", label="http (8080)")]),
        Field(kind="multi", name="clusters", label="Clusters", marker="clusters__list", choices=[Choice(value="north", label="north", selected=True), Choice(value="south", label="south", detail="12 of 40 CPU free")]),
        Field(kind="checkbox", name="expose", label="Reachable from outside", help="Needs a route as well."),
        Field(kind="textarea", name="description", label="Description", value="Sells things."),
        Field(kind="secret", name="value", label="Value", required=True),
        Field(kind="rows", name="env", label="Variables", marker="env__list", rows=[row(0, "BANNER", "black-friday"), row(1)], blank=row(INDEX), add_label="Add a variable"),
    ]


def operation_form(case: str = "filled") -> dict[str, Any]:
    operation = SimpleNamespace(
        title="Delete app" if case == "danger" else "Scale",
        kind="now" if case == "danger" else "spec",
        danger="The app frontend with 3 processes and its settings is removed from north and south." if case == "danger" else "",
    )
    context: dict[str, Any] = {
        "operation": operation,
        "fields": [] if case == "danger" else fields(wrong=case == "wrong"),
        "subject": SimpleNamespace(name="frontend"),
        "subject_url": "/t/boutique/apps/frontend/",
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
    }
    if case == "conflict":
        context["error"] = "frontend was changed since this form was made: version 12 is now version 14."
        context["conflict"] = [{"label": "Instances", "theirs": "6", "mine": "12"}]
    if case in {"filled", "conflict"}:
        context["outcome"] = outcome()
    return context


def outcome() -> Any:
    preview = SimpleNamespace(
        spec=CHANGES,
        manifests=[MANIFEST, MANIFEST | {"cluster": "south"}],
        quota=QUOTA,
        warnings=["The tag latest means another image tomorrow. Pin a version."],
        recreates=["Service frontend--web: its cluster address cannot be changed."],
    )
    return SimpleNamespace(changed=True, message="Scaled web to 12.", preview=preview)


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
        "create_url": "#",
        "running": [{"app": "currencyservice", "number": 7, "url": "#", "state": "running", "who": "Bob", "started_at": ago(seconds=40), "sentence": "2 of 3 clusters done,"}],
        "waiting": [{"title": "Release 12 of emailservice failed", "text": "New instances keep crashing in south.", "url": "#", "tone": "bad", "icon": "circle-alert"}],
        "activity": ACTIVITY,
        "activity_url": "#",
    }


def app_list() -> dict[str, Any]:
    filters = {"q": "", "state": "", "cluster": "", "states": [("healthy", "Healthy")], "clusters": [("north", "north")]}
    page = {"newer_url": "", "older_url": "?after=x", "older_title": "Next page", "words": "6 of 11 apps"}
    return {"apps": apps(), "filters": filters, "page": page, "create_url": "#"}


def configure() -> dict[str, Any]:
    line = {"url": "#", "mono": True}
    groups = [
        {"title": "Image", "lines": [{"title": "web", "value": "gcr.io/boutique/frontend:v0.10.2", "changed": True, "was": "v0.10.1", **line}]},
        {
            "title": "Variables",
            "actions": [action("Set a variable", icon="plus", dialog=True)],
            "lines": [
                {"title": "BANNER", "value": "black-friday", "changed": True, **line},
                {"title": "QUEUE_URL", "value": "", **line},
                {"title": "PAYMENT_KEY", "secret": True, "value": "version 3, never shown", "url": "#"},
            ],
        },
        {"title": "Network", "lines": [{"title": "Ports", "texts": ["http 8080 (http)", "metrics 9090 (http)"], **line}]},
        {"title": "Files", "lines": [], "empty": "No files. Add one to mount it into the instances."},
    ]
    overview = app_overview()
    return {key: overview[key] for key in ("app", "tabs", "actions", "draft", "live")} | {"groups": groups}


def releases(*, whole_tenant: bool = False) -> dict[str, Any]:
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
    return {"app": None if whole_tenant else HEAD, "tabs": TABS, "actions": APP_ACTIONS, "releases": rows, "page": {"words": "5 releases"}}


def audit(*, platform: bool = False) -> dict[str, Any]:
    entry = {"sequence": 812, "at": ago(minutes=9), "who": "bob", "how": "in the browser", "sentence": "set CACHE_TTL", "outcome": "done", "tenant": "boutique", "subject": "frontend", "subject_url": "#", "diff": CHANGES, "address": "10.1.2.3", "request_id": "4f1d", "hash": "9b7c" * 16}
    refused = entry | {"sequence": 811, "who": "vera", "how": "token ci", "sentence": "wanted to deploy", "outcome": "forbidden", "reason": "Needs: deploy, abort and roll back. Alice can give it.", "diff": []}
    filters = {"outcomes": [("done", "Done"), ("refused", "Refused")], "operations": [("env.set", "Set variables")], "tenants": [("boutique", "Online Boutique")] if platform else None}
    return {
        "title": "Audit" if platform else "Activity",
        "tenant": None if platform else SimpleNamespace(name="boutique", title="Online Boutique"),
        "filters": filters,
        "entries": [entry, refused],
        "chain": {"ok": True, "sentence": "Chain intact"},
        "page": {"older_url": "?before=811"},
    }


def person(name: str, full: str) -> Any:
    return SimpleNamespace(username=name, get_full_name=full, email=f"{name}@example.com", is_authenticated=True)


TENANT = SimpleNamespace(name="boutique", title="Online Boutique", suspended=False, members=4, clusters=2, created_at=ago(days=40))
CLUSTERS = [
    SimpleNamespace(name="north", title="North", state="ready", state_since=ago(hours=3), state_reason="", server="https://10.0.0.1:6443", breaker_open_until=None, capabilities={"version": "v1.34.4"}, tenants=2),
    SimpleNamespace(name="south", title="South", state="away", state_since=ago(minutes=3), state_reason="connection refused", server="https://10.0.0.2:6443", breaker_open_until=NOW + timedelta(seconds=20), capabilities={}, tenants=1),
]


def tenant_overview() -> dict[str, Any]:
    rows = [row | {"after": row["used"], "short": ""} for row in QUOTA]
    return {"tenant": TENANT, "quota": rows, "clusters": CLUSTERS, "admins": [person("alice", "Alice Cooper")], "member_count": 4, "rights": frozenset()}


def members(*, can_manage: bool = True) -> dict[str, Any]:
    people = [("alice", "Alice Cooper", "admin"), ("bob", "Bob Miller", "developer"), ("vera", "Vera Lin", "viewer")]
    rows = [
        {"membership": SimpleNamespace(created_at=ago(days=30)), "user": person(name, full), "role": role, "role_title": role.title()}
        for name, full, role in people
    ]
    roles = [("viewer", "Viewer"), ("developer", "Developer"), ("admin", "Tenant admin")] if can_manage else []
    return {"tenant": TENANT, "members": rows, "roles": roles, "can_manage": can_manage, "problem": "", "username": ""}


def tenants() -> dict[str, Any]:
    page = SimpleNamespace(rows=[TENANT], query="", next="after=boutique")
    return {"cards": [{"tenant": TENANT, "role": "Developer"}], "page": page}


def platform_tenants() -> dict[str, Any]:
    return {"page": SimpleNamespace(rows=[TENANT], query="bou", next="")}


def platform_clusters() -> dict[str, Any]:
    return {"page": SimpleNamespace(rows=CLUSTERS, query="", next="")}


def sign_in(*, wrong: bool = False) -> dict[str, Any]:
    problem = "User name and password do not match. Check both and try again." if wrong else ""
    return {"form": {"username": {"value": "bob" if wrong else None}}, "next": "/t/boutique/", "problem": problem, "locked": False}


def account(form: Any) -> dict[str, Any]:
    token = SimpleNamespace(pk="6b0f2f0e-0000-4000-8000-000000000000", name="ci", prefix="slip_4f1d", permissions=["app.deploy"], tenant=TENANT, last_used_at=ago(hours=2), expires_at=NOW + timedelta(days=30))
    return {
        "form": form,
        "issued": SimpleNamespace(token=token, text="slip_4f1d0c7b9a2e4d61b8f3c5a7e9d0b1c2"),
        "tokens": [{"token": token, "state": "active"}, {"token": SimpleNamespace(**vars(token) | {"name": "old", "last_used_at": None}), "state": "expired"}],
        "memberships": [{"tenant": TENANT, "role": "Developer"}],
        "user": person("bob", "Bob Miller"),
    }
