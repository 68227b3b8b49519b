"""The files of the repository, as the rules read them: what git tracks, and what is new and not ignored."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("portal", "tenants", "apps_mgmt", "releases")
PRODUCT = (*ROOMS, "templates", "static", "manage.py")
_NOT_OURS = {".venv", ".git", ".slipway", "__pycache__"}


@dataclass(frozen=True)
class File:
    """A file by its path inside the repository, with forward slashes; examples in rules are files too."""

    path: str
    given: str | None = None

    @cached_property
    def text(self) -> str:
        return (ROOT / self.path).read_text(encoding="utf-8") if self.given is None else self.given

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.path).suffix

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name

    @property
    def folders(self) -> tuple[str, ...]:
        return PurePosixPath(self.path).parts[:-1]

    @property
    def is_product(self) -> bool:
        return PurePosixPath(self.path).parts[0] in PRODUCT and "migrations" not in self.folders

    def __str__(self) -> str:
        return self.path


@lru_cache(maxsize=1)
def files() -> tuple[File, ...]:
    """Every file there is; without git (an unpacked archive) whatever lies in the folder."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(asked, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        listed = [one.as_posix() for one in found if _NOT_OURS.isdisjoint(one.parts)]
    return tuple(File(path) for path in sorted(filter(None, listed)) if (ROOT / path).is_file())


def product(*suffixes: str) -> tuple[File, ...]:
    """The files of the product (no tests, no migrations) with one of these endings."""
    return tuple(one for one in files() if one.is_product and one.suffix in suffixes)
