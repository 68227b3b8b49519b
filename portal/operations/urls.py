"""Addresses of the operation forms: `…/do/<operation>/`, and `…/do/<operation>/preview/` for what it would change."""

from __future__ import annotations

from django.urls import path

from portal.operations.views import operation_page, preview

SUBJECTS = {
    "tenant": "t/<str:tenant>/",
    "app": "t/<str:tenant>/apps/<str:app>/",
    "release": "t/<str:tenant>/apps/<str:app>/releases/<int:number>/",
    "cluster": "platform/clusters/<str:cluster>/",
    "platform": "platform/",
}

urlpatterns = [
    pattern
    for kind, start in SUBJECTS.items()
    for pattern in (
        path(f"{start}do/<str:name>/", operation_page, name=f"{kind}-operation"),
        path(f"{start}do/<str:name>/preview/", preview, name=f"{kind}-operation-preview"),
    )
]
