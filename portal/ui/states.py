"""One table for how a state looks: its word, its tone and its icon, wherever it appears.

Views pass the stored value ("rolling_back", "healthy"); templates never choose a colour themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TONES = ("good", "busy", "warn", "bad", "idle")


@dataclass(frozen=True, slots=True)
class State:
    """`tone` is one of `TONES`, `icon` a lucide name; the word says it all to who sees neither."""

    word: str | Promise
    tone: str
    icon: str


_GOOD = ("good", "check")
_BUSY = ("busy", "loader")
_WAIT = ("warn", "hourglass")
_BAD = ("bad", "circle-alert")
_IDLE = ("idle", "minus")

STATES: dict[str, State] = {
    # Apps and clusters
    "healthy": State(_("Healthy"), *_GOOD),
    "starting": State(_("Starting"), *_BUSY),
    "updating": State(_("Updating"), *_BUSY),
    "deploying": State(_("Deploying"), *_BUSY),
    "degraded": State(_("Degraded"), "warn", "triangle-alert"),
    "crashing": State(_("Crashing"), *_BAD),
    "failing": State(_("Failing"), *_BAD),
    "down": State(_("Down"), *_BAD),
    "stopped": State(_("Stopped"), "idle", "square"),
    "new": State(_("Not deployed"), "idle", "circle-dashed"),
    "not_deployed": State(_("Not deployed"), "idle", "circle-dashed"),
    "deleting": State(_("Deleting"), "warn", "trash-2"),
    "deleted": State(_("Deleted"), "idle", "trash-2"),
    "locked": State(_("Locked"), "warn", "lock"),
    "unknown": State(_("Unknown"), "idle", "circle-question-mark"),
    "reachable": State(_("Reachable"), *_GOOD),
    "connected": State(_("Connected"), *_GOOD),
    "active": State(_("Active"), *_GOOD),
    "ready": State(_("Ready"), *_GOOD),
    "away": State(_("Away"), "bad", "unplug"),
    "short": State(_("Rights missing"), "warn", "key-round"),
    "blind": State(_("May not look"), "bad", "eye-off"),
    "lost": State(_("Away"), "bad", "unplug"),
    "cordoned": State(_("Closed to new apps"), "warn", "lock"),
    "restricted": State(_("Restricted"), "warn", "lock"),
    "suspended": State(_("Suspended"), "warn", "pause"),
    # Freezes
    "frozen": State(_("Frozen"), "warn", "snowflake"),
    "ahead": State(_("To come"), "idle", "clock"),
    "over": State(_("Over"), "idle", "check"),
    # Releases, targets, steps
    "planned": State(_("Planned"), "idle", "clock"),
    "waiting": State(_("Waiting"), *_WAIT),
    "running": State(_("Running"), *_BUSY),
    "acting": State(_("Running"), *_BUSY),
    "watching": State(_("Watching"), *_BUSY),
    "stopping": State(_("Stopping"), "warn", "loader"),
    "paused": State(_("Paused"), "warn", "pause"),
    "aborting": State(_("Aborting"), "warn", "loader"),
    "rolling_back": State(_("Rolling back"), "warn", "undo-2"),
    "succeeded": State(_("Succeeded"), *_GOOD),
    "done": State(_("Done"), *_GOOD),
    "rolled_back": State(_("Rolled back"), "warn", "undo-2"),
    "failed": State(_("Failed"), *_BAD),
    "superseded": State(_("Superseded"), "idle", "skip-forward"),
    "skipped": State(_("Skipped"), "idle", "skip-forward"),
    # Audit outcomes
    "unchanged": State(_("Nothing changed"), *_IDLE),
    "refused": State(_("Refused"), "warn", "ban"),
    "invalid": State(_("Not valid"), "warn", "ban"),
    "forbidden": State(_("No right"), "bad", "shield-x"),
    "conflict": State(_("Out of date"), "warn", "git-compare"),
    "error": State(_("Error"), *_BAD),
    # Tokens and people
    "expired": State(_("Expired"), "idle", "clock"),
    "revoked": State(_("Revoked"), "idle", "ban"),
    "disabled": State(_("Switched off"), "idle", "ban"),
}

# What an instance dot shows: the sign inside it and the word beside it.
INSTANCE_TONES: dict[str, State] = {
    "ready": State(_("ready"), "ready", "✓"),
    "pulling": State(_("pulling"), "pulling", "↓"),
    "starting": State(_("starting"), "starting", "…"),
    "failing": State(_("failing"), "failing", "!"),
    "going": State(_("going away"), "going", "\N{MINUS SIGN}"),
    "old": State(_("previous version"), "old", "·"),
    "unknown": State(_("unknown"), "unknown", "?"),
}


def state_of(value: object) -> State:
    """The look of a stored state; an unknown word is shown as it is, neutral. A `State` passes through."""
    if isinstance(value, State):
        return value
    if isinstance(value, dict):
        known = state_of(value.get("name", ""))
        return State(value.get("word", known.word), value.get("tone", known.tone), value.get("icon", known.icon))
    name = str(value or "unknown")
    return STATES.get(name) or State(name.replace("_", " ").capitalize(), *_IDLE)


def instance_tone(tone: object) -> State:
    return INSTANCE_TONES.get(str(tone)) or INSTANCE_TONES["unknown"]
