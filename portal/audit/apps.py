from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "portal.audit"
    label = "audit"

    def ready(self) -> None:
        from portal import access
        from portal.access import Locator
        from portal.audit import sinks
        from portal.audit.models import AuditEntry

        assert sinks  # imported for the outbox handler it registers
        # Entries are found by query only, never by name.
        access.register("audit", Locator(model=AuditEntry, find=lambda ref: None, tenant_path="tenant_id"))
