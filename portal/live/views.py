"""The fragments of one topic over HTTP, for a page that found a gap or has no socket."""

from __future__ import annotations

from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from portal.access.actor import Actor
from portal.live import fragments
from portal.live.registry import may_watch
from portal.live.topics import version


@never_cache
@require_GET
def live_fragments(request: HttpRequest) -> JsonResponse:
    """`GET ?topic=release:<id>` answers `{topic, version, full: true, fragments}`; strangers get a 404."""
    topic = request.GET.get("topic", "")
    if not may_watch(Actor.of_request(request), topic):
        raise Http404(_("There is nothing here, or it is not yours to see."))
    return JsonResponse(fragments.body(topic, version=version(topic)))
