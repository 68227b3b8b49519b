"""A plan for tests: a step of every kind that a release can be made of."""

from __future__ import annotations

from typing import Any

STEPS: list[dict[str, Any]] = [
    {
        "kind": "window",
        "name": "hours",
        "hours": [{"days": ["mon", "tue", "wed", "thu"], "begin": "09:00", "end": "16:30"}],
        "time_zone": "Europe/Berlin",
        "calendar": "year-end",
    },
    {
        "kind": "build",
        "name": "build",
        "processes": ["web"],
        "request": {
            "url": "https://ci.example.com/build",
            "headers": [{"name": "Authorization", "secret": {"name": "ci", "version": 2}}],
            "statuses": [200, 202],
        },
        "timeout": 3600,
        "retry": {"limit": 2, "backoff": 30},
    },
    {"kind": "approval", "name": "approval", "roles": ["admin"], "count": 2, "expires": 86400},
    {"kind": "apply", "name": "needs", "part": "needs"},
    {
        "kind": "job",
        "name": "migrate",
        "process": "web",
        "command": ["migrate"],
        "inputs": [{"name": "IMAGE", "value": "steps.build.output.image"}],
        "once": True,
    },
    {"kind": "batch", "name": "first", "replicas": "10%"},
    {"kind": "wait", "name": "ready", "timeout": 300},
    {"kind": "traffic", "name": "staff", "header": {"name": "X-Staff", "value": "yes"}},
    {"kind": "traffic", "name": "tenth", "traffic": 10},
    {
        "kind": "parallel",
        "name": "watch",
        "branches": [
            {
                "name": "outside",
                "steps": [
                    {"kind": "soak", "name": "soak", "lasts": 600},
                    {"kind": "http-check", "name": "answers", "process": "web", "port": "http", "path": "/ready"},
                ],
            },
            {
                "name": "numbers",
                "steps": [
                    {
                        "kind": "metric-check",
                        "name": "errors",
                        "query": 'sum(rate(http_errors{app="shop"}[5m]))',
                        "most": 0.05,
                        "failures": 1,
                    }
                ],
            },
        ],
    },
    {"kind": "pause", "name": "night", "seconds": 3600},
    {"kind": "note", "name": "look", "text": "Look at the shop."},
    {"kind": "batch", "name": "all", "replicas": "100%", "condition": "steps.errors.output.value < 0.01"},
    {
        "kind": "http-call",
        "name": "report",
        "request": {"url": "https://ci.example.com/done", "method": "PUT", "body": "{version}"},
        "inputs": [{"name": "version", "value": "steps.migrate.output.version"}],
    },
    {"kind": "notify", "name": "failed", "channel": "shop-team", "message": "It failed.", "when": "on-failure"},
]
