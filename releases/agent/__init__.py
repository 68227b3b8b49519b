"""Listening to clusters: one process, many clusters, everything over asyncio.

`agent` holds the `leases` and starts a `cluster.ClusterWatch` for each; that has one `watching.KindWatch` per kind,
which fill a `store.Store`; `reporting` hands what changed to `releases.observing`, app by app, in threads.
Instances of a workload that was taken over carry no label of ours: `store` tells them by their owners, and two more
watches for each namespace with such workloads hear what else is there.
`session` speaks HTTP, `discovery` asks what a cluster serves, `asking` and `words` what an instance in trouble says;
`telling` says how the cluster itself is.
`store`, `coalescing`, `backoff` and `health` are pure. Raw JSON is read; the official client is never loaded here.
May import `releases.gateway` (its pure parts and TLS), `tenants.clusters` and `portal`.
"""
