"""Delete: everything that carries the app's owner label goes."""

from releases.strategies.plan import Ask, Outline, outline


def forward(ask: Ask) -> tuple[Outline, ...]:
    return (outline("prune"), outline("wait_gone", timeout=ask.patience))
