"""Pages about people and tenants: sign-in, account, tenants, members, and the platform's lists.

They fetch through the doorway (`portal.access`) and change through `tenants.members` and `tenants.tokens`.
"""
