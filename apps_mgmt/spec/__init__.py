"""The spec of an app: typed, frozen, pure. `AppSpec` and its parts, JSON to and fro, invariants, difference, usage.

Imports nothing but `portal.errors`, pydantic and lazy translation: no ORM, clock, random, network or settings.
Every error is a `SpecError` (a `Refused`): a sentence for people and the dotted field it is about.
"""

from apps_mgmt.spec.adopted import Adopted
from apps_mgmt.spec.app import AppSpec
from apps_mgmt.spec.config import EnvGroup, EnvVar, File, Reference, SecretRef
from apps_mgmt.spec.containers import Hook, Hooks, Init, Security, ServiceAccount, Sidecar
from apps_mgmt.spec.diff import Change, diff
from apps_mgmt.spec.errors import SpecError
from apps_mgmt.spec.health import HttpHeader, Probe, Probes
from apps_mgmt.spec.image import Image
from apps_mgmt.spec.image import parse as parse_image
from apps_mgmt.spec.invariants import check_for, check_paths, check_step_paths
from apps_mgmt.spec.life import Binding, Drain, Hibernate, Job, Pair, TemplateRef
from apps_mgmt.spec.names import check_app_name
from apps_mgmt.spec.network import Dependency, Domain, HostAlias, Maintenance, NetworkPolicy, Route
from apps_mgmt.spec.placement import Share, divide, on_cluster, shares, targets_of
from apps_mgmt.spec.placing import Placement, Target
from apps_mgmt.spec.ports import Port
from apps_mgmt.spec.process import Process, Update
from apps_mgmt.spec.releasing import ReleasePolicy, Strategy, Waves
from apps_mgmt.spec.resources import DEFAULT_SIZES, Amounts, Gpu, Resources
from apps_mgmt.spec.restarts import as_restarted, unstamped
from apps_mgmt.spec.scaling import Autoscaler
from apps_mgmt.spec.store import digest, digest_json, dump, load
from apps_mgmt.spec.usage import peak_usage, usage
from apps_mgmt.spec.volumes import Mount, TempVolume, Volume

__all__ = [
    "DEFAULT_SIZES",
    "Adopted",
    "Amounts",
    "AppSpec",
    "Autoscaler",
    "Binding",
    "Change",
    "Dependency",
    "Domain",
    "Drain",
    "EnvGroup",
    "EnvVar",
    "File",
    "Gpu",
    "Hibernate",
    "Hook",
    "Hooks",
    "HostAlias",
    "HttpHeader",
    "Image",
    "Init",
    "Job",
    "Maintenance",
    "Mount",
    "NetworkPolicy",
    "Pair",
    "Placement",
    "Port",
    "Probe",
    "Probes",
    "Process",
    "Reference",
    "ReleasePolicy",
    "Resources",
    "Route",
    "SecretRef",
    "Security",
    "ServiceAccount",
    "Share",
    "Sidecar",
    "SpecError",
    "Strategy",
    "Target",
    "TempVolume",
    "TemplateRef",
    "Update",
    "Volume",
    "Waves",
    "as_restarted",
    "check_app_name",
    "check_for",
    "check_paths",
    "check_step_paths",
    "diff",
    "digest",
    "digest_json",
    "divide",
    "dump",
    "load",
    "on_cluster",
    "parse_image",
    "peak_usage",
    "shares",
    "targets_of",
    "unstamped",
    "usage",
]
