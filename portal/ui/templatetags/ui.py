"""Components as template tags. Each draws one thing the same way everywhere; markup lives in templates/components."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.template.loader import get_template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from portal.ui import figures, icons
from portal.ui.states import instance_tone, state_of

register = template.Library()

COLOURS = ("slate", "red", "orange", "amber", "green", "teal", "blue", "violet", "pink")


@register.simple_tag
def icon(name: str, size: int = 16, label: str = "") -> SafeString:
    """An inline SVG of the lucide set; decoration unless it has a label."""
    return icons.svg(str(name), size=size, label=str(label))


@register.simple_tag
def state(value: object, word: str = "") -> SafeString:
    """A pill with icon and word for a stored state, a `State`, or a dict of word, tone and icon."""
    look = state_of(value)
    return format_html(
        '<span class="pill {}">{}<span>{}</span></span>', look.tone, icon(look.icon, 14), word or look.word
    )


@register.simple_tag
def avatar(name: str, colour: str = "", size: str = "") -> SafeString:
    """Initials on a colour: the one given, else one that follows from the name."""
    chosen = colour if colour in COLOURS else COLOURS[zlib.crc32(str(name).encode()) % len(COLOURS)]
    return format_html(
        '<span class="avatar {} {}" aria-hidden="true">{}</span>', f"hue-{chosen}", size, figures.initials(str(name))
    )


@register.simple_tag
def ago(when: datetime | None) -> SafeString:
    """A moment, told relative to now by the browser, exact on hover. Without scripts: date and time."""
    return _time(when, "%Y-%m-%d %H:%M", kind="relative")


@register.simple_tag
def clock(when: datetime | None) -> SafeString:
    """The time of day, for lines that follow each other closely; date on hover."""
    return _time(when, "%H:%M:%S", kind="clock")


def _time(when: datetime | None, pattern: str, *, kind: str) -> SafeString:
    # What a template does not find is an empty text.
    if not when:
        return mark_safe('<span class="muted">-</span>')
    local = timezone.localtime(when)
    return format_html(
        '<time datetime="{}" title="{}" data-time="{}">{}</time>',
        when.isoformat(timespec="seconds"),
        local.strftime("%Y-%m-%d %H:%M:%S %Z"),
        kind,
        local.strftime(pattern),
    )


@register.filter
def duration(value: float | timedelta | None) -> str:
    """Seconds or a timedelta in words: 0.2 s, 14 s, 1 min 52 s, 3 h 5 min, 2 d 4 h."""
    return figures.duration(value)


@register.filter
def key(item: Any, name: str) -> Any:
    """A key of a dict whose name is also a method of dicts, where a dot would find the method."""
    return figures.read(item, name)


@register.filter
def amount(value: object) -> str:
    """A number without needless zeros: 0.5, 12, 3.25."""
    return figures.amount(value)


@register.inclusion_tag("components/instances.html")
def instances(items: Sequence[Any], label: str = "") -> dict[str, Any]:
    """A grid of dots. Items: name, tone (see INSTANCE_TONES), phase, version, cluster, words, restarts."""
    return {"items": items, "label": label}


@register.filter
def sized(row: Any, name: str) -> str:
    """An amount of a quota row with its unit."""
    return figures.sized(row, name, always=True)


@register.filter
def tone(value: object) -> Any:
    """The sign and word of an instance tone."""
    return instance_tone(value)


@register.inclusion_tag("components/quota_bar.html")
def quota_bar(row: Any, compare: bool = False) -> dict[str, Any]:
    """A bar "X of Y unit". Row: title or label, unit, used, limit, after (or None), short (sentence), more_url, note
    (words about the limit), limit_before (where the limit itself changes, or might have).

    `compare`: say what it is afterwards also when that is the same.
    """
    used, limit, after = (figures.read(row, key) for key in ("used", "limit", "after"))
    texts = {key: figures.sized(row, key) for key in ("used", "limit", "after")}
    before = figures.read(row, "limit_before")
    if before is not None:
        limits = {"limit": figures.sized(row, "limit_before"), "then": texts["limit"] if before != limit else ""}
        bar = figures.bar(used, limit, used)
        title = figures.read(row, "title") or figures.read(row, "label")
        return {"row": row, "title": title, "texts": texts | limits, "moves": False, "bar": bar}
    title = figures.read(row, "title") or figures.read(row, "label")
    moves = after is not None and (compare or after != used)
    return {"row": row, "title": title, "texts": texts, "moves": moves, "bar": figures.bar(used, limit, after)}


@register.inclusion_tag("components/course.html")
def course(waves: Sequence[Any]) -> dict[str, Any]:
    """What is done step by step, with the numbers after each step. Waves: as in `Preview.course`."""
    return {"waves": figures.course(waves)}


@register.inclusion_tag("components/diff.html")
def diff(lines: str | Sequence[Any], label: str = "") -> dict[str, Any]:
    """Lines of kind add, del, at or same; a unified diff as text is taken apart."""
    return {"lines": figures.diff_lines(lines), "label": label}


@register.inclusion_tag("components/changes.html")
def changes(rows: Sequence[Any], label: str = "") -> dict[str, Any]:
    """Rows of label, before, after, kind (added, removed, changed), or groups of title and such changes."""
    return {"groups": figures.grouped(rows or ()), "label": label}


@register.inclusion_tag("components/actions.html", takes_context=True)
def actions(
    context: template.Context, items: Sequence[Any], more: Sequence[Any] = (), label: str = ""
) -> dict[str, Any]:
    """Buttons: title, url, tone (primary, danger, quiet), icon, dialog, method (get, post), why (if blocked)."""
    return {"items": items, "more": more, "label": label, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("components/crumbs.html")
def crumbs(*pairs: str) -> dict[str, Any]:
    """Breadcrumbs from title, url, title, url …; the last one needs no url."""
    items = [{"title": pairs[i], "url": pairs[i + 1] if i + 1 < len(pairs) else ""} for i in range(0, len(pairs), 2)]
    return {"items": items}


@register.inclusion_tag("components/crumbs.html")
def trail(pages: Sequence[tuple[Any, str]], here: Any) -> dict[str, Any]:
    """Breadcrumbs from pairs of title and url, and the title of the page itself."""
    return {"items": [{"title": title, "url": url} for title, url in [*pages, (here, "")]]}


@register.inclusion_tag("components/tabs.html")
def tabs(items: Sequence[Any], label: str = "") -> dict[str, Any]:
    """Tabs that are links: title, url, current, count."""
    return {"items": items, "label": label}


@register.inclusion_tag("components/paging.html", takes_context=True)
def paging(context: template.Context, page: Any) -> dict[str, Any]:
    """Older and newer by key. Page: older_url, newer_url, words ("1 to 50 of about 1200 entries")."""
    return {"page": page}


@register.inclusion_tag("components/empty.html")
def empty(
    title: str, text: str = "", url: str = "", action: str = "", icon_name: str = "package-open"
) -> dict[str, Any]:
    """What belongs here, and the first action."""
    return {"title": title, "text": text, "url": url, "action": action, "icon_name": icon_name}


@register.inclusion_tag("components/timeline.html")
def timeline(items: Sequence[Any], exact: bool = False) -> dict[str, Any]:
    """Events, newest first: at, text, note, tone, who, url, link. `exact` shows the time of day."""
    return {"items": items, "exact": exact}


@register.simple_tag
def field(item: Any) -> str:
    """One form field with its label, drawn by the template of its kind."""
    kind = figures.read(item, "kind")
    own = kind in {"checkbox", "rows", "multi", "hidden"}
    return _control(item, f"components/fields/{kind}.html" if own else "components/field.html", cell=False)


@register.simple_tag
def cell(item: Any) -> str:
    """The control of a field inside a row, and its errors; its column heading is its label."""
    control = _control(item, f"components/fields/{figures.read(item, 'kind')}.html", cell=True)
    errors = {"errors": figures.read(item, "errors"), "id": figures.field_id(item)}
    return control + get_template("components/error.html").render(errors)


def _control(item: Any, name: str, *, cell: bool) -> str:
    context = {
        "field": item,
        "id": figures.field_id(item),
        "inner": f"components/fields/{figures.read(item, 'kind')}.html",
        "offer_blank": figures.offers_blank(item),
        "cell": cell,
    }
    return get_template(name).render(context)


@register.simple_block_tag
def card(content: SafeString, title: str, url: str = "", link: str = "", note: str = "", flush: bool = False) -> str:
    """A titled box; `url` and `link` make a quiet link at its end; `flush` lets a table touch its edges."""
    context = {"title": title, "content": content, "url": url, "link": link, "note": note, "flush": flush}
    return get_template("components/card.html").render(context)


@register.simple_block_tag
def banner(content: SafeString, tone: str = "info", title: str = "", live: bool = False) -> str:
    """A notice across the page. Tones: info, good, warn, bad."""
    context = {"tone": tone, "title": title, "content": content, "live": live}
    return get_template("components/banner.html").render(context)
