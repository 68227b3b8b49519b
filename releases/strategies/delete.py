"""Delete: everything that carries the app's owner label goes, what was taken over as well."""

from releases.strategies.plan import Ask, Outline, outline


def forward(ask: Ask) -> tuple[Outline, ...]:
    return (outline("prune", adopted=True), outline("wait_gone", timeout=ask.patience))
