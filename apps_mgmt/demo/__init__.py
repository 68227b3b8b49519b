"""The demo application as data: what its apps are called and what their specs say. Pure.

May import `apps_mgmt.spec` only; what loads the data into a portal lives elsewhere.
"""

from apps_mgmt.demo.boutique import DemoApp, boutique

__all__ = ["DemoApp", "boutique"]
