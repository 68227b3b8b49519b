"""A request to a server outside, as steps of a release make it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator, Field, model_validator

from apps_mgmt.spec.base import ShortText, SpecModel, Text, refuse_doubles
from apps_mgmt.spec.config import SecretRef
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.health import check_header
from apps_mgmt.spec.unsigned import unsigned

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


class RequestHeader(SpecModel):
    """A header with a literal value, or one from the secret store."""

    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: ShortText
    value: ShortText = ""
    secret: SecretRef | None = None

    @model_validator(mode="after")
    def _sound(self) -> RequestHeader:
        check_header(self.name, self.value)
        if self.value and self.secret:
            sentence = _("The header {name} takes its value from a text or a secret, not both. Choose one.")
            raise SpecError(say(sentence, name=self.name), field="headers")
        return self


class Request(SpecModel):
    """`statuses` are those that count as success, `()` any from 200 to 299.

    An address that says who signs in, which older specs have, is without that whoever reads it; nothing calls it.
    """

    url: Annotated[ShortText, AfterValidator(unsigned)]
    method: Method = "POST"
    headers: tuple[RequestHeader, ...] = ()
    body: Text = ""
    statuses: tuple[int, ...] = Field(default=(), max_length=20)

    @model_validator(mode="after")
    def _sound(self) -> Request:
        refuse_doubles(self.headers, what=_("header"), field="headers")
        if not self.url.startswith(("https://", "http://")):
            raise SpecError(_("The address of a call begins with https:// or http://."), field="url")
        for status in self.statuses:
            if not 100 <= status <= 599:
                raise SpecError(
                    say(_("{status} is no HTTP status. Write one like 200."), status=status), field="statuses"
                )
        return self
