"""Finds operations: every module under a room's `operations` package is imported once, when Django is ready."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from functools import lru_cache

from portal.errors import NotFound
from portal.operations.operation import REGISTRY, Operation

ROOMS = ("tenants", "apps_mgmt", "releases")


@lru_cache(maxsize=1)
def discover() -> None:
    """Import all modules below `<room>.operations`, which registers the operations in them."""
    for room in ROOMS:
        name = f"{room}.operations"
        if importlib.util.find_spec(name) is None:
            continue
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, prefix=f"{name}."):
            importlib.import_module(module.name)


def find(name: str) -> type[Operation]:
    """The operation called `name`; NotFound with the nearest names when there is none."""
    discover()
    operation = REGISTRY.get(name)
    if operation is None:
        raise NotFound(_unknown(name))
    return operation


def all_operations() -> list[type[Operation]]:
    """Every operation, sorted by name."""
    discover()
    return [REGISTRY[name] for name in sorted(REGISTRY)]


def _unknown(name: str) -> str:
    import difflib

    from django.utils.translation import gettext as _

    near = difflib.get_close_matches(name, REGISTRY, n=3)
    if near:
        return _("There is no operation {name}. Did you mean {near}?").format(name=name[:64], near=", ".join(near))
    return _("There is no operation {name}. `manage.py operations` lists them all.").format(name=name[:64])
