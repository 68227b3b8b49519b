from django.apps import AppConfig


class AppsMgmtConfig(AppConfig):
    name = "apps_mgmt"
    label = "apps_mgmt"

    def ready(self) -> None:
        from apps_mgmt import app_subject, deleting, granting, keys, rebuilding, tenant_subject

        app_subject.register()
        tenant_subject.register()
        deleting.register()
        granting.register()
        keys.register()
        rebuilding.register()
