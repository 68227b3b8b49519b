"""Listening to clusters: one process, many clusters, everything over asyncio.

`agent` holds the leases and starts a `cluster.ClusterWatch` for each; that has one `watching.KindWatch` per kind,
which fill a `store.Store`; `reporting` hands what changed to `releases.observing`, app by app, in threads.
`session` speaks HTTP, `words` fetches what an instance in trouble says. `store`, `coalescing`, `backoff` and
`health` are pure. Raw JSON is read; the official client is never loaded here.
"""
