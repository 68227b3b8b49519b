"""Tenants, members, clusters and accounts, as their views hand them over."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from tenants.standing import standing_of
from tests.web.ui_samples import NOW, QUOTA, ago


def person(name: str, full: str) -> Any:
    return SimpleNamespace(username=name, get_full_name=full, email=f"{name}@example.com", is_authenticated=True)


TENANT = SimpleNamespace(
    name="boutique", title="Online Boutique", suspended=False, members=4, clusters=2, created_at=ago(days=40)
)
CLUSTERS = [
    SimpleNamespace(
        name="north",
        title="North",
        state="ready",
        state_since=ago(hours=3),
        standing=standing_of("ready", "", {"lacks": ["create namespaces"]}),
        server="https://10.0.0.1:6443",
        breaker_open_until=None,
        capabilities={"server_version": "v1.34.4"},
        tenants=2,
    ),
    SimpleNamespace(
        name="south",
        title="South",
        state="away",
        state_since=ago(minutes=3),
        standing=standing_of("away", "connection refused", {}),
        server="https://10.0.0.2:6443",
        breaker_open_until=NOW + timedelta(seconds=20),
        capabilities={},
        tenants=1,
    ),
]


def tenant_overview() -> dict[str, Any]:
    rows = [row | {"after": row["used"], "short": ""} for row in QUOTA]
    return {
        "tenant": TENANT,
        "quota": rows,
        "clusters": [(one, one.standing) for one in CLUSTERS],
        "admins": [person("alice", "Alice Cooper")],
        "member_count": 4,
        "rights": frozenset(),
    }


def members(*, can_manage: bool = True) -> dict[str, Any]:
    people = [("alice", "Alice Cooper", "admin"), ("bob", "Bob Miller", "developer"), ("vera", "Vera Lin", "viewer")]
    rows = [
        {
            "membership": SimpleNamespace(created_at=ago(days=30)),
            "user": person(name, full),
            "role": role,
            "role_title": role.title(),
            "within_reach": can_manage,
            "removable": can_manage,
        }
        for name, full, role in people
    ]
    roles = [("viewer", "Viewer"), ("developer", "Developer"), ("admin", "Tenant admin")] if can_manage else []
    return {
        "tenant": TENANT,
        "members": rows,
        "roles": roles,
        "can_manage": can_manage,
        "can_change": can_manage,
        "problem": "",
        "username": "",
    }


def tenants() -> dict[str, Any]:
    page = SimpleNamespace(rows=[TENANT], query="", next="after=boutique")
    return {"cards": [{"tenant": TENANT, "role": "Developer"}], "page": page}


def platform_tenants() -> dict[str, Any]:
    return {"page": SimpleNamespace(rows=[TENANT], query="bou", next="")}


def platform_clusters() -> dict[str, Any]:
    return {"page": SimpleNamespace(rows=CLUSTERS, query="", next=""), "now": NOW}


def sign_in(*, wrong: bool = False) -> dict[str, Any]:
    problem = "User name and password do not match. Check both and try again." if wrong else ""
    return {
        "form": {"username": {"value": "bob" if wrong else None}},
        "next": "/t/boutique/",
        "problem": problem,
        "locked": False,
    }


def account(form: Any) -> dict[str, Any]:
    token = SimpleNamespace(
        pk="6b0f2f0e-0000-4000-8000-000000000000",
        name="ci",
        prefix="slip_4f1d",
        permissions=["app.deploy"],
        tenant=TENANT,
        last_used_at=ago(hours=2),
        expires_at=NOW + timedelta(days=30),
    )
    return {
        "form": form,
        "issued": SimpleNamespace(token=token, text="slip_4f1d0c7b9a2e4d61b8f3c5a7e9d0b1c2"),
        "tokens": [
            {"token": token, "state": "active"},
            {"token": SimpleNamespace(**vars(token) | {"name": "old", "last_used_at": None}), "state": "expired"},
        ],
        "memberships": [{"tenant": TENANT, "role": "Developer"}],
        "user": person("bob", "Bob Miller"),
    }
