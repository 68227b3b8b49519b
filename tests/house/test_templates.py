"""Texts in templates can be translated: no bare English between the tags, nor in the attributes people read."""

from __future__ import annotations

import re

import pytest

from tests.house.tree import File, product

# The gallery shows pieces with sample words, to those who build pages; it is there in debug mode only.
EXCEPTED = {"templates/components/gallery.html": "sample words, for debug mode only"}
# The product's name and the names of keys are the same in every language.
SAME_EVERYWHERE = {"Slipway", "Ctrl", "K", "Esc", "Enter"}
READ_BY_PEOPLE = re.compile(r'\b(title|aria-label|placeholder|alt)="([^"]*)"')
TRANSLATED = re.compile(
    r"{%\s*comment.*?endcomment\s*%}|{%\s*blocktranslate.*?endblocktranslate\s*%}|{#.*?#}", re.DOTALL
)
CODE = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
TAG = re.compile(r"<[a-zA-Z/!][^>]*>", re.DOTALL)
WORD = re.compile(r"[A-Za-z]{2,}")


def bare_words(text: str) -> list[str]:
    """The English words in a template that no `translate` would find."""
    text = CODE.sub("\0", TRANSLATED.sub("", text))
    shown = [value for _name, value in READ_BY_PEOPLE.findall(text)]
    if "<" in text:  # a file without tags is a list of attributes, which others include
        shown.append(re.sub(r"&\w+;", "", TAG.sub("\n", text)))
    return [word for part in shown for word in WORD.findall(part) if word not in SAME_EVERYWHERE]


@pytest.mark.parametrize(
    "text",
    ["<p>Sign in</p>", '<button title="Close">x</button>', "<p>{{ count }} apps</p>", "{% if a %}<b>No{% endif %}"],
)
def test_bare_words_are_seen(text: str) -> None:
    assert bare_words(text)


@pytest.mark.parametrize(
    "text",
    [
        "<p>{% translate 'Sign in' %}</p>",
        "<p>{% blocktranslate %}Sign in{% endblocktranslate %}</p>",
        "<b>Slipway</b> &nbsp; {{ app.name }} · {# a remark #}",
        '<button title="{% translate "Close" %}" class="close">x</button>',
    ],
)
def test_what_is_translated_is_passed(text: str) -> None:
    assert not bare_words(text)


def test_every_text_of_every_template_can_be_translated() -> None:
    found: dict[File, list[str]] = {one: bare_words(one.text) for one in product(".html") if one.path not in EXCEPTED}
    assert found and not {str(one): words for one, words in found.items() if words}
