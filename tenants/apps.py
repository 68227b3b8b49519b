from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = _("Tenants")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal import live
        from tenants import locating, logbook, openapi
        from tenants.accounts import duties
        from tenants.pages import navigation
        from tenants.quota import ending

        assert openapi  # imported for the schema extension it defines
        locating.register()
        logbook.register()
        ending.register()
        navigation.register()
        live.duty(duties.first_of)
