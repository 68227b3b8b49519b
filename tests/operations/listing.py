"""An operation with lists of single values, written as CONTRIBUTING says; there only while a test wants it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rest_framework import serializers

from apps_mgmt.fields import choose_process, process_field
from apps_mgmt.spec import AppSpec
from portal.access import permissions
from portal.operations.fields import TextField
from portal.operations.kinds import SPEC
from portal.operations.operation import REGISTRY, Operation

NAME = "process.command_line"


@contextmanager
def command_line() -> Iterator[type[Operation]]:
    """The operation, registered until the end of the block."""

    class SetCommand(Operation):
        """Change what a process runs, and on which ports it listens."""

        name = NAME
        kind = SPEC
        title = "Command"
        permission = permissions.APP_CONFIGURE
        sentence = "made {process} run {command}"
        example = {"process": "web", "command": ["/bin/app"], "args": ["--ports", "80"], "ports": [80]}

        class Input(serializers.Serializer[Any]):
            process = process_field()
            command = serializers.ListField(
                child=serializers.CharField(max_length=20), label="Command", max_length=5, required=False
            )
            args = serializers.ListField(
                child=TextField(max_length=99, lines=1, allow_blank=True, trim_whitespace=False),
                label="Arguments", max_length=5, required=False,
            )  # fmt: skip
            ports = serializers.ListField(
                child=serializers.IntegerField(min_value=1), max_length=5, required=False, default=list
            )

        def initial(self, value: AppSpec, chosen: Mapping[str, Any]) -> Mapping[str, Any]:
            process = choose_process(value, chosen)
            ports = [port.port for port in process.ports]
            return {"process": process.name, "command": process.command, "args": process.args, "ports": ports}

        def apply(self, value: AppSpec, resolved: Mapping[str, Any]) -> AppSpec:
            ports = [{"name": f"p{number}", "port": number} for number in resolved["ports"]]
            runs = {"command": tuple(resolved["command"]), "args": tuple(resolved["args"])}
            kept = [port.port for port in value.process(resolved["process"]).ports] == resolved["ports"]
            return value.with_process(resolved["process"], **runs, **({} if kept else {"ports": ports}))

    try:
        yield SetCommand
    finally:
        del REGISTRY[NAME]
