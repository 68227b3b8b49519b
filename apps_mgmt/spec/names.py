"""Which names may be given, and which are kept back.

Everything of an app on a cluster is called `<app>--<process>`, its second track `<app>--<process>--canary`, and that
has to stay within 52 characters (a CronJob adds 11 of the 63 a name may have). So `--` is refused inside names.
"""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps_mgmt.spec.errors import SpecError, say

MAX_OBJECT_NAME = 52
CANARY = "--canary"
MAX_NAME = 40
MAX_TOGETHER = MAX_OBJECT_NAME - len(CANARY) - 2

RESERVED_APPS = frozenset(
    [
        "admin",
        "api",
        "app",
        "apps",
        "audit",
        "auth",
        "default",
        "gateway",
        "healthz",
        "kube",
        "kubernetes",
        "live",
        "login",
        "logout",
        "maintenance",
        "metrics",
        "new",
        "platform",
        "readyz",
        "release",
        "releases",
        "slipway",
        "static",
        "system",
        "tenant",
        "tenants",
        "ui",
        "www",
    ]
)
RESERVED_PROCESSES = frozenset({"all", "canary", "env", "new", "stable"})
RESERVED_ENV_PREFIX = "SLIPWAY_"
OUR_DOMAIN = "slipway.dev"
RESERVED_LABEL_DOMAINS = ("kubernetes.io", "k8s.io", OUR_DOMAIN)

_LABEL = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")
_HOST_PART = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_ENV = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEY_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")


def check_name(name: str, *, what: str | Promise, field: str, longest: int = MAX_NAME) -> None:
    """SpecError unless it is a DNS label that begins with a letter (Services need that) and holds no `--`."""
    if not name:
        raise SpecError(say(_("The {what} needs a name."), what=what), field=field)
    if len(name) > longest:
        sentence = _("The {what} name {name} has {length} characters; {longest} are the most. Shorten it.")
        raise SpecError(say(sentence, what=what, name=name, length=len(name), longest=longest), field=field)
    if not _LABEL.fullmatch(name):
        sentence = _(
            "The {what} name {name} cannot be used: lower-case letters, digits and -, beginning with a letter, "
            "ending with a letter or digit."
        )
        raise SpecError(say(sentence, what=what, name=name), field=field)
    if "--" in name:
        sentence = _("The {what} name {name} holds two hyphens together, which Slipway keeps for itself. Use one.")
        raise SpecError(say(sentence, what=what, name=name), field=field)


def check_app_name(name: str) -> None:
    """SpecError unless an app may be called so."""
    check_name(name, what=_("app"), field="name")
    if name in RESERVED_APPS:
        raise SpecError(say(_("The name {name} is reserved. Choose another one."), name=name), field="name")


def check_process_name(name: str, *, field: str = "name") -> None:
    """SpecError unless a process may be called so."""
    check_name(name, what=_("process"), field=field)
    if name in RESERVED_PROCESSES:
        raise SpecError(say(_("A process cannot be called {name}. Choose another name."), name=name), field=field)


def check_together(*, app: str, process: str) -> None:
    """SpecError when the objects of this process of this app would have names that are too long."""
    length = len(app) + len(process)
    if length > MAX_TOGETHER:
        sentence = _(
            "The names of app {app} and process {process} have {length} characters together; {longest} are the most. "
            "Shorten one of them."
        )
        raise SpecError(say(sentence, app=app, process=process, length=length, longest=MAX_TOGETHER), field="name")


def check_env_name(name: str, *, field: str = "env") -> None:
    """SpecError unless a variable may be called so."""
    if len(name) > 253 or not _ENV.fullmatch(name):
        sentence = _("{name} cannot be the name of a variable: letters, digits and _, not beginning with a digit.")
        raise SpecError(say(sentence, name=name or "“”"), field=field)
    if name.startswith(RESERVED_ENV_PREFIX):
        sentence = _("Variables that begin with {prefix} are set by Slipway. Choose another name than {name}.")
        raise SpecError(say(sentence, prefix=RESERVED_ENV_PREFIX, name=name), field=field)


def check_host(host: str, *, field: str = "host") -> None:
    """SpecError unless it is a host name of at least two parts, lower case; `*.` in front is allowed."""
    parts = host.removeprefix("*.").split(".")
    if len(host) > 253 or len(parts) < 2 or not all(_HOST_PART.fullmatch(part) for part in parts):
        sentence = _("{host} is not a host name. Write it like shop.example.com, in lower case, without http://.")
        raise SpecError(say(sentence, host=host or "“”"), field=field)


def check_label_key(key: str, *, field: str) -> None:
    """SpecError unless Kubernetes takes the key and it is nobody else's."""
    domain, slash, name = key.rpartition("/")
    if not _KEY_NAME.fullmatch(name) or (slash and not _is_domain(domain)):
        sentence = _("{key} cannot be a key: letters, digits, - _ and ., at most 63, with or without a domain/ before.")
        raise SpecError(say(sentence, key=key or "“”"), field=field)
    for kept in RESERVED_LABEL_DOMAINS:
        if domain == kept or domain.endswith(f".{kept}"):
            raise SpecError(
                say(_("Keys of {domain} are reserved. Choose another one than {key}."), domain=kept, key=key),
                field=field,
            )


def check_label_value(value: str, *, field: str) -> None:
    """SpecError unless Kubernetes takes it as a label's value."""
    if not _LABEL_VALUE.fullmatch(value):
        sentence = _("{value} cannot be a label's value: letters, digits, - _ and ., at most 63.")
        raise SpecError(say(sentence, value=value), field=field)


def check_ip(ip: str, *, field: str) -> None:
    """SpecError unless it is an IPv4 or IPv6 address."""
    try:
        ip_address(ip)
    except ValueError:
        raise SpecError(say(_("{ip} is not an IP address."), ip=ip or "“”"), field=field) from None


def check_cidr(cidr: str, *, field: str) -> None:
    """SpecError unless it is a network like 10.0.0.0/8."""
    try:
        ip_network(cidr)
    except ValueError:
        sentence = _("{cidr} is not a network. Write it like 10.0.0.0/8, with no bit set after the prefix.")
        raise SpecError(say(sentence, cidr=cidr or "“”"), field=field) from None


def _is_domain(text: str) -> bool:
    return len(text) <= 253 and all(_HOST_PART.fullmatch(part) for part in text.split("."))
