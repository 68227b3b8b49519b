"""Sentences of the log whose values may be blank read well all the same."""

from __future__ import annotations

from portal.audit.wording import words_of


def test_a_restart_of_all_processes_says_so() -> None:
    assert words_of("process.restart", {"process": "", "release": 2}) == "restarted all processes with release 2"


def test_a_decision_without_a_comment_ends_with_its_number() -> None:
    values = {"decision": "grant", "number": "6", "comment": ""}
    assert words_of("quota.decide", values) == "granted the quota request 6"
