"""Which kinds an agent knows all of: what a snapshot says of the others, and which apps are told once more."""

from __future__ import annotations

from releases.agent.listing import Listing

SAID: dict[str, object] = {"workloads": [], "pods": [], "fencing": 3}


def test_a_snapshot_names_what_was_not_listed_and_is_told_once_more_when_it_was() -> None:
    listing = Listing()
    assert listing.told("a", SAID) == {**SAID, "unlisted": ["CloneSet", "StatefulSet"]}
    assert listing.works("StatefulSet") == {"a"}
    assert listing.told("b", SAID) == {**SAID, "unlisted": ["CloneSet"]}
    assert listing.works("Deployment") == set()
    assert listing.works("CloneSet") == {"b"}
    assert listing.told("a", SAID) == SAID
    assert listing.works("CloneSet") == set()


def test_what_is_refused_is_news_once_and_unlisted_until_it_works_again() -> None:
    listing = Listing()
    listing.works("CloneSet")
    assert [listing.refuse("StatefulSet"), listing.refuse("StatefulSet")] == [True, False]
    assert listing.refused == {"StatefulSet"}
    assert listing.told("a", SAID)["unlisted"] == ["StatefulSet"]
    assert listing.works("StatefulSet") == {"a"}
    assert listing.refused == frozenset()
    assert listing.refuse("StatefulSet")


def test_it_is_open_until_each_kind_was_answered_for_one_way_or_the_other() -> None:
    for answers in (Listing.works, Listing.fails, Listing.refuse):
        listing = Listing()
        listing.works("StatefulSet")
        assert listing.is_open
        answers(listing, "CloneSet")
        assert not listing.is_open
