"""What a tenant does about its limits: it asks for others, and takes that back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from portal.access import permissions
from portal.access.ref import TENANT
from portal.errors import Refused
from portal.operations.context import Context
from portal.operations.fields import DateField, PickerField, TextField, readable
from portal.operations.kinds import RECORD
from portal.operations.operation import Operation
from tenants.operations.pages import QUOTA
from tenants.quota import history, naming
from tenants.quota.dimensions import DIMENSIONS
from tenants.quota.records import early_words
from tenants.quota.showing import day
from tenants.quota.values import GRANTED
from tenants.values import TenantRecord

CHOICES = [(name, known.label) for name, known in DIMENSIONS.items()]
LONGEST_RAISE = timedelta(days=3 * 366)
"""What is needed for longer is needed for good."""
VALUE_HELP = _("As you write it: 4 CPU, 16 GiB, 20.")


class RequestQuota(Operation):
    """Ask for another limit. Less is granted at once, half as much again while use is high; people decide the rest."""

    name = "quota.request"
    kind = RECORD
    subject = TENANT
    title = _("Ask for quota")
    permission = permissions.TENANT_QUOTA
    sentence = _("asked for the limit of {dimension} to be {value}{until}{decided}: {reason}")
    icon = "gauge"
    page = QUOTA
    effect = _("Less is granted at once, and up to half as much again while use is high. All else waits for a platform "
               "operator; what you have stays as it is until then.")  # fmt: skip
    example = {"dimension": "cpu", "value": "30 CPU", "reason": "The sale begins on Friday"}

    class Input(serializers.Serializer[Any]):
        dimension = serializers.ChoiceField(label=_("Of what"), choices=CHOICES)
        value = serializers.CharField(label=_("New limit"), max_length=40, help_text=VALUE_HELP)
        reason = TextField(
            label=_("Reason"),
            lines=1,
            validators=[readable],
            max_length=500,
            help_text=_("What it is for. Whoever decides reads it."),
        )
        until = DateField(label=_("Until"), help_text=_("The last day, if it is for a while. Blank: for good."))

    def told(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        until = str(values.get("until") or "")
        words = _now(" until {date}").format(date=day(until)) if until else ""
        # Of one that waits the list says how it stands; what the rule did, nobody else will say.
        decided = _now(", which the rule granted at once") if values.get("state") == GRANTED else ""
        return {**values, "dimension": label_of(values.get("dimension")), "until": words, "decided": decided}

    def resolve(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        if given["until"]:
            _check_day(date.fromisoformat(given["until"]), today=timezone.now().date())
        measured = history.measured(context.subject, given["dimension"], now=timezone.now())
        resolved = {**given, "by": context.actor.username, "measured": measured}
        self.apply(naming.told(context), resolved)
        return resolved

    def apply(self, value: TenantRecord, resolved: Mapping[str, Any]) -> TenantRecord:
        quota = value.quota.ask(
            resolved["dimension"],
            resolved["value"],
            reason=resolved["reason"],
            by=resolved["by"],
            until=resolved["until"],
            measured=resolved["measured"],
        )
        return value.change(quota=quota, notes=(*value.notes, *early_words(value.quota, quota)))


class WithdrawQuota(Operation):
    """Take back a request for quota that nobody has decided yet."""

    name = "quota.withdraw"
    kind = RECORD
    subject = TENANT
    title = _("Withdraw a request")
    permission = permissions.TENANT_QUOTA
    sentence = _("withdrew the quota request {number}")
    icon = "x"
    page = QUOTA
    example = {"number": "1"}

    class Input(serializers.Serializer[Any]):
        number = PickerField(picker="quota_request", label=_("Request"))

    def blocked(self, value: TenantRecord) -> Any:
        return nothing_waits(value)

    def apply(self, value: TenantRecord, resolved: Mapping[str, Any]) -> TenantRecord:
        return value.change(quota=value.quota.withdraw(number_of(resolved)))


def _check_day(until: date, *, today: date) -> None:
    if until < today:
        raise Refused(_now("This day is over. Choose a later one, or leave it blank."), field="until")
    if until > (last := today + LONGEST_RAISE):
        sentence = _now("A raise for a while ends by {day}. Choose an earlier day, or leave it blank to keep it.")
        raise Refused(sentence.format(day=last.isoformat()), field="until")


def number_of(resolved: Mapping[str, Any]) -> int:
    """The number that was chosen. Refused for what is none."""
    text = resolved["number"]
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raise Refused(_now("A request is named by its number. Choose one of the list."), field="number")
    return int(text)


def nothing_waits(value: TenantRecord) -> Any:
    """A sentence when there is no request to withdraw or decide."""
    return None if value.quota.requests else _("No quota request waits to be decided.")


def label_of(dimension: Any) -> str:
    known = DIMENSIONS.get(str(dimension))
    return str(known.label) if known else str(dimension)
