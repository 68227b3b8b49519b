"""A name that is a plain variable and becomes a secret, or the other way: nobody does that without being told."""

from __future__ import annotations

import pytest

from portal.errors import Refused
from tests.operations.stage import Shop

PLAIN = [{"name": "API_KEY", "value": "abc"}]


def warned(shop: Shop, operation: str, **data: object) -> list[str]:
    preview = shop.preview(operation, **data).preview
    assert preview is not None
    return [str(one) for one in preview.warnings if "API_KEY" in str(one)]


@pytest.mark.parametrize("process", ["", "web"])
def test_a_secret_in_place_of_a_plain_variable_is_said(shop: Shop, process: str) -> None:
    shop.do("env.set", env=PLAIN, process=process)

    (said,) = warned(shop, "secret.set", name="API_KEY", value="s3cret", process=process)
    assert said.startswith("API_KEY is a plain variable now: the secret replaces it.")
    assert "earlier revisions" in said


def test_a_secret_that_a_plain_variable_of_a_process_hides_is_said(shop: Shop) -> None:
    shop.do("env.set", env=PLAIN, process="web")

    (said,) = warned(shop, "secret.set", name="API_KEY", value="s3cret", process="")
    assert said == "web has a plain variable API_KEY of its own, which counts there. Remove that one first."


def test_a_new_secret_and_a_new_value_of_one_are_nothing_to_notice(shop: Shop) -> None:
    assert warned(shop, "secret.set", name="API_KEY", value="one") == []
    shop.do("secret.set", name="API_KEY", value="one")
    assert warned(shop, "secret.set", name="API_KEY", value="two") == []


@pytest.mark.parametrize("process", ["", "web"])
def test_a_plain_value_does_not_take_the_place_of_a_secret(shop: Shop, process: str) -> None:
    shop.do("secret.set", name="API_KEY", value="s3cret", process=process)

    for attempt in (shop.preview, shop.do):
        with pytest.raises(Refused, match="API_KEY is a secret"):
            attempt("env.set", env=PLAIN, process=process)


def test_going_back_to_a_plain_value_is_said(shop: Shop) -> None:
    shop.do("env.set", env=PLAIN)
    shop.do("secret.set", name="API_KEY", value="s3cret")

    (said,) = warned(shop, "draft.undo")
    assert said.startswith("API_KEY is a secret now: a plain value replaces it")


def test_a_value_for_all_that_a_variable_of_a_process_hides_is_said(shop: Shop) -> None:
    shop.do("env.set", env=PLAIN, process="web")
    hidden = "web has API_KEY of its own, which counts there: what is set for all does not reach it."

    assert warned(shop, "env.set", env=PLAIN) == [hidden]
    assert warned(shop, "env.set", env=[{"name": "API_KEY", "value": "other"}], process="web") == []
    shop.do("env.set", env=PLAIN)
    assert warned(shop, "env.set", env=PLAIN) == warned(shop, "process.scale", process="web", replicas=3) == []


def test_a_value_for_all_that_a_secret_of_a_process_hides_is_said(shop: Shop) -> None:
    shop.do("secret.set", name="API_KEY", value="s3cret", process="web")
    assert warned(shop, "env.set", env=PLAIN)[0].startswith("web has API_KEY of its own, which counts there")
