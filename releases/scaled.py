"""How a cluster tells who set the number of instances: the field, and the manager that autoscalers write as. Pure."""

from __future__ import annotations

REPLICAS = ".spec.replicas"
# Under this name a cluster's controllers write, and so do all autoscalers, whoever made them.
AUTOSCALER = "kube-controller-manager"
