from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "portal.operations"
    label = "operations"

    def ready(self) -> None:
        import portal.celery  # noqa: F401 - binds shared tasks to our application
        from portal.operations import registry

        registry.discover()
