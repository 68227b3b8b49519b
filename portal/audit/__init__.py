"""The audit log: one entry per thing somebody did or tried, hash-chained per tenant, never changed afterwards.

`recording.record` writes an entry inside the transaction of the change; `chain` computes and verifies hashes (pure);
`wording` makes the sentence a person reads. It imports `portal.access` and `portal.errors`.
"""
