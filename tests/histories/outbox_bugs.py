"""Bugs of the outbox, and of what sends and carries out its rows, each with the test that has to find it."""

from __future__ import annotations

from tests.histories.planting import Bug

CLAIMS = "tests.releases.test_outbox_claims"

OUTBOX_BUGS = (
    Bug(
        "portal/outbox/claims.py",
        "WHERE earlier.stream = entry.stream AND earlier.id < entry.id AND earlier.state IN ('pending', 'claimed')))",
        "WHERE earlier.stream = entry.stream AND earlier.id < entry.id AND earlier.state IN ('claimed')))",
        "what waits does not hold back what comes after it",
        f"{CLAIMS}:test_a_head_that_waits_holds_back_those_behind_it",
    ),
    Bug(
        "portal/outbox/claims.py",
        "SET state = 'claimed', claimed_by = %(worker)s, claim_no = claim_no + 1, attempts = attempts + 1,",
        "SET state = 'claimed', claimed_by = %(worker)s, claim_no = claim_no, attempts = attempts + 1,",
        "a row that was taken over is closed by the worker that lost it",
        f"{CLAIMS}:test_a_lease_that_ran_out_is_taken_over_and_the_late_result_is_refused",
    ),
    Bug(
        "portal/outbox/claims.py",
        "OR entry.state = 'claimed' AND entry.lease_until <= statement_timestamp())",
        "OR entry.state = 'claimed' AND entry.lease_until IS NULL)",
        "what a dead worker had is never taken over",
        f"{CLAIMS}:test_a_lease_that_ran_out_is_taken_over_and_the_late_result_is_refused",
    ),
    Bug(
        "portal/outbox/claims.py",
        "WHERE (entry.state = 'pending' AND entry.not_before <= statement_timestamp()",
        "WHERE (entry.state = 'pending'",
        "what is for later is done at once",
        f"{CLAIMS}:test_a_row_for_later_is_left_until_then",
    ),
    Bug(
        "portal/outbox/claims.py",
        "return OutboxRow.objects.filter(pk=taken.id, claim_no=taken.claim_no, state=State.CLAIMED)",
        "return OutboxRow.objects.filter(pk=taken.id, state=State.CLAIMED)",
        "a late result is written though another worker has the row",
        f"{CLAIMS}:test_a_lease_that_ran_out_is_taken_over_and_the_late_result_is_refused",
    ),
    Bug(
        "portal/outbox/claims.py",
        'kept = [pk for pk, claim_no in rows.values_list("pk", "claim_no") if numbers[pk] == claim_no]',
        'kept = [pk for pk, claim_no in rows.values_list("pk", "claim_no")]',
        "a sign of life of a worker that lost its row keeps it from the one that has it",
        f"{CLAIMS}:test_renewing_does_not_touch_a_claim_that_moved_on",
    ),
    Bug(
        "portal/outbox/claims.py",
        "_close(taken, state=State.POISON, reason=reason, finished_at=Now())",
        "_close(taken, state=State.PENDING, reason=reason, finished_at=Now())",
        "what is given up keeps its stream waiting",
        f"{CLAIMS}:test_a_poisoned_head_lets_the_stream_go_on",
    ),
    Bug(
        "portal/outbox/queue.py",
        "if not connection.in_atomic_block:",
        "if connection.in_atomic_block is None:",
        "an effect is asked for although the change that wants it may be undone",
        f"{CLAIMS}:test_a_row_outside_a_transaction_is_refused",
    ),
)
