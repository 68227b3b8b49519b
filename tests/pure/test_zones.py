"""Which names are time zones of the world."""

from __future__ import annotations

import pytest

from portal.zones import is_zone


@pytest.mark.parametrize(
    "name", ["UTC", "Europe/Berlin", "Asia/Shanghai", "America/Argentina/Buenos_Aires", "Etc/GMT+5"]
)
def test_zones_of_the_world_are_taken(name: str) -> None:
    assert is_zone(name)


@pytest.mark.parametrize(
    "name",
    [
        "localtime",
        "Factory",
        "posixrules",
        "posix/Europe/Berlin",
        "right/Europe/Berlin",
        "Europe",
        "Moon/Crater",
        "",
        "../UTC",
        "/etc/localtime",
        "zone.tab",
        "x" * 300,
    ],
)
def test_what_machines_have_beside_them_and_what_is_none_are_not(name: str) -> None:
    assert not is_zone(name)
