"""The icons of the lucide set, as inline SVG."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from xml.etree import ElementTree
from zipfile import ZipFile

from django.utils.safestring import SafeString, mark_safe

_NAMESPACE = "{http://www.w3.org/2000/svg}"


@lru_cache(maxsize=1024)
def svg(name: str, *, size: int = 24, label: str = "") -> SafeString:
    """The icon, `size` pixels wide and high; decoration unless it has a label. KeyError when the set has none of it."""
    # Kept, because a page has dozens and drawing one parses XML.
    drawing = ElementTree.fromstring(_drawings().read(f"{name}.svg"))
    for node in drawing.iter():
        node.tag = node.tag.removeprefix(_NAMESPACE)
    meaning = {"role": "img", "aria-label": label} if label else {"aria-hidden": "true", "focusable": "false"}
    drawing.attrib.update({"width": str(size), "height": str(size), **meaning, "class": "icon"})
    return mark_safe(ElementTree.tostring(drawing, encoding="unicode"))


@cache
def _drawings() -> ZipFile:
    """The set, opened once. Its own template tag opens it for each icon, and reads the list of all 1,700 each time."""
    return ZipFile(files("lucide").joinpath("lucide.zip").open("rb"))
