"""Pod Security: the level that labels of a namespace hold its pods to, what breaks it, and who is told.

The checks are those of the newest version, whichever version a label asks for. Not looked at: AppArmor, SELinux,
Windows, and the hosts of probes.
"""

from .levels import check, label_faults, of_namespace, warnings

__all__ = ["check", "label_faults", "of_namespace", "warnings"]
