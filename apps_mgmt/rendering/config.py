"""Variables and files as ConfigMaps and Secrets: immutable, named by content, so that old pods keep reading old ones.

A Secret's manifest holds which secret and which version belongs under each key, never a value: manifests are stored.
The worker fills the values in when it applies (`fill_secrets`). Its name is made from names and versions alone.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps_mgmt.rendering.facts import Facts, Manifest
from apps_mgmt.rendering.names import CONTENT, SECRETS, config_name, manifest, owner_labels, process_labels
from apps_mgmt.spec.app import AppSpec
from apps_mgmt.spec.config import EnvVar, Reference, SecretRef
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.process import Process

Value = str | SecretRef
SecretValues = Mapping[tuple[str, int], str]


@dataclass(frozen=True)
class Config:
    """What one process reads: objects to apply, and how its containers come by them."""

    manifests: tuple[Manifest, ...]
    env_from: tuple[Manifest, ...]
    env: tuple[Manifest, ...]
    file_map: str
    file_secret: str
    helper_secret: str


def shared_config(spec: AppSpec, facts: Facts) -> tuple[tuple[Manifest, ...], tuple[str | Promise, ...]]:
    """What all processes share, and remarks on what could not be found."""
    values, notes = _shared_values(spec, facts)
    return _pair(values, facts=facts, process="", content="env"), notes


def process_config(spec: AppSpec, process: Process, facts: Facts, *, shared: tuple[Manifest, ...]) -> Config:
    """What a process has of its own, on top of what is shared."""
    adopted = process.adopted_on(facts.cluster)
    if adopted is not None:
        return _in_place(spec, process, facts, container=adopted.container)
    own = _values(process.env, facts)
    env = _pair(own, facts=facts, process=process.name, content="env")
    file_objects = _files(spec, process, facts)
    helper_objects = _pair(_of_sidecars(process), facts=facts, process=process.name, content="sidecars")
    named = {row["kind"]: row["metadata"]["name"] for row in file_objects}
    fields = [row for row in spec.variables_of(process.name) if row.reference and row.reference.field]
    return Config(
        manifests=(*env, *file_objects, *helper_objects),
        env_from=tuple(_source(row) for row in (*shared, *env)),
        env=(
            {"name": "SLIPWAY_PROCESS", "value": process.name},
            *(field_variable(row, process.name) for row in fields),
        ),
        file_map=named.get("ConfigMap", ""),
        file_secret=named.get("Secret", ""),
        helper_secret=helper_objects[0]["metadata"]["name"] if helper_objects else "",
    )


def _in_place(spec: AppSpec, process: Process, facts: Facts, *, container: str) -> Config:
    """For a workload that was taken over: every variable in the template, where its own always were.

    Ours, which tell a process of Slipway what it is, are left out: they would be new to it.
    """
    own = {variable.name for variable in process.env}
    values, _notes = _given_values(spec, facts)
    shared = {name: value for name, value in (values | _values(spec.env, facts)).items() if name not in own}
    fields = [row for row in spec.env if row.name not in own and row.reference and row.reference.field]
    secrets = {helper_key(container, name): value for name, value in shared.items() if isinstance(value, SecretRef)}
    secrets |= {helper_key(container, row.name): row.secret for row in process.env if row.secret}
    kept = _pair({**_of_sidecars(process), **secrets}, facts=facts, process=process.name, content="sidecars")
    secret = kept[0]["metadata"]["name"] if kept else ""
    file_objects = _files(spec, process, facts)
    named = {row["kind"]: row["metadata"]["name"] for row in file_objects}
    told = (
        EnvVar(name=name, secret=value) if isinstance(value, SecretRef) else EnvVar(name=name, value=value)
        for name, value in shared.items()
    )
    rows = helper_variables((*told, *fields, *process.env), facts, container=container, secret=secret)
    return Config(
        manifests=(*file_objects, *kept),
        env_from=(),
        env=tuple(rows),
        file_map=named.get("ConfigMap", ""),
        file_secret=named.get("Secret", ""),
        helper_secret=secret,
    )


def _files(spec: AppSpec, process: Process, facts: Facts) -> tuple[Manifest, ...]:
    files: dict[str, Value] = {file.name: file.secret or file.content or "" for file in spec.files_of(process.name)}
    return _pair(files, facts=facts, process=process.name, content="files")


def _of_sidecars(process: Process) -> dict[str, Value]:
    return {
        helper_key(sidecar.name, row.name): row.secret
        for sidecar in process.sidecars
        for row in sidecar.env
        if row.secret
    }


def field_variable(variable: EnvVar, container: str) -> Manifest:
    """A variable that the cluster fills with a field of the instance."""
    reference = variable.reference
    assert reference is not None and reference.field is not None
    if reference.field.startswith(("requests.", "limits.")):
        source = {"resourceFieldRef": {"containerName": container, "resource": reference.field}}
    else:
        source = {"fieldRef": {"fieldPath": reference.field}}
    return {"name": variable.name, "valueFrom": source}


def helper_key(container: str, variable: str) -> str:
    """Under which key the secret of a helper container's variable stands."""
    return f"{container}.{variable}"


def helper_variables(variables: tuple[EnvVar, ...], facts: Facts, *, container: str, secret: str) -> list[Manifest]:
    """Variables of a helper container, one by one: it does not see those of the process. `secret` names its Secret."""
    rows: list[Manifest] = []
    for variable in variables:
        if variable.reference and variable.reference.field:
            rows.append(field_variable(variable, container))
        elif variable.secret:
            source = {"name": secret, "key": helper_key(container, variable.name)}
            rows.append({"name": variable.name, "valueFrom": {"secretKeyRef": source}})
        elif variable.reference:
            rows.append({"name": variable.name, "value": _reached(variable.reference, facts)})
        elif variable.value is not None:
            rows.append({"name": variable.name, "value": variable.value})
    return rows


def fill_secrets(manifest: Manifest, values: SecretValues) -> Manifest:
    """The manifest as it is applied: a Secret of ours with its values, anything else as it is.

    `values` maps (name, version) to the value. SpecError naming a version that is no longer there.
    """
    keys = secret_keys(manifest)
    if not keys:
        return manifest
    data: dict[str, str] = {}
    for key, reference in keys.items():
        if reference not in values:
            sentence = _("Version {version} of the secret {name} is gone. Set the secret anew, then deploy.")
            raise SpecError(say(sentence, name=reference[0], version=reference[1]), field=f"env.{key}")
        data[key] = base64.b64encode(values[reference].encode()).decode()
    return {**manifest, "data": data}


def secret_keys(manifest: Manifest) -> dict[str, tuple[str, int]]:
    """Key → (name, version) of the secrets a manifest needs; empty for anything but a Secret of ours."""
    text = manifest["metadata"].get("annotations", {}).get(SECRETS, "") if manifest.get("kind") == "Secret" else ""
    return {key: (name, int(version)) for key, (name, version) in json.loads(text).items()} if text else {}


def _shared_values(spec: AppSpec, facts: Facts) -> tuple[dict[str, Value], tuple[str | Promise, ...]]:
    """Later ones win: what is given, the app's own variables, ours."""
    values, notes = _given_values(spec, facts)
    built_in = {"SLIPWAY_APP": facts.app, "SLIPWAY_TENANT": facts.tenant, "SLIPWAY_CLUSTER": facts.cluster}
    return {**values, **_values(spec.env, facts), **built_in}, notes


def _given_values(spec: AppSpec, facts: Facts) -> tuple[dict[str, Value], tuple[str | Promise, ...]]:
    """What others give the app; later ones win: groups, services, dependencies."""
    values: dict[str, Value] = {}
    notes: list[str | Promise] = []
    for group in spec.env_groups:
        if group.name not in facts.env_groups:
            notes.append(
                say(_("The variable group {name} is not there any more; its variables are missing."), name=group.name)
            )
        values.update(facts.env_groups.get(group.name, {}))
    for binding in spec.bindings:
        if binding.instance not in facts.bindings:
            notes.append(say(_("The service {name} is not ready; its variables are missing."), name=binding.instance))
        for name, value in facts.bindings.get(binding.instance, {}).items():
            values[f"{binding.prefix}{name}"] = value
    for dependency in spec.dependencies:
        address = facts.dependencies.get((dependency.app, dependency.port))
        if address is None:
            sentence = _("{app} is gone or has no port to be called at; its address is missing from the variables.")
            notes.append(say(sentence, app=dependency.app))
            continue
        host, port, whole = dependency.variables
        values |= {host: address.host, port: str(address.port), whole: f"{address.host}:{address.port}"}
    return values, tuple(notes)


def _values(variables: tuple[EnvVar, ...], facts: Facts) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for variable in variables:
        if variable.secret is not None:
            values[variable.name] = variable.secret
        elif variable.value is not None:
            values[variable.name] = variable.value
        elif variable.reference and variable.reference.dependency:
            values[variable.name] = _reached(variable.reference, facts)
    return values


def _reached(reference: Reference, facts: Facts) -> str:
    address = facts.dependencies.get((reference.dependency, reference.port))
    if address is None:
        return ""
    parts = {"host": address.host, "port": str(address.port), "address": f"{address.host}:{address.port}"}
    return parts.get(reference.part) or f"http://{parts['address']}"


def _pair(values: Mapping[str, Value], *, facts: Facts, process: str, content: str) -> tuple[Manifest, ...]:
    """A ConfigMap of the plain values and a Secret of the others, each only when it holds something."""
    plain = {name: value for name, value in sorted(values.items()) if isinstance(value, str)}
    secret = {
        name: [value.name, value.version] for name, value in sorted(values.items()) if isinstance(value, SecretRef)
    }
    labels = process_labels(facts, process) if process else owner_labels(facts)
    found: list[Manifest] = []
    if plain:
        name = config_name(facts.app, process, {content: plain})
        annotations = {CONTENT: content}
        found.append(
            manifest(
                "v1",
                "ConfigMap",
                name=name,
                facts=facts,
                labels=labels,
                annotations=annotations,
                data=plain,
                immutable=True,
            )
        )
    if secret:
        # The app's id is in the digest: an app made anew under the same name begins its versions at 1 again.
        name = config_name(facts.app, process, {content: secret, "app": facts.app_id})
        text = json.dumps(secret, sort_keys=True, separators=(",", ":"))
        annotations = {CONTENT: content, SECRETS: text}
        found.append(
            manifest(
                "v1",
                "Secret",
                name=name,
                facts=facts,
                labels=labels,
                annotations=annotations,
                type="Opaque",
                immutable=True,
            )
        )
    return tuple(found)


def _source(row: Manifest) -> Manifest:
    kind = "configMapRef" if row["kind"] == "ConfigMap" else "secretRef"
    return {kind: {"name": row["metadata"]["name"]}}
