"""Provision releases: they make what has to stand on a cluster before an app can be released to it.

`planning` (what should stand there), `runner` (carries it out, from the outbox), `asking` (a person asks for it),
`showing` (how far it is). Asked for by `tenants.clusters.preparing`: when a cluster is taken in or its access renewed,
when a tenant may use it, when the tenant's limits change. The provisioner's credential is used here, by
`clusters.inspecting`, and to ask for the tokens of the accounts that are made here; for nothing else.
"""
