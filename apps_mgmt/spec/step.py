"""What every step of a release has: a name, when it runs, how long, how often again, what it takes from earlier ones.

Expressions are over what earlier steps gave: `steps.migrate.output.version == "7"`. A spec only knows whom they name;
what they come to is found while the release runs, by a small safe language, never by `eval`.
"""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from apps_mgmt.spec.base import ShortText, SpecModel, refuse_doubles
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.names import check_env_name

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NAMED = re.compile(r"\bsteps\.(\w*)")
When = Literal["on-success", "on-failure", "always"]


def _one_line(text: str) -> str:
    if any(ord(char) < 32 or ord(char) == 127 or "\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("an expression is one line of text")
    return text.strip()


Expression = Annotated[str, StringConstraints(max_length=1_024), AfterValidator(_one_line)]


class Retry(SpecModel):
    """How often a step that failed is tried again, and how long after (seconds, doubled each time)."""

    limit: int = Field(default=0, ge=0, le=20)
    backoff: int = Field(default=10, ge=1, le=3_600)


class StepInput(SpecModel):
    """A value a step takes from earlier ones: a variable of a job, `{name}` in the body of a call."""

    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: ShortText
    value: Expression = Field(min_length=1)

    @model_validator(mode="after")
    def _sound(self) -> StepInput:
        check_env_name(self.name, field="inputs")
        return self


class StepBase(SpecModel):
    """`kind` tells the kinds apart. `timeout` in seconds, 0: the usual of its kind. `condition` `""` is always true.

    `when` says after what it runs: as long as all went well, only once something failed, or either way.
    """

    KEY: ClassVar[tuple[str, ...]] = ("name",)

    name: ShortText
    kind: str
    when: When = "on-success"
    condition: Expression = ""
    timeout: int = Field(default=0, ge=0, le=604_800)
    retry: Retry = Retry()
    inputs: tuple[StepInput, ...] = ()

    @model_validator(mode="after")
    def _named(self) -> StepBase:
        check_step_name(self.name)
        refuse_doubles(self.inputs, what=_("input"), field="inputs")
        return self

    @property
    def needs(self) -> tuple[str, ...]:
        """The names of the steps whose outputs it uses."""
        texts = (self.condition, *(row.value for row in self.inputs))
        return tuple(dict.fromkeys(name for text in texts for name in _NAMED.findall(text)))


def check_step_name(name: str) -> None:
    """SpecError unless an expression can name it."""
    if not _NAME.fullmatch(name):
        sentence = _("The step name {name} cannot be used: lower-case letters, digits and _, beginning with a letter.")
        raise SpecError(say(sentence, name=name or "“”"), field="name")


def check_amount(text: str, *, field: str) -> None:
    """SpecError unless it is a number of instances above 0, or a percentage of them up to 100."""
    number = text.removesuffix("%")
    good = number.isascii() and number.isdigit() and int(number) > 0
    if not good or (text.endswith("%") and int(number) > 100):
        sentence = _("{text} is neither a number of instances nor a percentage. Write 1 or 25%.")
        raise SpecError(say(sentence, text=text or "“”"), field=field)
