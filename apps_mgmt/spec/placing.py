"""Where the app runs: clusters with their shares, what differs there, and which machines it takes."""

from __future__ import annotations

from typing import ClassVar, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field, model_validator

from apps_mgmt.spec.base import ShortText, SpecModel, refuse_doubles
from apps_mgmt.spec.config import EnvVar
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.image import parse
from apps_mgmt.spec.names import check_host, check_name


class Target(SpecModel):
    """A cluster with its share of each process: by `weight`, or an own number (`own`) taken out of the total first."""

    KEY: ClassVar[tuple[str, ...]] = ("cluster",)
    TOLD: ClassVar[tuple[str, ...]] = ("weight",)

    cluster: ShortText
    weight: int = Field(default=1, ge=0, le=1000)
    own: int | None = Field(default=None, ge=0, le=500)

    @model_validator(mode="after")
    def _sound(self) -> Target:
        check_name(self.cluster, what=_("cluster"), field=f"placement.targets.{self.cluster}")
        return self


class Matching(SpecModel):
    """A key that has this value, for clusters and machines."""

    KEY: ClassVar[tuple[str, ...]] = ("key",)

    key: ShortText = Field(min_length=1)
    value: ShortText = ""


class AutoPlacement(SpecModel):
    """Clusters chosen by free capacity when a release freezes them: how many, with which labels, spread over what."""

    clusters: int = Field(default=1, ge=1, le=50)
    labels: tuple[Matching, ...] = ()
    spread: ShortText = ""


class Failover(SpecModel):
    """The share of a cluster that is lost for `after` seconds goes to the others."""

    after: int = Field(default=300, ge=30, le=86_400)


class OwnNumber(SpecModel):
    """A process's own number of instances on a cluster."""

    KEY: ClassVar[tuple[str, ...]] = ("process",)

    process: ShortText
    replicas: int = Field(ge=0, le=500)


class HostSwap(SpecModel):
    """On a cluster, routes answer under another host."""

    KEY: ClassVar[tuple[str, ...]] = ("host",)

    host: ShortText
    instead: ShortText

    @model_validator(mode="after")
    def _sound(self) -> HostSwap:
        check_host(self.host, field="placement.overrides")
        check_host(self.instead, field="placement.overrides")
        return self


class Override(SpecModel):
    """What is different on one cluster: where images come from, variables, numbers, size, hosts."""

    KEY: ClassVar[tuple[str, ...]] = ("cluster",)

    cluster: ShortText
    registry: ShortText = ""
    env: tuple[EnvVar, ...] = ()
    replicas: tuple[OwnNumber, ...] = ()
    size: ShortText = ""
    hosts: tuple[HostSwap, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> Override:
        field = f"placement.overrides.{self.cluster}"
        check_name(self.cluster, what=_("cluster"), field=field)
        if self.registry and parse(f"{self.registry}/image", field=field).registry != self.registry:
            sentence = _("{registry} is not the name of a registry. Write it like mirror.example.com.")
            raise SpecError(say(sentence, registry=self.registry), field=field)
        refuse_doubles(self.env, what=_("variable"), field=field)
        refuse_doubles(self.replicas, what=_("number of"), field=field)
        refuse_doubles(self.hosts, what=_("host"), field=field)
        return self


class Toleration(SpecModel):
    """A taint of machines that the instances put up with."""

    key: ShortText = ""
    operator: Literal["Equal", "Exists"] = "Equal"
    value: ShortText = ""
    effect: Literal["", "NoSchedule", "PreferNoSchedule", "NoExecute"] = ""

    @model_validator(mode="after")
    def _sound(self) -> Toleration:
        if self.operator == "Equal" and not self.key:
            raise SpecError(_("A toleration by value needs the key it compares."), field="placement.tolerations")
        if self.operator == "Exists" and self.value:
            raise SpecError(_("A toleration by existence takes no value. Take it out."), field="placement.tolerations")
        return self


class Spread(SpecModel):
    """Instances are spread over a topology (zone, machine), at most `skew` apart; `hard` refuses where it cannot be."""

    KEY: ClassVar[tuple[str, ...]] = ("topology",)

    topology: ShortText = "kubernetes.io/hostname"
    skew: int = Field(default=1, ge=1, le=100)
    hard: bool = False


class Affinity(SpecModel):
    """Near to or away from the instances of another app."""

    KEY: ClassVar[tuple[str, ...]] = ("app",)

    app: ShortText
    near: bool
    hard: bool = False
    topology: ShortText = "kubernetes.io/hostname"


class Budget(SpecModel):
    """How many instances stay when machines are emptied: exactly one of the two, a number or a percentage."""

    min_available: ShortText = ""
    max_unavailable: ShortText = ""

    @model_validator(mode="after")
    def _one(self) -> Budget:
        given = [text for text in (self.min_available, self.max_unavailable) if text]
        if len(given) != 1:
            sentence = _("A disruption budget says either how many must stay or how many may go. Give one of them.")
            raise SpecError(sentence, field="placement.budget")
        if not (number := given[0].removesuffix("%")).isdigit() or not number.isascii():
            sentence = _("{text} is neither a number of instances nor a percentage. Write 1 or 25%.")
            raise SpecError(say(sentence, text=given[0]), field="placement.budget")
        return self


class Placement(SpecModel):
    """Where and on what. `priority` names a class of the platform's list."""

    targets: tuple[Target, ...] = ()
    auto: AutoPlacement | None = None
    failover: Failover | None = None
    priority: ShortText = ""
    overrides: tuple[Override, ...] = ()
    nodes: tuple[Matching, ...] = ()
    tolerations: tuple[Toleration, ...] = ()
    spread: tuple[Spread, ...] = ()
    affinity: tuple[Affinity, ...] = ()
    budget: Budget | None = None

    @model_validator(mode="after")
    def _sound(self) -> Placement:
        for rows, what, field in (
            (self.targets, _("cluster"), "targets"),
            (self.overrides, _("override of"), "overrides"),
            (self.nodes, _("machine label"), "nodes"),
            (self.spread, _("spread over"), "spread"),
            (self.affinity, _("affinity to"), "affinity"),
        ):
            refuse_doubles(rows, what=what, field=f"placement.{field}")
        if self.targets and not any(target.weight or target.own for target in self.targets):
            sentence = _("No cluster has a share. Give at least one a weight or a number of its own.")
            raise SpecError(sentence, field="placement.targets")
        return self
