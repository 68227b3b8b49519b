"""Fields of objects in a cluster in words, and what is left to others as lines of a change."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps_mgmt.values import Left

_NAME = r'\[name="(?P<name>[^"]+)"\]'
_POD = r"\.spec\.template\.spec"
_BOX = rf"{_POD}\.(?:initContainers|containers){_NAME}"
# The first that fits, with its groups; the rest of a name says what is changed where no sentence does.
_TITLES: tuple[tuple[str, str | Promise], ...] = (
    (r"\.spec\.replicas", gettext_lazy("number of instances")),
    (rf"{_POD}\.containers{_NAME}", gettext_lazy("container {name}")),
    (rf"{_POD}\.initContainers{_NAME}", gettext_lazy("init container {name}")),
    (rf"{_POD}\.volumes{_NAME}", gettext_lazy("volume {name}")),
    (rf"{_BOX}\.image", gettext_lazy("image of {name}")),
    (rf'{_BOX}\.env\[name="(?P<what>[^"]+)"\].*', gettext_lazy("variable {what} of {name}")),
    (rf"{_BOX}\.resources\.limits\.(?P<what>.+)", gettext_lazy("{what} limit of {name}")),
    (rf"{_BOX}\.resources\.requests\.(?P<what>.+)", gettext_lazy("{what} that {name} asks for")),
    (rf'{_BOX}\.ports\[containerPort=(?P<what>\d+),protocol="[A-Z]+"\].*', gettext_lazy("port {what} of {name}")),
    (rf'{_BOX}\.volumeMounts\[mountPath="(?P<what>[^"]+)"\].*', gettext_lazy("volume at {what} of {name}")),
    (rf"{_BOX}\.(?P<what>.+)", gettext_lazy("{what} of {name}")),
    (r"\.spec\.template\.metadata\.labels\.(?P<what>.+)", gettext_lazy("label {what} of its instances")),
    (r"\.spec\.template\.metadata\.annotations\.(?P<what>.+)", gettext_lazy("annotation {what} of its instances")),
    (r"\.metadata\.labels\.(?P<what>.+)", gettext_lazy("label {what}")),
    (r"\.metadata\.annotations\.slipway\.dev/fence", gettext_lazy("annotations of Slipway")),
    (r"\.metadata\.annotations\.(?P<what>.+)", gettext_lazy("annotation {what}")),
    (r"\.spec\.template\.spec\.(?P<what>.+)", gettext_lazy("{what} of its instances")),
    (r'\.spec\.ports\[port=(?P<what>\d+),protocol="[A-Z]+"\].*', gettext_lazy("port {what}")),
    (r"\.spec\.(?P<what>.+)", gettext_lazy("{what}")),
)


def field_title(name: str) -> str:
    """`.spec.template.spec.containers[name="web"].image` → `image of web`."""
    for pattern, title in _TITLES:
        if found := re.fullmatch(pattern, name):
            return str(title).format(**found.groupdict())
    return name.removeprefix(".")


def rows(before: Iterable[Left], after: Iterable[Left]) -> list[dict[str, Any]]:
    """Lines {label, before, after, kind} of what is left to others, or no longer."""
    old, new = ({one.place: one for one in some} for some in (before, after))
    told = []
    for place in sorted(old.keys() | new.keys()):
        was, now = _words(old.get(place)), _words(new.get(place))
        if was != now:
            cluster, what, field = place
            label = f"{cluster} · {what.partition('/')[2]}: {field_title(field)}"
            told.append({"label": label, "before": was, "after": now, "kind": _kind(was, now)})
    return told


def _words(left: Left | None) -> str | None:
    return _("left to {manager}").format(manager=left.manager) if left else None


def _kind(was: str | None, now: str | None) -> str:
    return "added" if was is None else "removed" if now is None else "changed"
