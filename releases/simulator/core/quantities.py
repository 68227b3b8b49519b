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


def show(amount: Decimal, *, like: str) -> str:
    """``amount`` written in the manner of the resource ``like`` (cores in ``m``, bytes in ``Ki``/``Mi``/``Gi``)."""
    if "memory" in like or "storage" in like:
        for suffix in ("Gi", "Mi", "Ki"):
            if amount and amount % _SUFFIX[suffix] == 0:
                return f"{int(amount / _SUFFIX[suffix])}{suffix}"
    if amount == amount.to_integral_value():
        return str(int(amount))
    return f"{int((amount * 1000).to_integral_value(rounding='ROUND_CEILING'))}m"
