"""Reading a kubeconfig that a person pasted: untrusted text, from which four things are taken and nothing else.

Taken are the server, its CA, and a token or a client certificate. A kubeconfig can also name programs to run
(`exec`), files to read, proxies and switches that turn checking off; client libraries obey them, so a file that has
them is refused with a sentence instead of being handed on.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from django.conf import settings
from django.utils.translation import gettext as _

from portal.errors import Invalid
from tenants.clusters.safe_yaml import UnsafeYaml, load_safely
from tenants.clusters.servers import check_server

MAX_TOKEN = 16 * 1024

_OFF = (None, False, "", "false", "False")
_REFUSED_IN_CLUSTER = {
    "certificate-authority": "file",
    "insecure-skip-tls-verify": "insecure",
    "proxy-url": "proxy",
    "tls-server-name": "server_name",
}
_REFUSED_IN_USER = {
    "exec": "exec",
    "auth-provider": "exec",
    "tokenFile": "file",
    "client-certificate": "file",
    "client-key": "file",
    "username": "basic",
    "password": "basic",
    "as": "impersonation",
    "as-uid": "impersonation",
    "as-groups": "impersonation",
    "as-user-extra": "impersonation",
}


@dataclass(frozen=True)
class KubeconfigAccess:
    """What a kubeconfig gives: PEM texts and a token, each empty when the file has none.

    Of a token and a client certificate the token is taken: whoever has both would be two accounts at once to the
    cluster, and a token can be withdrawn there. `certificate_left_out` says that the file has the other one too.
    """

    context: str
    server: str
    ca_pem: str = ""
    token: str = field(default="", repr=False)
    client_cert: str = field(default="", repr=False)
    client_key: str = field(default="", repr=False)
    certificate_left_out: bool = False


def parse_kubeconfig(text: str | bytes, *, context: str = "", allowed: Sequence[str] | None = None) -> KubeconfigAccess:
    """The access that `context` (or the current context) of a kubeconfig gives.

    `allowed` is the platform's list of servers, by default `SLIPWAY_CLUSTER_SERVERS_ALLOWED`.
    Raises Invalid with one sentence about the first thing that is wrong. No network, no files.
    """
    document = _load(text)
    name = context or _text(document, "current-context")
    contexts = _named(document, "contexts", inner="context")
    if not name and len(contexts) == 1:
        name = next(iter(contexts))
    if name not in contexts:
        sentence = _("The kubeconfig has no context named {name}. It has: {known}. Choose one, or set current-context.")
        raise _invalid(sentence, name=name or '""', known=", ".join(sorted(contexts)) or _("none"))
    chosen = contexts[name]
    cluster = _pick(document, "clusters", inner="cluster", name=_text(chosen, "cluster"))
    user = _pick(document, "users", inner="user", name=_text(chosen, "user"))
    _refuse(cluster, _REFUSED_IN_CLUSTER)
    _refuse(user, _REFUSED_IN_USER)

    server = check_server(
        _text(cluster, "server"),
        allowed=settings.SLIPWAY_CLUSTER_SERVERS_ALLOWED if allowed is None else allowed,
    )
    token = _token(user)
    client_cert, client_key = _client_pair(user)
    if not token and not client_cert:
        raise _invalid(_("The kubeconfig's user has neither a token nor a client certificate. Add one of them."))
    return KubeconfigAccess(
        context=name,
        server=server.url,
        ca_pem=_certificates(cluster, "certificate-authority-data"),
        token=token,
        client_cert="" if token else client_cert,
        client_key="" if token else client_key,
        certificate_left_out=bool(token and client_cert),
    )


def _invalid(sentence: str, /, **words: object) -> Invalid:
    shown = {key: str(value)[:80] for key, value in words.items()}
    return Invalid(sentence.format(**shown) if shown else sentence, code="kubeconfig")


def _load(text: str | bytes) -> Mapping[str, object]:
    try:
        document = load_safely(text)
    except UnsafeYaml as error:
        raise _invalid(str(error)) from None
    if not isinstance(document, dict):
        raise _invalid(_("The kubeconfig has to be a YAML mapping with clusters, users and contexts."))
    return document


def _named(document: Mapping[str, object], key: str, *, inner: str) -> dict[str, Mapping[str, object]]:
    entries = document.get(key) or []
    found: dict[str, Mapping[str, object]] = {}
    if not isinstance(entries, list):
        raise _invalid(_("In the kubeconfig, {key} has to be a list."), key=key)
    for entry in entries:
        body = entry.get(inner) if isinstance(entry, dict) else None
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(body, dict) or not isinstance(name, str) or name in found:
            raise _invalid(
                _("In the kubeconfig, each entry of {key} needs a name of its own and a {inner}."), key=key, inner=inner
            )
        found[name] = body
    return found


def _pick(document: Mapping[str, object], key: str, *, inner: str, name: str) -> Mapping[str, object]:
    found = _named(document, key, inner=inner)
    if name not in found:
        raise _invalid(
            _("The kubeconfig's context names {name}, which is not among its {key}."), name=name or '""', key=key
        )
    return found[name]


def _text(mapping: Mapping[str, object], key: str) -> str:
    value = mapping.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _invalid(_("In the kubeconfig, {key} has to be text. Put it in quotes."), key=key)
    return value


def _refuse(mapping: Mapping[str, object], refused: Mapping[str, str]) -> None:
    sentences = {
        "file": _("The kubeconfig points to a file with {key}. Put the content in with {field} instead."),
        "insecure": _("The kubeconfig turns off checking of the server with {key}. Give the cluster's CA instead."),
        "proxy": _("The kubeconfig sets {key}. Slipway reaches clusters directly: remove it."),
        "server_name": _("The kubeconfig sets {key}. Use a server address that its certificate names."),
        "exec": _("The kubeconfig runs a program to log in ({key}). Use a service account's token instead."),
        "basic": _("The kubeconfig logs in with a password ({key}). Use a token or a client certificate."),
        "impersonation": _("The kubeconfig acts as somebody else ({key}). Use an account of Slipway's own."),
    }
    for key, why in refused.items():
        if mapping.get(key) not in _OFF:
            raise _invalid(sentences[why], key=key, field="token" if key == "tokenFile" else f"{key}-data")


def _token(user: Mapping[str, object]) -> str:
    token = _text(user, "token").strip()
    if len(token) > MAX_TOKEN or any(not 33 <= ord(letter) <= 126 for letter in token):
        raise _invalid(_("The kubeconfig's token has characters that no token has. Copy it again."))
    return token


def _pem(mapping: Mapping[str, object], key: str) -> str:
    try:
        return base64.b64decode("".join(_text(mapping, key).split()), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        raise _invalid(_("In the kubeconfig, {key} is not base64 of a PEM text. Copy it again."), key=key) from None


def _certificates(mapping: Mapping[str, object], key: str) -> str:
    pem = _pem(mapping, key)
    if not pem:
        return ""
    try:
        x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise _invalid(_("In the kubeconfig, {key} holds no certificate that can be read."), key=key) from None
    return pem


def _client_pair(user: Mapping[str, object]) -> tuple[str, str]:
    certificate, key = _certificates(user, "client-certificate-data"), _pem(user, "client-key-data")
    if not certificate and not key:
        return "", ""
    try:
        private = load_pem_private_key(key.encode(), password=None)
        public = x509.load_pem_x509_certificates(certificate.encode())[0].public_key()
    except (ValueError, TypeError, IndexError):
        raise _invalid(_("The kubeconfig's client certificate needs its private key, without a password.")) from None
    spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*spki) != public.public_bytes(*spki):
        raise _invalid(_("The kubeconfig's client certificate and client key do not belong together."))
    return certificate, key
