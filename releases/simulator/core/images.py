"""What an image does here, read from its tag, and how long it takes to get.

With ``broken`` it runs and is ready, and answers whatever it is asked with 500. What a Job runs comes to its end after
a moment, and has succeeded unless it crashes; with ``stall`` it runs for ever.
"""

from __future__ import annotations

from dataclasses import dataclass

from .objects import Object, fraction

CRASH = "crash"
MISSING = "missing"
STALL = "stall"
SLOW = "slow"
BROKEN = "broken"
_SLOW_PULL = 10.0
_CACHED_CHECK = 0.15


@dataclass(frozen=True, slots=True)
class Image:
    """A parsed reference and its conduct: empty, or one of the words above."""

    reference: str
    name: str
    tag: str
    conduct: str

    @property
    def pull_seconds(self) -> float:
        return 0.5 + 0.6 * fraction(self.reference) + (_SLOW_PULL if self.conduct == SLOW else 0.0)


def parse(reference: str) -> Image:
    """Take a reference apart; tag ``crash`` or ``crash-anything`` is what makes an image crash, and so on."""
    bare = reference.partition("@")[0]
    head, _, last = bare.rpartition("/")
    name, _, tag = last.partition(":")
    conduct = tag.partition("-")[0]
    known = conduct if conduct in (CRASH, MISSING, STALL, SLOW, BROKEN) else ""
    return Image(reference, f"{head}/{name}" if head else name, tag or "latest", known)


def canonical(image: Image) -> str:
    """The reference with registry and tag spelled out, as a container runtime names it."""
    first, slash, _ = image.name.partition("/")
    name = image.name
    if not slash:
        name = f"docker.io/library/{name}"
    elif "." not in first and ":" not in first and first != "localhost":
        name = f"docker.io/{name}"
    return name if "@" in image.reference else f"{name}:{image.tag}"


def missing_message(image: Image) -> str:
    full = canonical(image)
    return (
        f'rpc error: code = NotFound desc = failed to pull and unpack image "{full}": failed to resolve reference '
        f'"{full}": {full}: not found'
    )


def pull_seconds(image: Image, container: Object, *, cached: bool) -> float | None:
    """Seconds a pull takes; None when the image is there and need not be asked for."""
    policy = container.get("imagePullPolicy", "IfNotPresent")
    if cached and policy != "Always":
        return None
    return _CACHED_CHECK if cached else image.pull_seconds


def size_bytes(image: Image) -> int:
    return 15_000_000 + int(fraction(image.name) * 180_000_000)
