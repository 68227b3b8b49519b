"""How far a tenant is kept from the others: from a namespace of its own to clusters of its own. Pure.

Of the four models of multi-tenancy, clusters of its own share nothing, nodes of its own and a sandboxed runtime share
the control plane, and a namespace of its own, the default, shares the nodes' kernel as well. The fourth, where all is
shared, is no level here: even a service that several tenants use is run by one of them, in a namespace of its own, and
its operator keeps its users apart. Two tenants in one namespace would share its account, quota and network policy, so
that nothing told them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAMESPACE, NODES, SANDBOX, CLUSTER = "namespace", "nodes", "sandbox", "cluster"
LEVELS: dict[str, str | Promise] = {
    NAMESPACE: _("A namespace of its own, with a network policy"),
    NODES: _("Nodes of its own"),
    SANDBOX: _("A sandboxed runtime"),
    CLUSTER: _("Clusters of its own"),
}


@dataclass(frozen=True)
class Isolation:
    """`key` and `value` are the label and the taint of the tenant's nodes, `runtime_class` names its runtime."""

    level: str = NAMESPACE
    key: str = ""
    value: str = ""
    runtime_class: str = ""

    @classmethod
    def load(cls, raw: Mapping[str, str]) -> Isolation:
        """What the column of the tenant's row holds; nothing at all is the default."""
        return cls(**raw)

    @classmethod
    def of_instances(cls, raw: Mapping[str, str]) -> Isolation:
        """What instances are held to that were given this (`of_pods`). Between a namespace and clusters of its own they
        hold nothing that differs, so it is the namespace, which every tenant has.
        """
        return cls(level=NODES if raw.get("key") else SANDBOX if raw.get("runtime_class") else NAMESPACE, **raw)

    def dump(self) -> dict[str, str]:
        return {} if self == Isolation() else asdict(self)

    @property
    def of_pods(self) -> dict[str, str]:
        """What of it is written into instances: so a release tells whether it was made under another one."""
        own = {"key": self.key, "value": self.value, "runtime_class": self.runtime_class}
        return {name: one for name, one in own.items() if one}

    @property
    def words(self) -> str:
        """The level, and what goes with it, for people."""
        detail = f"{self.key}={self.value}" if self.key else self.runtime_class
        return f"{LEVELS[self.level]} ({detail})" if detail else str(LEVELS[self.level])
