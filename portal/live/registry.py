"""What a kind of topic shows, and who may watch it: registered by the room that owns the objects."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from portal.errors import UserError

if TYPE_CHECKING:
    from portal.access.actor import Actor

Renderer = Callable[[str], dict[str, str]]
Guard = Callable[["Actor", str], bool]
Duty = Callable[[Any], object]
F = TypeVar("F", bound=Callable[..., object])

TOPIC = re.compile(r"[a-z][a-z_]{0,30}:[A-Za-z0-9._-]{1,64}", re.ASCII)

_renderers: dict[str, Renderer] = {}
_guards: dict[str, Guard] = {}
_duties: dict[str, Duty] = {}


def renderer(kind: str) -> Callable[[Renderer], Renderer]:
    """Register `fn(id) -> {element id: HTML}` for topics `<kind>:<id>`.

    The HTML holds facts only, the same for everyone who may see the topic. It may be rendered in any process.
    """

    def register(function: Renderer) -> Renderer:
        _once(_renderers, kind, function)
        return function

    return register


def guard(kind: str) -> Callable[[Guard], Guard]:
    """Register `fn(actor, id) -> bool`: may this actor watch `<kind>:<id>`? It asks the doorway; a refusal is False."""

    def register(function: Guard) -> Guard:
        _once(_guards, kind, function)
        return function

    return register


def duty(function: Duty) -> Duty:
    """Register `fn(user)`, true of somebody signed in who has something to do before they may watch anything."""
    _once(_duties, function.__qualname__, function)
    return function


def has_duty(user: Any) -> bool:
    """Whether a person has something to do first."""
    return any(function(user) for function in _duties.values())


def may_watch(actor: Actor, topic: object) -> bool:
    """Whether the actor may watch. A topic that is badly written, unknown or another's: False alike."""
    if not isinstance(topic, str) or not TOPIC.fullmatch(topic):
        return False
    kind, _, topic_id = topic.partition(":")
    allowed = _guards.get(kind)
    if allowed is None or actor.user_id is None:
        return False
    try:
        return bool(allowed(actor, topic_id))
    except UserError:
        return False


def render(topic: str) -> dict[str, str]:
    """The fragments of a topic as they are now; empty when its kind shows none."""
    kind, _, topic_id = topic.partition(":")
    function = _renderers.get(kind)
    return {} if function is None else function(topic_id)


def _once(known: dict[str, F], kind: str, function: F) -> None:
    if kind in known and known[kind].__qualname__ != function.__qualname__:
        raise RuntimeError(f"The topic kind {kind!r} is registered twice.")
    known[kind] = function
