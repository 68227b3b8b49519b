"""A kubeconfig is text from outside: four things are taken from it, everything else in it is refused."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest
import yaml

from portal.errors import Invalid
from tenants.clusters.kubeconfig import parse_kubeconfig
from tenants.clusters.safe_yaml import MAX_BYTES
from tenants.clusters.servers import check_server, peer_allowed
from tests.cluster.certificates import authority

TOKEN = "ey.canary-token.xyz"


CERTIFICATE, KEY = authority()


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def kubeconfig(*, cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None) -> str:
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "main",
            "contexts": [{"name": "main", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": "https://8.8.8.8:6443", **(cluster or {})}}],
            "users": [{"name": "u", "user": {"token": TOKEN} if user is None else user}],
        }
    )


def refusal_of(text: str | bytes, *, allowed: tuple[str, ...] = ()) -> str:
    with pytest.raises(Invalid) as refused:
        parse_kubeconfig(text, allowed=allowed)
    return str(refused.value)


def test_the_scheme_of_a_server_is_written_small() -> None:
    given = kubeconfig(cluster={"server": "HTTPS://8.8.8.8:6443/"})
    assert parse_kubeconfig(given, allowed=()).server == "https://8.8.8.8:6443"


def test_a_context_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(Invalid, match=r"no context named other\. It has: \w+\."):
        parse_kubeconfig(kubeconfig(), context="other", allowed=())


def test_server_ca_and_token_are_taken() -> None:
    access = parse_kubeconfig(kubeconfig(cluster={"certificate-authority-data": encoded(CERTIFICATE)}), allowed=())
    assert access.server == "https://8.8.8.8:6443"
    assert access.ca_pem == CERTIFICATE
    assert access.token == TOKEN
    assert (access.client_cert, access.client_key) == ("", "")


def test_a_client_certificate_is_taken_with_its_key() -> None:
    user = {"client-certificate-data": encoded(CERTIFICATE), "client-key-data": encoded(KEY)}
    access = parse_kubeconfig(kubeconfig(user=user), allowed=())
    assert (access.client_cert, access.client_key) == (CERTIFICATE, KEY)
    assert not access.certificate_left_out


def test_of_a_token_and_a_client_certificate_the_token_is_taken() -> None:
    both = {"token": TOKEN, "client-certificate-data": encoded(CERTIFICATE), "client-key-data": encoded(KEY)}
    access = parse_kubeconfig(kubeconfig(user=both), allowed=())
    assert (access.token, access.client_cert, access.client_key) == (TOKEN, "", "")
    assert access.certificate_left_out


def test_what_is_secret_does_not_show_when_printed() -> None:
    assert TOKEN not in repr(parse_kubeconfig(kubeconfig(), allowed=()))


def test_another_context_can_be_chosen() -> None:
    document = yaml.safe_load(kubeconfig())
    document["contexts"].append({"name": "other", "context": {"cluster": "d", "user": "u"}})
    document["clusters"].append({"name": "d", "cluster": {"server": "https://1.1.1.1"}})
    assert parse_kubeconfig(yaml.safe_dump(document), context="other", allowed=()).server == "https://1.1.1.1"


@pytest.mark.parametrize(
    ("user", "said"),
    [
        ({"exec": {"command": "curl", "apiVersion": "v1"}}, "runs a program"),
        ({"token": TOKEN, "exec": {"command": "true"}}, "runs a program"),
        ({"auth-provider": {"name": "gcp"}}, "runs a program"),
        (
            {"tokenFile": "/var/run/secrets/token"},
            "tokenFile. Put the content in with token instead",
        ),
        ({"client-certificate": "/etc/passwd", "token": TOKEN}, "points to a file"),
        ({"client-key": "/etc/shadow", "token": TOKEN}, "points to a file"),
        ({"username": "admin", "password": "x"}, "password"),
        ({"token": TOKEN, "as": "system:admin"}, "somebody else"),
        ({"token": TOKEN, "as-groups": ["system:masters"]}, "somebody else"),
        ({}, "neither a token nor a client certificate"),
        ({"token": ["a"]}, "has to be text"),
        ({"token": 12345}, "has to be text"),
        ({"token": "one\r\nX-Evil: 1"}, "characters that no token has"),
        ({"token": "x" * 20_000}, "characters that no token has"),
        ({"client-certificate-data": encoded(CERTIFICATE)}, "needs its private key"),
        ({"client-certificate-data": encoded(CERTIFICATE), "client-key-data": "!!!"}, "not base64"),
        (
            {"client-certificate-data": encoded(CERTIFICATE), "client-key-data": encoded(authority().key)},
            "do not belong together",
        ),
    ],
)
def test_a_user_that_signs_in_otherwise_is_refused(user: dict[str, Any], said: str) -> None:
    assert said in refusal_of(kubeconfig(user=user))


@pytest.mark.parametrize(
    ("cluster", "said"),
    [
        ({"certificate-authority": "/etc/ca.pem"}, "points to a file"),
        ({"insecure-skip-tls-verify": True}, "turns off checking"),
        ({"insecure-skip-tls-verify": "yes please"}, "turns off checking"),
        ({"proxy-url": "http://10.0.0.1:3128"}, "reaches clusters directly"),
        ({"tls-server-name": "other.example.com"}, "certificate names"),
        ({"certificate-authority-data": "not base64"}, "not base64"),
        ({"certificate-authority-data": encoded("no certificate")}, "no certificate"),
        ({"server": 5}, "has to be text"),
    ],
)
def test_a_cluster_that_is_reached_otherwise_is_refused(cluster: dict[str, Any], said: str) -> None:
    assert said in refusal_of(kubeconfig(cluster=cluster))


def test_checking_that_is_spelled_out_as_on_is_fine() -> None:
    assert parse_kubeconfig(kubeconfig(cluster={"insecure-skip-tls-verify": False}), allowed=()).token == TOKEN


@pytest.mark.parametrize(
    "server",
    [
        "",
        "8.8.8.8",
        "ftp://8.8.8.8",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@8.8.8.8",
        "https://8.8.8.8?x=1",
        "https://8.8.8.8#x",
        "https://8.8.8.8:99999",
        "https://8.8.8.8\\@10.0.0.1",
        "https://8.8.8.8/a/../b",
        "https://8.8.8.8 /",
        "https://2130706433",
        "https://0x7f.1",
        "https://127.1",
        "https://0177.0.0.1",
        "https://[::1",
    ],
)
def test_a_server_that_is_no_plain_address_is_refused(server: str) -> None:
    refusal_of(kubeconfig(cluster={"server": server}), allowed=("127.0.0.0/8",))


@pytest.mark.parametrize(
    "server",
    [
        "https://10.0.0.1:6443",
        "https://192.168.1.5",
        "https://127.0.0.1",
        "https://[::1]:6443",
        "https://[::ffff:127.0.0.1]",
        "https://[64:ff9b::a00:1]",
        "https://[2002:a00:1::]",
        "https://[fd12::1]",
        "https://localhost",
        "https://api.localhost",
        "https://kubernetes.default.svc",
        "https://node.internal",
        "https://cluster",
    ],
)
def test_private_servers_need_the_platform_to_allow_them(server: str) -> None:
    assert "allowed servers" in refusal_of(kubeconfig(cluster={"server": server}))


@pytest.mark.parametrize(
    "server",
    [
        "https://169.254.169.254",
        "https://\uff11\uff16\uff19.254.169.254",
        "https://\u2460\u2465\u2468.254\u3002169.254:6443",
        "http://169.254.169.254/latest",
        "https://[fe80::1]",
        "https://100.100.100.200",
        "https://[fd00:ec2::254]",
        "https://[::ffff:169.254.169.254]",
        "https://[::169.254.169.254]:6443",
        "https://metadata.google.internal",
        "https://METADATA.google.internal.",
        "https://0.0.0.0",
        "https://224.0.0.1",
    ],
)
def test_metadata_and_link_local_addresses_are_refused_even_when_listed(server: str) -> None:
    everything = ("0.0.0.0/0", "::/0", "metadata.google.internal", "169.254.169.254")
    assert "metadata" in refusal_of(kubeconfig(cluster={"server": server}), allowed=everything)


def test_plain_http_needs_the_platform_to_allow_it() -> None:
    text = kubeconfig(cluster={"server": "http://8.8.8.8:8080"})
    assert "plain http" in refusal_of(text)
    assert parse_kubeconfig(text, allowed=("8.8.8.8:8080",)).server == "http://8.8.8.8:8080"


@pytest.mark.parametrize(
    ("pattern", "server", "fits"),
    [
        ("127.0.0.1", "http://127.0.0.1:40001", True),
        ("127.0.0.1:6443", "https://127.0.0.1:6443", True),
        ("127.0.0.1:6443", "https://127.0.0.1:6444", False),
        ("10.0.0.0/8", "https://10.20.30.40", True),
        ("10.0.0.0/8", "https://11.20.30.40", None),
        ("10.0.0.0/8", "https://192.168.0.1", False),
        ("*.corp.local", "https://k8s.corp.local:6443", True),
        ("*.corp.local:6443", "https://k8s.corp.local", False),
        ("*.corp.local", "https://evilcorp.local", False),
        ("[::1]:6443", "https://[::1]:6443", True),
        ("::1", "https://[::1]", True),
        ("", "https://10.0.0.1", False),
    ],
)
def test_the_allow_list_takes_hosts_ports_suffixes_and_networks(pattern: str, server: str, fits: bool | None) -> None:
    if fits is False:
        with pytest.raises(Invalid):
            check_server(server, allowed=(pattern,))
    else:
        assert check_server(server, allowed=(pattern,)).url == server


def test_a_name_that_leads_to_a_private_address_is_stopped_at_the_connection() -> None:
    assert peer_allowed("cluster.example.com", port=443, peer="8.8.8.8", allowed=())
    assert not peer_allowed("cluster.example.com", port=443, peer="10.0.0.1", allowed=())
    assert peer_allowed("cluster.example.com", port=443, peer="10.0.0.1", allowed=("10.0.0.0/8",))
    assert peer_allowed("cluster.example.com", port=443, peer="10.0.0.1", allowed=("*.example.com",))
    assert not peer_allowed("cluster.example.com", port=443, peer="169.254.169.254", allowed=("*.example.com",))
    assert not peer_allowed("cluster.example.com", port=443, peer="::ffff:10.0.0.1", allowed=())


def test_a_bomb_of_aliases_is_refused_at_once() -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 30))
    started = time.perf_counter()
    assert "aliases" in refusal_of(f"l0: &l0 [x]\n{levels}")
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: " * 1 + "[" * 100 + "]" * 100, "nested too deeply"),
        ("{" * 100_000, "not valid YAML"),
        ("a: [" + "1," * 20_000 + "]", "too many entries"),
        ("a: 1\n---\nb: 2", "several YAML documents"),
        ("x" * (MAX_BYTES + 1), "larger than 256 KB"),
        (b"\xff\xfe\x00", "not valid YAML"),
        ("a: 1\na: 2", "not valid YAML"),
        ("? [a, b]\n: 1", "not valid YAML"),
        ("a: !!python/object/apply:os.system [id]", "not valid YAML"),
        ("a: 2001-99-99", "not valid YAML"),
        ("a: " + "9" * 10_000, "not valid YAML"),
        ("- 1", "has to be a YAML mapping"),
        ("", "has to be a YAML mapping"),
        ("hello", "has to be a YAML mapping"),
        ("contexts: 5\ncurrent-context: x", "has to be a list"),
        ("contexts: [5]\ncurrent-context: x", "needs a name"),
        ("current-context: 5", "has to be text"),
        ("current-context: gone\ncontexts: []", "no context named gone"),
        ("contexts: [{name: a, context: {cluster: c}}]", "which is not among its clusters"),
    ],
)
def test_text_that_is_no_kubeconfig_gets_one_clear_sentence(text: str | bytes, said: str) -> None:
    assert said in refusal_of(text)


def test_a_sentence_never_quotes_a_secret() -> None:
    text = kubeconfig(user={"token": f"{TOKEN} with a blank"})
    assert TOKEN not in refusal_of(text)
