from django.apps import AppConfig


class ReleasesConfig(AppConfig):
    name = "releases"
    label = "releases"

    def ready(self) -> None:
        from releases import wiring
        from releases.pages import fragments, going, navigation

        wiring.connect()
        assert fragments  # imported for the renderers and guards it registers
        navigation.register()
        going.register()
