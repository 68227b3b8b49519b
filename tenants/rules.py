"""The rules that the platform sets on every app: what they are, and where they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tenants.models import PlatformRecord


@dataclass(frozen=True)
class PlatformRules:
    """Nothing is ruled where a field is empty.

    `registries` are prefixes of images (`registry.example.com/team`), `annotations` prefixes of keys. `tagged`: no
    image may float (`latest`, or no tag). `probed`: what listens needs a readiness probe. `requested`: every container
    says how much it needs. `cpu` and `memory` bound one instance, as Kubernetes writes amounts.
    """

    registries: tuple[str, ...] = ()
    tagged: bool = False
    probed: bool = False
    requested: bool = False
    cpu: str = ""
    memory: str = ""
    annotations: tuple[str, ...] = ()

    @classmethod
    def load(cls, raw: Mapping[str, Any]) -> PlatformRules:
        lists = {name: tuple(raw.get(name, ())) for name in ("registries", "annotations")}
        return cls(**{**raw, **lists})

    def dump(self) -> dict[str, Any]:
        return {name: list(one) if isinstance(one, tuple) else one for name, one in asdict(self).items()}


def rules_now() -> PlatformRules:
    """The rules of this moment."""
    raw = PlatformRecord.objects.filter(pk=PlatformRecord.ONLY).values_list("rules", flat=True).first()
    return PlatformRules.load(raw or {})


def keep(rules: PlatformRules) -> None:
    """Write them down, within the caller's transaction."""
    PlatformRecord.objects.update_or_create(pk=PlatformRecord.ONLY, defaults={"rules": rules.dump()})
