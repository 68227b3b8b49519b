"""The component gallery, for debug mode. The palette's address, `go`, stands with the pages (`portal.ui.views.go`)."""

from django.urls import path

from portal.ui import views

urlpatterns = [path("", views.gallery, name="ui-gallery")]
