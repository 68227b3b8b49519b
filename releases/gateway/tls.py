"""The TLS context of a connection: its own CA or the system's, and its client certificate. Shared with the agent."""

from __future__ import annotations

import os
import ssl
import tempfile

from tenants.clusters import Connection


def tls_context(connection: Connection) -> ssl.SSLContext | None:
    """A context that always checks the server; None for a plain http server. Raises ssl.SSLError for a bad PEM."""
    if not connection.server.startswith("https:"):
        return None
    context = ssl.create_default_context(cadata=connection.ca_pem or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if connection.client_cert:
        _load_client_certificate(context, connection)
    return context


def _load_client_certificate(context: ssl.SSLContext, connection: Connection) -> None:
    """Python reads client certificates from files only: one of our own (mode 0600), gone as soon as it is read."""
    handle, path = tempfile.mkstemp(prefix="slipway-", suffix=".pem")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(connection.client_cert.rstrip() + "\n" + connection.client_key)
        context.load_cert_chain(path)
    finally:
        os.unlink(path)
