"""Whether two values are the same, told by a seal where neither may be kept or shown.

A seal is made with the installation's own key, so nobody who reads one can try words until one fits.
"""

from __future__ import annotations

import json
from typing import Any

from django.utils.crypto import salted_hmac

_SALT = "releases.sealing"


def sealed(value: Any) -> str:
    """The seal of a JSON value: 64 hexadecimal digits, the same for the same value while the key of the site stays."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return salted_hmac(_SALT, text, algorithm="sha256").hexdigest()
