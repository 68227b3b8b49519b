"""Clusters in the hands of platform operators: asked before they are taken in, kept, lent to tenants, and let go.

`values` (what the operations edit), `inspecting` (asking a cluster what it is and what Slipway may do there),
`accounts` (whether those that were made there are there and may do what they are for), `taking` (from a kubeconfig to
sealed access), `platform_subject` and `cluster_subject` (where the operations are done).
"""
