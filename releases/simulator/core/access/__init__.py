"""Who may do what: users, requests as rights see them, roles and their bindings, and the questions about them.

Everything here is decided from the objects in the store and the user that the shell has made out; it imports nothing
of the shell and knows no tokens.
"""

from .attributes import Attributes
from .authorizer import check, decide
from .users import ADMIN, ANONYMOUS, User, service_account

__all__ = ["ADMIN", "ANONYMOUS", "Attributes", "User", "check", "decide", "service_account"]
