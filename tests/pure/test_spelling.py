"""What hides in a text, or turns it around, is found; what scripts and emoji need is not."""

from __future__ import annotations

import pytest

from portal.spelling import as_read, misleads, spelled_out

FAMILY = "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}"
PERSIAN = "\u0645\u06cc\N{ZERO WIDTH NON-JOINER}\u062e\u0648\u0627\u0647\u0645"


@pytest.mark.parametrize(
    "text",
    [
        "\N{RIGHT-TO-LEFT OVERRIDE}elas",
        "\N{LEFT-TO-RIGHT ISOLATE}x",
        "one\N{LINE SEPARATOR}two",
        "sa\N{ZERO WIDTH SPACE}le",
        "\N{ZERO WIDTH SPACE}",
        "sa\N{WORD JOINER}le",
        "\N{ZERO WIDTH NO-BREAK SPACE}sale",
        "sa\N{SOFT HYPHEN}le",
        "\N{HANGUL FILLER}",
        "sa\N{ZERO WIDTH JOINER}le",
        "\N{ZERO WIDTH NON-JOINER}",
        "sa\N{ZERO WIDTH JOINER}\N{ZERO WIDTH JOINER}le",
    ],
)
def test_what_nobody_sees_is_found_and_shown_as_its_number(text: str) -> None:
    assert misleads(text)
    shown = spelled_out(text)
    assert shown != text and not misleads(shown)


@pytest.mark.parametrize(
    "text",
    [
        *("The sale begins on Friday", "two\nlines\tand a tab", "na\u00efve caf\u00e9", "\u4ea4\u6613", ""),
        *("\u05e9\u05dc\u05d5\u05dd", PERSIAN, FAMILY, f"Ask {FAMILY} first"),
    ],
)
def test_what_people_write_is_left_alone(text: str) -> None:
    assert not misleads(text)
    assert spelled_out(text) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("0perator", "operator"),
        ("adm1n", "admin"),
        ("P1atform", "platform"),
        ("eng1ne", "engine"),
        ("v13w3r", "viewer"),
    ],
)
def test_digits_are_read_as_the_letters_they_are_put_for(text: str, name: str) -> None:
    assert as_read(text) == as_read(name)
    assert as_read(f"{name} 2") != as_read(name)
