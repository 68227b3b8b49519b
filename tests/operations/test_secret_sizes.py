"""Secrets of an app go into one object of a cluster each: more than fits there is refused where it is set."""

from __future__ import annotations

import pytest

from apps_mgmt import secrets
from portal.errors import Refused
from tests.operations.stage import Shop


def test_the_size_of_a_secret_is_known_without_opening_it(shop: Shop) -> None:
    for number, text in enumerate(("a", "é" * 100, "v" * 5_000), start=1):
        shop.do("secret.set", name="API_KEY", value=text)
        known = secrets.sizes(shop.app.pk, ["API_KEY"])["API_KEY", number]
        assert 0 <= known - len(text.encode()) <= 2


def test_more_than_fits_into_one_object_is_refused_and_leaves_nothing(shop: Shop) -> None:
    for number in range(6):  # 65,000 characters are 130,000 bytes here, of 900,000
        shop.do("secret.set", name=f"KEY_{number}", value="é" * 65_000)
    with pytest.raises(Refused, match="900 kB"):
        shop.do("secret.set", name="KEY_6", value="é" * 65_000)

    assert secrets.next_number(shop.app.pk, "KEY_6") == 1
    shop.do("secret.set", name="KEY_6", value="é" * 65_000, process="web")  # an object of its own
    shop.do("process.scale", process="web", replicas=3)
