"""What platform operators do about the limits of tenants: they decide what was asked, and set them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal import access
from portal.access import Actor, permissions
from portal.access.ref import TENANT
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.fields import PickerField, TextField, readable
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from tenants.operations.pages import QUOTA_REQUESTS
from tenants.operations.quota.asking import CHOICES, VALUE_HELP, label_of, nothing_waits, number_of
from tenants.quota import naming
from tenants.quota.dimensions import DIMENSIONS, human, parse
from tenants.quota.records import early_words
from tenants.quota.showing import day
from tenants.values import TenantRecord

GRANT, REFUSE = "grant", "refuse"
DECISIONS = [(GRANT, _("Grant")), (REFUSE, _("Refuse"))]
TOLD = {GRANT: _("granted the quota request"), REFUSE: _("refused the quota request")}


class DecideQuota(Operation):
    """Grant a quota request as it was asked or with another value, or refuse it. What is granted counts at once."""

    name = "quota.decide"
    kind = RECORD
    subject = TENANT
    title = _("Decide a request")
    permission = permissions.PLATFORM_QUOTA
    sentence = _("{decision} {number}{decided}{comment}")
    icon = "check"
    page = QUOTA_REQUESTS
    example = {"number": "1", "decision": "grant", "comment": "Until the sale is over"}

    class Input(serializers.Serializer[Any]):
        number = PickerField(picker="quota_request", label=_("Request"))
        decision = serializers.ChoiceField(label=_("Decision"), choices=DECISIONS, default=GRANT)
        value = serializers.CharField(
            label=_("Another value"),
            max_length=40,
            required=False,
            allow_blank=True,
            default="",
            help_text=_("Blank: what was asked for."),
        )
        comment = TextField(
            label=_("Comment"),
            lines=1,
            validators=[readable],
            max_length=500,
            required=False,
            allow_blank=True,
            default="",
            help_text=_("Whoever asked reads it."),
        )

    def blocked(self, value: TenantRecord) -> Any:
        return nothing_waits(value)

    def told(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        comment = str(values.get("comment") or "")
        return {
            **values,
            "decision": str(TOLD.get(str(values.get("decision")), "")),
            "decided": _decided(values),
            "comment": f" ({comment})" if comment else "",
        }

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        number, today = number_of(given), timezone.now().date().isoformat()
        asked = next((one for one in context.value.quota.requests if one.number == number), None)
        if asked is not None and _asked_for(context.actor, asked.asked_by):
            others = [one for one in access.holders(self.permission) if one != asked.asked_by]
            raise Refused(_of_oneself(others), code="decides_own", field="number")
        if given["decision"] == GRANT and asked is not None and asked.until and asked.until < today:
            sentence = _now("It was asked for until {day}, which is over. Refuse it; more can be asked for anew.")
            raise Refused(sentence.format(day=asked.until), field="decision")
        # For the words of the entry: a number alone says nothing in the log.
        told = {"dimension": asked.dimension, "asked": asked.asked, "until": asked.until} if asked else {}
        return {**given, **told, "by": context.actor.username}

    def apply(self, value: TenantRecord, resolved: Mapping[str, Any]) -> TenantRecord:
        quota = value.quota.decide(
            number_of(resolved),
            grant=resolved["decision"] == GRANT,
            text=resolved["value"],
            comment=resolved["comment"],
            by=resolved["by"],
        )
        return value.change(quota=quota, notes=(*value.notes, *early_words(value.quota, quota)))


class SetQuota(Operation):
    """Set a limit of a tenant. It counts at once, nothing is restarted; it cannot fall below what is in use."""

    name = "quota.set"
    kind = RECORD
    subject = TENANT
    title = _("Set a limit")
    permission = permissions.PLATFORM_QUOTA
    sentence = _("set the limit of {dimension} to {value}")
    icon = "gauge"
    page = QUOTA_REQUESTS
    example = {"dimension": "cpu", "value": "30 CPU"}

    class Input(serializers.Serializer[Any]):
        dimension = serializers.ChoiceField(label=_("Of what"), choices=CHOICES)
        value = serializers.CharField(label=_("New limit"), max_length=40, help_text=VALUE_HELP)

    def initial(self, value: TenantRecord, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
        limit = value.quota.limits.get(str(chosen.get("dimension", "")))
        return {"value": human(chosen["dimension"], limit.amount)} if limit else {}

    def told(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**values, "dimension": label_of(values.get("dimension"))}

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        self.apply(naming.told(context), given)
        return given

    def apply(self, value: TenantRecord, resolved: Mapping[str, Any]) -> TenantRecord:
        quota = value.quota.set_limit(resolved["dimension"], resolved["value"])
        return value.change(quota=quota, notes=(*value.notes, *early_words(value.quota, quota)))


def _asked_for(actor: Actor, asked_by: str) -> bool:
    """Whether a request is of the person who would decide it; whoever runs a command and names nobody is no person."""
    return actor.user_id is not None and actor.username == asked_by


def _of_oneself(others: Sequence[str]) -> str:
    """What is said to whoever would decide what they asked for; `others` may decide it."""
    if others:
        sentence = _now("Nobody decides what they asked for themselves. Ask {who}, or withdraw it (quota.withdraw).")
        return sentence.format(who=", ".join(others))
    return _now(
        "Nobody decides what they asked for themselves, and nobody else may decide this now. Give somebody the role of "
        "a platform operator; or withdraw it (quota.withdraw) and set the limit (quota.set), which the log tells."
    )


def _decided(values: Mapping[str, Any]) -> str:
    """Of what how much was decided, and until when; "" for an entry that does not have it."""
    dimension, asked = str(values.get("dimension", "")), values.get("asked")
    if dimension not in DIMENSIONS or not isinstance(asked, int):
        return ""
    words = {"label": label_of(dimension), "asked": human(dimension, asked), "value": human(dimension, asked)}
    sentence = _now(": {label} {value}")
    with suppress(ValueError):
        words["value"] = human(dimension, parse(dimension, str(values.get("value", ""))))
    if values.get("decision") == GRANT and words["value"] != words["asked"]:
        sentence = _now(": {label} {value} of the {asked} asked for")
    if until := str(values.get("until") or ""):
        return sentence.format(**words) + _now(", until {date}").format(date=day(until))
    return sentence.format(**words)
