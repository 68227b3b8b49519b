"""Quotas: what a tenant may use and what it has reserved.

`dimensions` (the closed list, units, wording) and `arithmetic` are pure; `ledger` locks and writes the tables;
`limits` reads and changes how much is allowed.
"""
