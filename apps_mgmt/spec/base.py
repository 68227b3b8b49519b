"""What every part of a spec is: frozen, closed, changed only by making a new one, and safe as text.

A row of a list names itself by `KEY`: so rows can be put, dropped and compared by what they are about, not by place.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Self, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic._internal._model_construction import ModelMetaclass

from apps_mgmt.spec.errors import SpecError, from_pydantic, say

Words = str | Promise
Row = TypeVar("Row", bound="SpecModel")


def _clean(text: str) -> str:
    """No NUL and no half surrogate: neither PostgreSQL nor JSON in UTF-8 can keep them."""
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("the text holds a character that cannot be stored")
    return text


Text = Annotated[str, StringConstraints(max_length=32_768), AfterValidator(_clean)]
ShortText = Annotated[str, StringConstraints(max_length=1_024), AfterValidator(_clean)]
LongText = Annotated[str, StringConstraints(max_length=524_288), AfterValidator(_clean)]


class _Speaking(ModelMetaclass):
    """Turns pydantic's errors into ours where a part is built by name; inside `load` the whole path stays known."""

    def __call__(cls, *args: Any, **data: Any) -> Any:
        try:
            return super().__call__(*args, **data)
        except ValidationError as error:
            raise from_pydantic(error) from None


class SpecModel(BaseModel, metaclass=_Speaking):
    """Base of all parts. Building one, `model_validate` and `change` raise SpecError, never pydantic's own error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, hide_input_in_errors=True)
    KEY: ClassVar[tuple[str, ...]] = ()
    # Fields that a summary of the row says also when they are as by default.
    TOLD: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """As pydantic's own, but SpecError, with the path from here, for what cannot be."""
        try:
            return super().model_validate(obj, **options)
        except ValidationError as error:
            raise from_pydantic(error) from None

    def change(self, **changes: Any) -> Self:
        """A copy with these fields changed, checked like a new one. SpecError for an unknown field or a bad value."""
        return type(self)(**{**{name: getattr(self, name) for name in type(self).model_fields}, **changes})

    @property
    def row_key(self) -> str:
        """What names this row among its like, e.g. `http` or `shop.example.com/cart`; `""` where nothing does."""
        return "".join(str(getattr(self, name)) for name in self.KEY)


def put(rows: tuple[Row, ...], row: Row) -> tuple[Row, ...]:
    """The rows with this one in place of the one of the same key, or at the end."""
    if any(other.row_key == row.row_key for other in rows):
        return tuple(row if other.row_key == row.row_key else other for other in rows)
    return (*rows, row)


def drop(rows: tuple[Row, ...], keys: Iterable[str], *, what: Words) -> tuple[Row, ...]:
    """The rows without these. SpecError for a key that is not there, naming those that are."""
    gone = set(keys)
    for key in sorted(gone):
        find(rows, key, what=what)
    return tuple(row for row in rows if row.row_key not in gone)


def find(rows: Iterable[Row], key: str, *, what: Words, field: str = "") -> Row:
    """The row of that key. SpecError naming those there are."""
    rows = tuple(rows)
    for row in rows:
        if row.row_key == key:
            return row
    if not rows:
        raise SpecError(say(_("There is no {what} {key}: this app has none."), what=what, key=key), field=field)
    there = ", ".join(row.row_key for row in rows)
    raise SpecError(
        say(_("There is no {what} {key}. There is: {there}."), what=what, key=key, there=there), field=field
    )


def refuse_doubles(rows: Iterable[SpecModel], *, what: Words, field: str) -> None:
    """SpecError when two rows have one key; its field names the row by that key."""
    seen: set[str] = set()
    for row in rows:
        if row.row_key in seen:
            sentence = say(_("The {what} {key} is there twice. Keep one of them."), what=what, key=row.row_key)
            raise SpecError(sentence, field=f"{field}.{row.row_key}")
        seen.add(row.row_key)
