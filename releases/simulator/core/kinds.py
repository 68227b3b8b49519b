"""The kinds this cluster serves, and what discovery and writes have to know of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True, eq=False)
class Kind:
    """One resource, compared by identity. ``resource`` (``deployments.apps``) names it everywhere inside.

    ``of``: the kind that this is another version of; its objects are kept as those of that one.
    """

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool = True
    short: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    generation: bool = False
    custom: bool = False
    verbs: tuple[str, ...] = VERBS
    of: Kind | None = None

    @property
    def kept(self) -> Kind:
        """The version in which its objects are kept."""
        return self.of or self

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @cached_property
    def resource(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified(self) -> str:
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @property
    def singular(self) -> str:
        return self.kind.lower()

    @property
    def has_status(self) -> bool:
        return "status" in self.subresources


_ALL = ("all",)
_GATEWAY = ("gateway-api",)

NAMESPACE = Kind("", "v1", "Namespace", "namespaces", False, ("ns",), (), ("status",))
NODE = Kind("", "v1", "Node", "nodes", False, ("no",), (), ("status",))
POD = Kind("", "v1", "Pod", "pods", True, ("po",), _ALL, ("status", "log", "eviction", "proxy"))
SERVICE = Kind("", "v1", "Service", "services", True, ("svc",), _ALL, ("status",))
CONFIG_MAP = Kind("", "v1", "ConfigMap", "configmaps", True, ("cm",))
SECRET = Kind("", "v1", "Secret", "secrets", True)
SERVICE_ACCOUNT = Kind("", "v1", "ServiceAccount", "serviceaccounts", True, ("sa",), (), ("token",))
CLAIM = Kind("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", True, ("pvc",), (), ("status",))
EVENT = Kind("", "v1", "Event", "events", True, ("ev",))
RESOURCE_QUOTA = Kind("", "v1", "ResourceQuota", "resourcequotas", True, ("quota",), (), ("status",))
DEPLOYMENT = Kind("apps", "v1", "Deployment", "deployments", True, ("deploy",), _ALL, ("status", "scale"), True)
REPLICA_SET = Kind("apps", "v1", "ReplicaSet", "replicasets", True, ("rs",), _ALL, ("status", "scale"), True)
STATEFUL_SET = Kind("apps", "v1", "StatefulSet", "statefulsets", True, ("sts",), _ALL, ("status", "scale"), True)
CONTROLLER_REVISION = Kind("apps", "v1", "ControllerRevision", "controllerrevisions")
JOB = Kind("batch", "v1", "Job", "jobs", True, (), _ALL, ("status",), True)
CRON_JOB = Kind("batch", "v1", "CronJob", "cronjobs", True, ("cj",), _ALL, ("status",), True)
AUTOSCALER = Kind(
    "autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", True, ("hpa",), _ALL, ("status",)
)
AUTOSCALER_1 = replace(AUTOSCALER, version="v1", of=AUTOSCALER)
INGRESS = Kind("networking.k8s.io", "v1", "Ingress", "ingresses", True, ("ing",), (), ("status",), True)
GATEWAY = Kind(
    "gateway.networking.k8s.io", "v1", "Gateway", "gateways", True, ("gtw",), _GATEWAY, ("status",), True, True
)
HTTP_ROUTE = Kind(
    "gateway.networking.k8s.io", "v1", "HTTPRoute", "httproutes", True, (), _GATEWAY, ("status",), True, True
)

_RBAC = "rbac.authorization.k8s.io"
_ASK = "authorization.k8s.io"
_CREATE = ("create",)
ROLE = Kind(_RBAC, "v1", "Role", "roles")
ROLE_BINDING = Kind(_RBAC, "v1", "RoleBinding", "rolebindings")
CLUSTER_ROLE = Kind(_RBAC, "v1", "ClusterRole", "clusterroles", False)
CLUSTER_ROLE_BINDING = Kind(_RBAC, "v1", "ClusterRoleBinding", "clusterrolebindings", False)
ACCESS_REVIEW = Kind(_ASK, "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", False, verbs=_CREATE)
SUBJECT_REVIEW = Kind(_ASK, "v1", "SubjectAccessReview", "subjectaccessreviews", False, verbs=_CREATE)
LOCAL_REVIEW = Kind(_ASK, "v1", "LocalSubjectAccessReview", "localsubjectaccessreviews", verbs=_CREATE)
RULES_REVIEW = Kind(_ASK, "v1", "SelfSubjectRulesReview", "selfsubjectrulesreviews", False, verbs=_CREATE)
SELF_REVIEW = Kind("authentication.k8s.io", "v1", "SelfSubjectReview", "selfsubjectreviews", False, verbs=_CREATE)
_REVIEWS = (ACCESS_REVIEW, SUBJECT_REVIEW, LOCAL_REVIEW, RULES_REVIEW, SELF_REVIEW)
_RIGHTS = (ROLE, ROLE_BINDING, CLUSTER_ROLE, CLUSTER_ROLE_BINDING, *_REVIEWS)
DISRUPTION_BUDGET = Kind(
    "policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", True, ("pdb",), (), ("status",), True
)
LIMIT_RANGE = Kind("", "v1", "LimitRange", "limitranges", True, ("limits",))
NETWORK_POLICY = Kind("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", True, ("netpol",), generation=True)
CLONE_SET = Kind(
    "apps.kruise.io", "v1alpha1", "CloneSet", "clonesets", True, ("clone",), (), ("status", "scale"), True, True
)
RUNTIME_CLASS = Kind("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", False)
PRIORITY_CLASS = Kind("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", False, ("pc",), generation=True)
_POLICIES = (DISRUPTION_BUDGET, LIMIT_RANGE, NETWORK_POLICY, CLONE_SET, RUNTIME_CLASS, PRIORITY_CLASS)
_ADMISSION = "admissionregistration.k8s.io"
_EXTENSIONS = ("api-extensions",)
_RULED = "ValidatingAdmissionPolicy"
ADMISSION_POLICY = Kind(
    _ADMISSION, "v1", _RULED, "validatingadmissionpolicies", False, (), _EXTENSIONS, ("status",), True
)
ADMISSION_BINDING = Kind(
    _ADMISSION, "v1", f"{_RULED}Binding", "validatingadmissionpolicybindings", False, (), _EXTENSIONS, generation=True
)

KINDS: tuple[Kind, ...] = (
    NAMESPACE,
    NODE,
    POD,
    SERVICE,
    CONFIG_MAP,
    SECRET,
    SERVICE_ACCOUNT,
    CLAIM,
    EVENT,
    RESOURCE_QUOTA,
    DEPLOYMENT,
    REPLICA_SET,
    STATEFUL_SET,
    CONTROLLER_REVISION,
    JOB,
    CRON_JOB,
    AUTOSCALER,
    INGRESS,
    GATEWAY,
    HTTP_ROUTE,
    *_RIGHTS,
    *_POLICIES,
    ADMISSION_POLICY,
    ADMISSION_BINDING,
)
OLDER: tuple[Kind, ...] = (AUTOSCALER_1,)
"""What is served of a kind beside the version that is kept and preferred."""
SERVED = (*KINDS, *OLDER)
BY_RESOURCE: dict[str, Kind] = {kind.resource: kind for kind in KINDS}
BY_NAME: dict[tuple[str, str], Kind] = {(kind.api_version, kind.kind): kind for kind in SERVED}
BY_PATH: dict[tuple[str, str, str], Kind] = {(kind.group, kind.version, kind.plural): kind for kind in SERVED}
