"""The lowest room: settings, the entry points, and the kernel that knows no domain object.

`operations` (what a person can do), `access` (the doorway to data), `audit` (the log), `outbox` (effects of a change),
`live` (pushing facts to open pages), `ui` (components), `local` (the servers behind `make run`).
It imports no other room. Rooms above register what they bring: subjects, locators, handlers, renderers.
"""
