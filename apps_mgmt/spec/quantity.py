"""Kubernetes quantities: `250m`, `1.5`, `64Mi`, `1e3` and numbers, to and fro.

CPU is counted in whole millicores, memory and storage in whole bytes, both rounded up: a quota never counts too little.
"""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, Decimal
from typing import Annotated

from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator

from apps_mgmt.spec.errors import SpecError, say

_BINARY = {"Ki": 1024, "Mi": 1024**2, "Gi": 1024**3, "Ti": 1024**4, "Pi": 1024**5, "Ei": 1024**6}
_DECIMAL = {
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
}
_SCALES: dict[str, Decimal] = {**_DECIMAL, **{suffix: Decimal(size) for suffix, size in _BINARY.items()}}
_SHAPE = re.compile(
    r"(?P<number>[0-9]{1,19}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})(?:[eE](?P<exponent>[+-]?[0-9]{1,2})|(?P<suffix>[A-Za-z]{0,2}))"
)
LARGEST = Decimal(2**63 - 1)


def parse(text: str, *, field: str = "") -> Decimal:
    """The amount a quantity stands for: `250m` is 0.25, `64Mi` is 67108864. SpecError for what is none."""
    match = _SHAPE.fullmatch(text.strip()) if len(text) <= 40 else None
    suffix = (match["suffix"] or "") if match else ""
    if match is None or suffix not in _SCALES:
        sentence = _("{text} is not an amount. Write it like 250m or 0.5 for CPU, 256Mi or 1Gi for memory.")
        raise SpecError(say(sentence, text=text or "“”"), field=field)
    amount = Decimal(match["number"]) * (Decimal(10) ** int(match["exponent"] or 0)) * _SCALES[suffix]
    if amount > LARGEST:
        raise SpecError(say(_("{text} is more than there can be."), text=text), field=field)
    return amount


def millicores(text: str, *, field: str = "") -> int:
    """CPU in thousandths, rounded up. `""` is 0."""
    return _whole(parse(text, field=field) * 1000) if text else 0


def bytes_of(text: str, *, field: str = "") -> int:
    """Memory or storage in bytes, rounded up. `""` is 0."""
    return _whole(parse(text, field=field)) if text else 0


def format_millicores(amount: int) -> str:
    """250 → `250m`, 2000 → `2`: as the API server writes it."""
    return str(amount // 1000) if amount % 1000 == 0 else f"{amount}m"


def format_bytes(amount: int) -> str:
    """67108864 → `64Mi`: the largest binary unit that holds it exactly."""
    for suffix, size in reversed(_BINARY.items()):
        if amount and amount % size == 0:
            return f"{amount // size}{suffix}"
    return str(amount)


def human_millicores(amount: int) -> str:
    """250 → `0.25 CPU`."""
    return f"{Decimal(amount) / 1000:f}".rstrip("0").rstrip(".") + " CPU" if amount % 1000 else f"{amount // 1000} CPU"


def human_bytes(amount: int) -> str:
    """67108864 → `64 MiB`, 1610612736 → `1.5 GiB`."""
    for suffix, size in reversed(_BINARY.items()):
        if amount >= size:
            return f"{amount / size:.2f}".rstrip("0").rstrip(".") + f" {suffix}B"
    return f"{amount} B"


def _canonical_cpu(text: str) -> str:
    return format_millicores(millicores(text)) if text.strip() else ""


def _canonical_bytes(text: str) -> str:
    return format_bytes(bytes_of(text)) if text.strip() else ""


def _whole(amount: Decimal) -> int:
    return int(amount.to_integral_value(rounding=ROUND_CEILING))


# In a spec an amount has one spelling, so that 0.5 and 500m are no difference. "" means: not given.
Cpu = Annotated[str, AfterValidator(_canonical_cpu)]
Bytes = Annotated[str, AfterValidator(_canonical_bytes)]
