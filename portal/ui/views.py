"""The palette's answers and the component gallery."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from portal.ui import palette, samples


@require_GET
@login_required
def go(request: HttpRequest) -> HttpResponse:
    """Search pages, apps and operations: a page of its own, or only the hits for the palette's script."""
    query = request.GET.get("q", "")[:200]
    template = "components/palette_hits.html" if "hits" in request.GET else "home/go.html"
    return render(request, template, {"query": query, "hits": palette.search(request, query)})


@require_GET
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component in every state."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "components/gallery.html", samples.gallery())
