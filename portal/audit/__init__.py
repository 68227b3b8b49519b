"""The audit log: one entry per thing somebody did or tried, hash-chained per tenant, never changed afterwards.

`recording.record` writes an entry inside the transaction of the change; `chain` computes and verifies hashes (pure);
`checkpoints` signs the ends of chains, as `notes` (pure) writes them, and `sinks` copies them out of the database;
`wording` makes the sentence a person reads; `verify_log.py` is a program of its own, for auditors without Slipway.
It imports `portal.access`, `portal.errors` and `portal.outbox`.
"""
