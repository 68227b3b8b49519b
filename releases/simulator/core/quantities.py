"""Kubernetes quantities (``250m``, ``64Mi``, ``1e3``) as exact numbers, and back."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache

_PATTERN = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+))(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?$")
_SUFFIX = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "P": Decimal(10**15),
    "E": Decimal(10**18),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
    "Pi": Decimal(2**50),
    "Ei": Decimal(2**60),
}


@lru_cache(maxsize=2048)
def _parse(text: str) -> Decimal:
    match = _PATTERN.match(text)
    if match is None:
        raise ValueError(f"not a quantity: {text!r}")
    number, suffix = match.group(1), match.group(2) or ""
    try:
        if suffix in _SUFFIX:
            return Decimal(number) * _SUFFIX[suffix]
        return Decimal(number + suffix)
    except InvalidOperation as error:
        raise ValueError(f"not a quantity: {text!r}") from error


def parse(value: str | int | float) -> Decimal:
    """The number a quantity stands for; ValueError when it is none."""
    return _parse(str(value))


_DECIMALS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARIES = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_EXACT = 18
_LARGEST = 2**63 - 1
NANO, MILLI = 9, 3


@lru_cache(maxsize=2048)
def canonical(text: str, *, places: int = NANO) -> str:
    """A quantity as an API server gives it back, rounded up to so many decimal places. Its parser keeps the text as it
    came where it takes that for canonical at a glance. ValueError when it is none.
    """
    match = _PATTERN.match(text)
    if match is None:
        raise ValueError(f"not a quantity: {text!r}")
    number, suffix = match.group(1), match.group(2) or ""
    whole, _, rest = number.lstrip("+-").partition(".")
    digits = (whole.lstrip("0") or "0") + rest
    value = int(digits)
    binary = suffix in _BINARIES
    exponent = 0 if binary else _DECIMALS[suffix] if suffix in _DECIMALS else int(suffix[1:])
    scale = exponent - len(rest)
    if _kept(suffix, digits, scale, rest=rest, places=places):
        return text
    if binary:
        value <<= _BINARIES[suffix]
    value, scale = _rounded(*_rounded(value, scale, NANO), places)
    while scale < 0 and value % 10 == 0 and value:
        value, scale = value // 10, scale + 1
    if binary and value // 10**-scale > _LARGEST:
        value, scale = _LARGEST, 0
    sign = "-" if number.startswith("-") and value else ""
    if binary and scale == 0 and value >= 1024:
        return sign + _in_steps(value, 1024, tuple(_BINARIES))
    return sign + _in_thousands(value, scale, as_exponent=not binary and suffix not in _DECIMALS)


def _kept(suffix: str, digits: str, scale: int, *, rest: str, places: int) -> bool:
    """Whether the text is taken as canonical, by its last digits alone."""
    value = int(digits)
    if suffix in _BINARIES:
        room = 15 - len(digits) - _BINARIES[suffix] * 3 // 10 - 1
        return not rest and room >= 0 and value & 7 != 0
    if len(digits) > _EXACT or scale < -places or scale % 3:
        return False
    return not digits.endswith("000") and not digits.startswith("0")


def _rounded(value: int, scale: int, places: int) -> tuple[int, int]:
    """Without more decimal places than these; what is cut off counts as one more."""
    extra = -places - scale
    if extra <= 0:
        return value, scale
    if extra > len(str(value)):
        return int(value > 0), -places
    return -(-value // 10**extra), -places


def _in_thousands(value: int, scale: int, *, as_exponent: bool) -> str:
    if not value:
        return "0"
    while value % 10 == 0:
        value, scale = value // 10, scale + 1
    value, scale = value * 10 ** (scale % 3), scale - scale % 3
    if as_exponent:
        return f"{value}e{scale}" if scale else str(value)
    return str(value) + next((name for name, power in _DECIMALS.items() if power == scale), "")


def _in_steps(value: int, step: int, names: tuple[str, ...]) -> str:
    times = 0
    while value % step == 0 and times < len(names):
        value, times = value // step, times + 1
    return str(value) + ("", *names)[times]


def show(amount: Decimal, *, like: str) -> str:
    """``amount`` written in the manner of the resource ``like`` (cores in ``m``, bytes in ``Ki``/``Mi``/``Gi``)."""
    if "memory" in like or "storage" in like:
        for suffix in ("Gi", "Mi", "Ki"):
            if amount and amount % _SUFFIX[suffix] == 0:
                return f"{int(amount / _SUFFIX[suffix])}{suffix}"
    if amount == amount.to_integral_value():
        return str(int(amount))
    return f"{int((amount * 1000).to_integral_value(rounding='ROUND_CEILING'))}m"
