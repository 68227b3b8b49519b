"""What an instance gets: a named size, and amounts that override it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _
from pydantic import Field, model_validator

from apps_mgmt.spec.base import ShortText, SpecModel
from apps_mgmt.spec.errors import SpecError, say
from apps_mgmt.spec.quantity import Bytes, Cpu, bytes_of, millicores


class Gpu(SpecModel):
    """Whole devices of one kind, e.g. `nvidia.com/gpu`."""

    count: int = Field(ge=1, le=64)
    resource: ShortText = "nvidia.com/gpu"


class Amounts(SpecModel):
    """Requests and limits; `""` is not given. What a named size stands for, and what overrides it."""

    cpu_request: Cpu = ""
    cpu_limit: Cpu = ""
    memory_request: Bytes = ""
    memory_limit: Bytes = ""
    ephemeral_request: Bytes = ""
    ephemeral_limit: Bytes = ""

    @model_validator(mode="after")
    def _request_within_limit(self) -> Amounts:
        for what, request, limit, measure in (
            (_("CPU"), self.cpu_request, self.cpu_limit, millicores),
            (_("memory"), self.memory_request, self.memory_limit, bytes_of),
            (_("ephemeral storage"), self.ephemeral_request, self.ephemeral_limit, bytes_of),
        ):
            if request and limit and measure(request) > measure(limit):
                sentence = _("The {what} request {request} is above its limit {limit}. Lower it or raise the limit.")
                raise SpecError(say(sentence, what=what, request=request, limit=limit), field="resources")
        return self


Sizes = Mapping[str, Amounts]


class Resources(Amounts):
    """Of one container. An amount given here overrides the one of the size."""

    size: ShortText = "small"
    gpu: Gpu | None = None

    def settled(self, sizes: Sizes) -> Amounts:
        """What it comes to. SpecError for a size that is not there, and when the two do not go together."""
        base = size_named(self.size, sizes)
        merged = {name: getattr(self, name) or getattr(base, name) for name in Amounts.model_fields}
        for kind in ("cpu", "memory", "ephemeral"):
            request, limit = f"{kind}_request", f"{kind}_limit"
            measure = millicores if kind == "cpu" else bytes_of
            if merged[request] and merged[limit] and measure(merged[request]) > measure(merged[limit]):
                # One of the two was chosen here, the other only comes from the size: the chosen one wins.
                weaker, stronger = (limit, request) if getattr(self, request) else (request, limit)
                merged[weaker] = merged[stronger]
        return Amounts(**merged)


def size_named(name: str, sizes: Sizes) -> Amounts:
    """The amounts of a named size; `""` has none. SpecError naming the sizes there are."""
    if not name:
        return Amounts()
    if name not in sizes:
        there = ", ".join(sizes)
        raise SpecError(say(_("There is no size {name}. There is: {there}."), name=name, there=there), field="size")
    return sizes[name]


def _size(cpu: str, cpu_most: str, memory: str, memory_most: str) -> Amounts:
    return Amounts(
        cpu_request=cpu,
        cpu_limit=cpu_most,
        memory_request=memory,
        memory_limit=memory_most,
        ephemeral_request="128Mi",
        ephemeral_limit="1Gi",
    )


# The sizes of a platform that has set none of its own.
DEFAULT_SIZES: Sizes = MappingProxyType(
    {
        "tiny": _size("50m", "100m", "64Mi", "64Mi"),
        "small": _size("100m", "250m", "128Mi", "256Mi"),
        "medium": _size("250m", "500m", "512Mi", "512Mi"),
        "large": _size("500m", "1", "1Gi", "1Gi"),
        "xlarge": _size("1", "2", "2Gi", "2Gi"),
    }
)
