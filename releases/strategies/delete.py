"""Delete: everything that carries the app's owner label goes."""

from releases.strategies.plan import Outline, outline


def forward(patience: float) -> tuple[Outline, ...]:
    return (outline("prune"), outline("wait_gone", timeout=patience))
