"""Releases: taking a frozen revision to clusters, event by event, and knowing what runs there.

The functional core is pure: `states`, `events`, `effects`, `snapshot`, `changes`, `observation`, `reading`,
`steps`, `strategies`, `progress` and `machine` read no database, clock or network. The shell around it is `engine`,
`effect_runner`, `observing`, `clock` and `operations`; `gateway` talks to clusters, `agent` listens to them,
`simulator` plays one. The highest room: it may import `apps_mgmt`, `tenants` and `portal`; nobody imports it.
"""
