"""ValidatingAdmissionPolicies: what expressions on the cluster say about a write before it is stored.

`expressions` is the only module that knows the CEL library, and loads it with the first expression; `matching` tells
which writes a policy is about, `judging` what it says to one. Not simulated: parameters and the `authorizer`, the
functions that Kubernetes adds to CEL (quantities, addresses), types of known objects, and changes and deletions by
controllers, which are let through; what they create is judged where they can take a no.
"""

from .judging import check
from .matching import Request

__all__ = ["Request", "check"]
