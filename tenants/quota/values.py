"""A tenant's quota as the frozen value that operations work on: limits, use, requests, and the rule that decides. Pure.

Dates are ISO texts here (`2026-12-31`), which read and compare as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.errors import Refused
from tenants.quota.arithmetic import QuotaLine
from tenants.quota.dimensions import DIMENSIONS, human, parse

WAITING, GRANTED, REFUSED, WITHDRAWN = "waiting", "granted", "refused", "withdrawn"
HIGH_PERCENT = 80
"""From this share of the limit on, use is high."""
RAISE_PERCENT = 150
"""The most that the rule grants, of the limit as it is; once for each dimension in `RAISE_DAYS`. What it lowered in
that time counts as if it had not: to ask for less first makes nothing easier.
"""
RAISE_DAYS = 30
NAMED_APPS = 50


@dataclass(frozen=True, order=True)
class Raise:
    """A limit for a while: to the end of the day `until`."""

    until: str
    amount: int


@dataclass(frozen=True)
class Limit:
    """`amount`, and what goes beyond it for a while: the first to end first, each later one lower."""

    amount: int
    raises: tuple[Raise, ...] = ()

    @classmethod
    def of(cls, line: QuotaLine) -> Limit:
        """The limit that a line of the ledger shows."""
        amount = line.falls[-1][1] if line.falls else line.limit
        return cls(amount, tuple(Raise(last, raised) for last, raised in line.raises))

    @property
    def now(self) -> int:
        return max([self.amount, *(one.amount for one in self.raises)])

    @property
    def falls(self) -> tuple[tuple[str, int], ...]:
        """The last day of each raise with what the limit is after it, the first to end first."""
        later = (*(one.amount for one in self.raises[1:]), self.amount)
        return tuple((one.until, amount) for one, amount in zip(self.raises, later, strict=False))

    def cut_by(self, other: Limit) -> tuple[Raise, ...]:
        """The raises of this one after which `other` is lower than they were: it is neither as high for good, nor has a
        raise that is as high and ends no sooner.
        """
        return tuple(
            one
            for one in self.raises
            if one.amount > other.amount
            and not any(each.amount >= one.amount and each.until >= one.until for each in other.raises)
        )

    def on(self, day: str) -> int:
        """What it is at the end of a day, or with "" once all raises are over."""
        return max([self.amount, *(one.amount for one in self.raises if day and one.until >= day)])

    def granted(self, amount: int, *, until: str = "") -> Limit:
        """What it is once so much is granted: for a while, or for good. Less for good ends all raises."""
        if until:
            return self.change(self.amount, [*self.raises, Raise(until, amount)])
        return self.change(amount, self.raises) if amount > self.amount else Limit(amount)

    def change(self, amount: int, raises: Iterable[Raise]) -> Limit:
        """With these, less those that mean nothing beside another one that is as high and ends no sooner."""
        kept: list[Raise] = []
        for one in sorted(set(raises), reverse=True):
            if one.amount > max([amount, *(other.amount for other in kept)]):
                kept.append(one)
        return Limit(amount, tuple(reversed(kept)))


@dataclass(frozen=True)
class Request:
    """See `tenants.models.QuotaRequest`. `decided_by` is blank where the rule decided.

    `before` is the limit that what is asked takes the place of: of the last day of a raise, else the one for good.
    """

    number: int
    dimension: str
    before: int
    asked: int
    reason: str
    asked_by: str
    until: str = ""
    state: str = WAITING
    granted: int | None = None
    comment: str = ""
    decided_by: str = ""


@dataclass(frozen=True)
class QuotaRecord:
    """`limits` and `used` by dimension; `apps`: id → what it counts; `requests`: those that wait, and new ones.

    `names` has the names of those of them that may be told to whoever asks: of none but where a sentence is for one.
    `last` is the highest number of any request. `raised` are the dimensions that the rule raised lately, or of which a
    raise for a while was given up before its day; `lowered`: dimension → the most that its limit was before the rule
    lowered it lately.
    """

    limits: Mapping[str, Limit] = field(default_factory=dict)
    used: Mapping[str, int] = field(default_factory=dict)
    apps: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    requests: tuple[Request, ...] = ()
    last: int = 0
    raised: frozenset[str] = frozenset()
    lowered: Mapping[str, int] = field(default_factory=dict)

    def ask(self, dimension: str, text: str, *, reason: str, by: str, until: str = "", measured: int) -> QuotaRecord:
        """Ask for another limit. The rule decides at once where it can; else the request waits for a person.

        `measured` is what was in use over the last days; 0 where that is not known. Refused for a limit that there is
        already, one that would fall below what is in use, a second request for the same, and a lower one for a while.
        """
        asked = amount_of(dimension, text)
        limit = self.limits[dimension]
        if any(one.dimension == dimension and one.state == WAITING for one in self.requests):
            sentence = _("A request for {label} waits already. Withdraw it first, or wait until it is decided.")
            raise Refused(sentence.format(label=DIMENSIONS[dimension].label), field="dimension")
        if asked == limit.amount and not limit.raises:
            sentence = _("The limit of {label} is {value} already. Ask for another value.")
            words = {"label": DIMENSIONS[dimension].label, "value": human(dimension, asked)}
            raise Refused(sentence.format(**words), field="value")
        if asked <= limit.amount and until:
            raise Refused(_("Only a raise can be for a while. Leave the date blank to have less."), field="until")
        after = limit.granted(asked, until=until)
        if until and after == limit:
            sentence = _("The limit of {label} is as high for as long already. Ask for more, or for longer.")
            raise Refused(sentence.format(label=DIMENSIONS[dimension].label), field="value")
        self._check_above_use(dimension, after)
        request = Request(
            number=self.last + 1,
            dimension=dimension,
            before=limit.on(until),
            asked=asked,
            reason=reason,
            asked_by=by,
            until=until,
        )
        if self._by_rule(dimension, asked, measured=measured):
            granted = replace(request, state=GRANTED, granted=asked)
            return self._granted(granted)
        return self._with(request)

    def withdraw(self, number: int) -> QuotaRecord:
        """Take a request back that nobody has decided."""
        return self._with(replace(self.waiting(number), state=WITHDRAWN))

    def decide(self, number: int, *, grant: bool, text: str, comment: str, by: str) -> QuotaRecord:
        """Grant what was asked, or with `text` another value, or refuse. Refused for a grant that is no raise."""
        request = self.waiting(number)
        if not grant:
            if text:
                raise Refused(_("A refused request has no value. Leave it blank, or grant it."), field="value")
            return self._with(replace(request, state=REFUSED, comment=comment, decided_by=by))
        granted = amount_of(request.dimension, text) if text else request.asked
        self._check_raised(request, granted)
        new = self.limits[request.dimension].granted(granted, until=request.until)
        self._check_above_use(request.dimension, new)
        decided = replace(request, state=GRANTED, granted=granted, comment=comment, decided_by=by)
        return self._granted(decided)

    def set_limit(self, dimension: str, text: str) -> QuotaRecord:
        """The limit from now on; a raise for a while ends with it."""
        amount = amount_of(dimension, text)
        self._check_above_use(dimension, Limit(amount))
        return replace(self, limits={**self.limits, dimension: Limit(amount)})

    def waiting(self, number: int) -> Request:
        """The request with this number, which waits. Refused for any other."""
        found = next((one for one in self.requests if one.number == number and one.state == WAITING), None)
        if found is None:
            waits = ", ".join(str(one.number) for one in self.requests if one.state == WAITING)
            sentence = _("There is no request {number} that waits. Those that wait: {numbers}.")
            raise Refused(sentence.format(number=number, numbers=waits or _("none")), field="number")
        return found

    def _by_rule(self, dimension: str, asked: int, *, measured: int) -> bool:
        limit = self.limits[dimension]
        if asked <= limit.amount:
            return True
        # A raise upon a raise, for good or for a while, is a person's to grant.
        if limit.raises or dimension in self.raised:
            return False
        before = max(limit.amount, self.lowered.get(dimension, 0))
        high = measured > 0 and measured * 100 >= before * HIGH_PERCENT
        return high and asked * 100 <= limit.amount * RAISE_PERCENT

    def _granted(self, request: Request) -> QuotaRecord:
        old = self.limits[request.dimension]
        new = old.granted(request.granted or 0, until=request.until)
        if request.until and new == old:
            sentence = _("The limit of {label} is as high for as long already. Grant more, or refuse it.")
            raise Refused(sentence.format(label=DIMENSIONS[request.dimension].label), field="value")
        return replace(self, limits={**self.limits, request.dimension: new})._with(request)

    def _check_raised(self, request: Request, granted: int) -> None:
        """What waits asks for more than there was; by now that may be there for good, and granting would lower it."""
        limit = self.limits[request.dimension]
        if not request.until and granted <= limit.amount:
            sentence = _(
                "The limit of {label} is {value} already. Grant more, or refuse it; to lower it, set the limit."
            )
            words = {"label": DIMENSIONS[request.dimension].label, "value": human(request.dimension, limit.amount)}
            raise Refused(sentence.format(**words), field="value")

    def _with(self, request: Request) -> QuotaRecord:
        others = [one for one in self.requests if one.number != request.number]
        return replace(self, requests=(*others, request), last=max(self.last, request.number))

    def _check_above_use(self, dimension: str, new: Limit) -> None:
        """Neither the limit for good nor the one of now may fall below what is in use; the sentence says which apps
        use how much.
        """
        used, old = self.used.get(dimension, 0), self.limits[dimension]
        falls = [then for then, was in ((new.now, old.now), (new.amount, old.amount)) if then < min(was, used)]
        if not falls:
            return
        words = {
            "label": DIMENSIONS[dimension].label,
            "used": human(dimension, used),
            "short": human(dimension, used - min(falls)),
            "users": self._users(dimension),
        }
        sentence = _("In use is more than that: {label} {used}. {short} must go first; {users}.")
        raise Refused(sentence.format(**words), code="limit_below_use", field="value")

    def _users(self, dimension: str) -> str:
        """Which apps use how much, the most first; those whose names may not be told are counted."""
        users = {pk: count for pk, amounts in self.apps.items() if (count := amounts.get(dimension, 0))}
        named = sorted(((count, self.names[pk]) for pk, count in users.items() if pk in self.names), reverse=True)
        listed = [f"{name} {human(dimension, count)}" for count, name in named[:NAMED_APPS]]
        more = len(users) - len(listed)
        if not listed:
            return ngettext("{number} app uses it", "{number} apps use it", more).format(number=more)
        if more:
            listed.append(ngettext("{number} more app", "{number} more apps", more).format(number=more))
        return _("these apps use it: {apps}").format(apps=", ".join(listed))


def amount_of(dimension: str, text: str) -> int:
    """What was typed as an amount. Refused for an unknown dimension or what is none."""
    if dimension not in DIMENSIONS:
        sentence = _("There is no quota {name}. Choose one of {known}.")
        raise Refused(sentence.format(name=dimension[:40], known=", ".join(DIMENSIONS)), field="dimension")
    try:
        return parse(dimension, text)
    except ValueError as error:
        raise Refused(str(error), field="value") from None
