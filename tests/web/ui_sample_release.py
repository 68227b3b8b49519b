"""One release, running or failed, as its view and its live fragments see it."""

from __future__ import annotations

from typing import Any

from tests.web.ui_samples import CHANGES, HEAD, NOW, action, ago, instances


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
                {"number": 1, "title": "Freeze", "detail": "revision 58", "state": "done", "seconds": 0.2},
                {"number": 2, "title": "Apply", "detail": "north", "state": "done", "seconds": 1.4},
                {"number": 3, "title": "Ready", "detail": "north", "state": "done", "seconds": 14},
                {
                    "number": 2,
                    "title": "Apply",
                    "detail": "south",
                    "state": "failed" if failing else "now",
                    "seconds": None,
                },
                {
                    "number": 3,
                    "title": "Ready",
                    "detail": "south",
                    "state": "skipped" if failing else "todo",
                    "seconds": None,
                },
            ],
        },
        "legend": {"old": "v0.10.1", "new": "v0.10.2"},
        "lanes": [
            {
                "cluster": "north",
                "state": "done",
                "sentence": "1st",
                "counted": True,
                "ready": 12,
                "wanted": 12,
                "promise": "never below 11",
                "words": "",
                "instances": instances("web", "north", ready=12),
            },
            {
                "cluster": "south",
                "state": state,
                "sentence": "2nd",
                "counted": True,
                "ready": 6,
                "wanted": 8,
                "promise": "never below 7",
                "words": "0 of 2 new instances are ready" if failing else "",
                "instances": instances(
                    "web", "south", ready=2, pulling=1, starting=1, failing=1 if failing else 0, going=1, old=5
                ),
            },
            {
                "cluster": "edge",
                "state": "waiting",
                "sentence": "3rd",
                "counted": True,
                "ready": 4,
                "wanted": 4,
                "promise": "",
                "words": "waits for south",
                "instances": instances("web", "edge", old=4),
            },
        ],
        "traffic": None,
        "outputs": [],
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
                    "reason": "crashing",
                    "raw": "CrashLoopBackOff",
                    "restarts": 5,
                    "words": "KeyError: 'QUEUE_URL' · exit code 1",
                    "log": "starting on port 8080\nTraceback (most recent call last):\nKeyError: 'QUEUE_URL'",
                }
            ],
        }
        if failing
        else None,
    }
    items = (
        [action("Roll back", "primary", icon="undo-2")]
        if failing
        else [action("Pause", icon="pause"), action("Abort…", "danger", icon="octagon-x")]
    )
    return {
        "release": release,
        "actions": {"items": items, "more": [], "sentence": ""},
        "live": [{"topic": "release:r1", "version": 12}],
    }
