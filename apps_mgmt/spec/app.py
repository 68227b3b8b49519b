"""The spec of an app: everything about it that is released, and nothing else."""

from __future__ import annotations

from pydantic import model_validator

from apps_mgmt.spec.changing_config import ConfigChanges
from apps_mgmt.spec.changing_network import NetworkChanges
from apps_mgmt.spec.changing_processes import ProcessChanges
from apps_mgmt.spec.changing_rest import OtherChanges
from apps_mgmt.spec.invariants import check_spec


class AppSpec(ProcessChanges, ConfigChanges, NetworkChanges, OtherChanges):
    """Frozen; a change gives a new one. The app's name, tenant, title and owner are of its record, not of its spec.

    `env` is for all processes, a process's own `env` wins over it. `platform_domain` gives the address
    `<app>.<tenant>.<platform domain>` to the first public port. `stopped` is all processes at 0, whatever they have.
    Everything is a change helper away; what has none of its own is changed with `spec.change(field=value)`.
    """

    @model_validator(mode="after")
    def _sound(self) -> AppSpec:
        check_spec(self)
        return self
