"""What a person can do: the `Operation` class, its registry, `perform`, and the form, API and command line over it.

An operation is written once, in the room whose object it edits; this package knows no such object. Rooms above
register a subject adapter per kind of thing (`subject.register_subject`) and handlers for the actions of NOW
operations (`actions.handle`). Imports `portal.access`, `portal.audit`, `portal.errors`.
"""
