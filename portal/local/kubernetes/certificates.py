"""A certificate authority of one control plane and what it signs. Nothing of it is trusted anywhere else."""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portal.local.home import write_private

VALID = dt.timedelta(days=3650)
ADMINS = "system:masters"
SERVER_NAMES = ("kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost")
SERVER_ADDRESSES = ("127.0.0.1", "10.96.0.1")
CLIENTS = {
    "admin": ("slipway-admin", ADMINS),
    "kube-controller-manager": ("system:kube-controller-manager", ""),
    "kube-scheduler": ("system:kube-scheduler", ""),
    "kwok": ("kwok", ADMINS),
    "kube-apiserver-kubelet": ("kube-apiserver-kubelet-client", ADMINS),
}
"""Name of the file: who it is (common name, group)."""
_SIGNS = x509.KeyUsage(
    digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
    key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
)  # fmt: skip


@dataclass(frozen=True)
class _Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def make(folder: Path) -> None:
    """Write authority, server, clients and the key of service accounts into `folder`, each once."""
    if (folder / "complete").exists():
        return
    authority = _make_authority()
    (folder / "ca.crt").write_bytes(_pem(authority.certificate))
    _write_pair(folder, "server", authority, subject=_name("kube-apiserver"), server=True)
    for name, (common, group) in CLIENTS.items():
        _write_pair(folder, name, authority, subject=_name(common, group), server=False)
    accounts = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    _write_key(folder / "accounts.key", accounts)
    public = accounts.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "accounts.pub").write_bytes(public)
    (folder / "complete").touch()


def _make_authority() -> _Authority:
    key, name = ec.generate_private_key(ec.SECP256R1()), _name("slipway-local")
    builder = _builder(name, name, key.public_key(), signer=key.public_key())
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(_SIGNS, critical=True)
    return _Authority(builder.sign(key, hashes.SHA256()), key)


def _write_pair(folder: Path, file: str, authority: _Authority, *, subject: x509.Name, server: bool) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    use = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = _builder(subject, authority.certificate.subject, key.public_key(), signer=authority.key.public_key())
    builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
    if server:
        names: list[x509.GeneralName] = [x509.DNSName(one) for one in SERVER_NAMES]
        names += [x509.IPAddress(ipaddress.ip_address(one)) for one in SERVER_ADDRESSES]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    (folder / f"{file}.crt").write_bytes(_pem(builder.sign(authority.key, hashes.SHA256())))
    _write_key(folder / f"{file}.key", key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, signer: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    signed_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer)  # newer clients insist on it
    builder = builder.add_extension(signed_by, critical=False)
    # An hour back, so that a clock a little behind does not refuse it.
    return builder.not_valid_before(now - dt.timedelta(hours=1)).not_valid_after(now + VALID)


def _name(common: str, group: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group)] if group else []
    return x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _write_key(file: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    write_private(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii"))
