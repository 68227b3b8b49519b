"""What may stand behind the `?` of an address of the API. Anything else is refused: misspelt, it would do nothing.

So is what stands there twice: of two answers to one question, one would be passed over.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from portal.errors import Invalid


class OneFormat(DefaultContentNegotiation):
    """Takes no parameter `format`, which is refused by name like any other: the library says that nothing is there."""

    def filter_renderers(self, renderers: Any, format: str) -> Any:
        return renderers


class ShowingView(APIView):
    """A view that answers `GET`. `parameters` are all it takes; 400 with their names when another one is sent."""

    parameters: ClassVar[Collection[str]] = ()
    content_negotiation_class: type[DefaultContentNegotiation] = OneFormat

    def initial(self, request: Request, *args: Any, **path: Any) -> None:
        super().initial(request, *args, **path)
        if self.parameters:
            sentence = _("Unknown parameters: {names}. This address takes {known}.")
        else:
            sentence = _("Unknown parameters: {names}. This address takes none.")
        only(request, self.parameters, sentence=sentence)


def only(request: Request, known: Collection[str], *, sentence: str) -> None:
    """Raise Invalid when the request has other parameters, or one of them twice. `sentence` has places for `names` and
    `known`.
    """
    once(request)
    unknown = sorted(set(request.query_params) - set(known))
    if unknown:
        names = ", ".join(name[:64] for name in unknown[:10])
        raise Invalid(sentence.format(names=names, known=", ".join(known)))


def once(request: Request) -> None:
    """Raise Invalid when a parameter of the request is given more than once."""
    doubled = sorted(name for name, values in request.query_params.lists() if len(values) > 1)
    if doubled:
        sentence = _("{name} is given more than once. Give it once.").format(name=doubled[0][:64])
        raise Invalid(sentence, fields={doubled[0][:64]: [sentence]})
