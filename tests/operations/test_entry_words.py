"""Sentences of the log whose values may be blank read well all the same."""

from __future__ import annotations

from portal.audit.models import AuditEntry
from portal.audit.wording import titles, words, words_of


def test_a_restart_of_all_processes_says_so() -> None:
    assert words_of("process.restart", {"process": "", "release": 2}) == "restarted all processes with release 2"


def test_a_decision_without_a_comment_ends_with_its_number() -> None:
    values = {"decision": "grant", "number": "6", "comment": ""}
    assert words_of("quota.decide", values) == "granted the quota request 6"


def test_a_refused_sign_in_is_named_in_words() -> None:
    assert words(AuditEntry(operation="account.sign_in", outcome="refused")) == "was refused: Sign in"


def test_whatever_can_stand_in_the_log_has_a_title() -> None:
    assert [name for name, title in titles().items() if str(title) == name] == []
