"""Names, images and amounts, as people type them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps_mgmt.spec import AppSpec, SpecError, check_app_name, check_for, parse_image
from apps_mgmt.spec.cron import check_cron
from apps_mgmt.spec.names import MAX_OBJECT_NAME, check_env_name, check_host, check_label_key
from apps_mgmt.spec.quantity import (
    bytes_of,
    format_bytes,
    format_millicores,
    human_bytes,
    human_millicores,
    millicores,
    parse,
)


@pytest.mark.parametrize("name", ["shop", "a", "shop-2", "x" * 40])
def test_an_app_may_be_called_so(name: str) -> None:
    check_app_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "Shop", "2shop", "-shop", "shop-", "a--b", "shop_1", "shop.a", "x" * 41, "admin", "slipway", "größe", "a\n"],
)
def test_an_app_may_not_be_called_so(name: str) -> None:
    with pytest.raises(SpecError):
        check_app_name(name)


def test_the_names_of_all_objects_stay_within_52_characters() -> None:
    spec = AppSpec().with_new_process("w" * 12, image="a")
    check_for(spec, app="x" * 30)
    assert len("x" * 30 + "--" + "w" * 12 + "--canary") <= MAX_OBJECT_NAME
    with pytest.raises(SpecError, match="Shorten"):
        check_for(spec, app="x" * 33)


def test_a_process_cannot_have_a_name_that_forms_use() -> None:
    with pytest.raises(SpecError, match="all"):
        AppSpec().with_new_process("all", image="a")


@pytest.mark.parametrize("name", ["9A", "A-B", "", "A B", "SLIPWAY_APP", "Ä", "A\n"])
def test_a_variable_may_not_be_called_so(name: str) -> None:
    with pytest.raises(SpecError):
        check_env_name(name)


@pytest.mark.parametrize(
    "host", ["localhost", "Shop.example.com", "http://a.b", "a..b", "a.b/", "-a.b", "", "a.b\n", "1.2.3 "]
)
def test_what_is_no_host_is_refused(host: str) -> None:
    with pytest.raises(SpecError):
        check_host(host)


def test_a_wildcard_host_is_a_host() -> None:
    check_host("*.example.com")


@pytest.mark.parametrize(
    "key", ["kubernetes.io/x", "app.kubernetes.io/name", "slipway.dev/app", "k8s.io/a", "a b", "", "/x"]
)
def test_reserved_and_broken_label_keys_are_refused(key: str) -> None:
    with pytest.raises(SpecError):
        check_label_key(key, field="labels")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("nginx", ("", "nginx", "", "")),
        ("nginx:1.27", ("", "nginx", "1.27", "")),
        ("library/nginx", ("", "library/nginx", "", "")),
        ("localhost/a:x", ("localhost", "a", "x", "")),
        ("registry:5000/a/b:1", ("registry:5000", "a/b", "1", "")),
        ("gcr.io/p/r@sha256:" + "a" * 64, ("gcr.io", "p/r", "", "sha256:" + "a" * 64)),
        ("r.example.com/a:1@sha256:" + "0" * 64, ("r.example.com", "a", "1", "sha256:" + "0" * 64)),
    ],
)
def test_an_image_is_read_in_its_parts(text: str, parts: tuple[str, str, str, str]) -> None:
    image = parse_image(f"  {text} ")
    assert (image.registry, image.repository, image.tag, image.digest) == parts
    assert str(image) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "needed"),
        ("https://gcr.io/a", "leave out"),
        ("Nginx", "lower-case"),
        ("a:b c", "tag"),
        ("a:", "tag"),
        ("a@sha256:12", "digest"),
        ("a@", "digest"),
        ("reg:99999999/a", "registry"),
        ("a//b", "name of an image"),
        ("a" * 600, "512"),
        ("a\nb", "name of an image"),
        ("localhost:99999/a:1", "99999 is not a port"),
        ("registry.example.com/" + "a" * 240, "more than 255 characters"),
    ],
)
def test_what_is_no_image_is_refused_by_the_part_that_is_wrong(text: str, words: str) -> None:
    with pytest.raises(SpecError, match=f"(?i){words}"):
        parse_image(text)


def test_an_image_is_changed_part_by_part() -> None:
    image = parse_image("gcr.io/a/b:1")
    assert str(image.with_tag("2")) == "gcr.io/a/b:2"
    assert str(image.with_registry("mirror.example.com")) == "mirror.example.com/a/b:1"
    assert str(image.with_digest("sha256:" + "a" * 64)).endswith("@sha256:" + "a" * 64)
    assert parse_image("a").floating and parse_image("a:latest").floating and not image.floating
    assert image.short == "b:1"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("250m", "0.25"),
        ("1.5", "1.5"),
        ("64Mi", "67108864"),
        ("1e3", "1000"),
        ("1E", "1000000000000000000"),
        ("2k", "2000"),
        (".5", "0.5"),
    ],
)
def test_a_quantity_is_read(text: str, amount: str) -> None:
    assert parse(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text", ["", "-1", "+1", "1 Gi", "1GiB", "abc", "1e99", "1e9999999", "9" * 50, "NaN", "inf", "٣", "1_0", "8Ei" * 9]
)
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(SpecError):
        parse(text)


@given(st.integers(1, 10**9))
def test_millicores_survive_writing_and_reading(amount: int) -> None:
    assert millicores(format_millicores(amount)) == amount


@given(st.integers(1, 2**60))
def test_bytes_survive_writing_and_reading(amount: int) -> None:
    assert bytes_of(format_bytes(amount)) == amount


def test_amounts_are_rounded_up_and_worded() -> None:
    assert millicores("0.0001") == 1
    assert bytes_of("100m") == 1
    assert (human_millicores(250), human_millicores(2000)) == ("0.25 CPU", "2 CPU")
    assert (human_bytes(64 * 1024**2), human_bytes(3 * 1024**3 // 2), human_bytes(12)) == ("64 MiB", "1.5 GiB", "12 B")


@pytest.mark.parametrize("line", ["* * * * *", "*/5 0 1 1 0", "30 6 * jan-mar mon-fri", "0,30 1-5/2 * * 7"])
def test_a_cron_line_is_accepted(line: str) -> None:
    check_cron(line)


@pytest.mark.parametrize(
    "line",
    ["", "* * * *", "60 * * * *", "* 24 * * *", "5-1 * * * *", "*/0 * * * *", "@daily", "* * 0 * *", "x * * * *"],
)
def test_what_is_no_cron_line_is_refused(line: str) -> None:
    with pytest.raises(SpecError):
        check_cron(line)
