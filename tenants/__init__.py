"""Who may use Slipway and how much of it: users, tenants, members and roles, API tokens, quotas, cluster records.

`models` (the tables), `roles` and `members` (who holds which rights), `tokens` (API tokens), `quota` (the ledger),
`clusters` (records and credentials, no connections), `pages` (sign-in, account, tenant and platform pages), `demo`.
It imports from `portal` only.
"""
