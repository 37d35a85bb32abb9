"""Certificates: an authority for the Secret, a leaf per replica, and the bundle that the API server trusts. Pure but for keys.

The only importer of ``cryptography``. Called by ``webhook.rotation``, which does the reading and writing. Time comes in
as an argument.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from proxyless.errors import ProxylessError

AUTHORITY_LIFETIME = timedelta(days=365)
LEAF_LIFETIME = timedelta(days=7)
SKEW = timedelta(minutes=5)
"""How far before now a certificate begins, for clocks that lag."""
KEPT = 8
"""Most certificates of one bundle; only repeated loss of the Secret makes so many."""
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


class UnusableAuthorityError(ProxylessError):
    """The stored authority cannot be read or does not fit together; the message says why."""


@dataclass(slots=True, frozen=True)
class Authority:
    """A certificate authority with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The private key, unencrypted PKCS8."""
        return _key_pem(self.key)

    @property
    def expires(self) -> datetime:
        """When it ends, UTC."""
        return self.certificate.not_valid_after_utc


@dataclass(slots=True, frozen=True)
class Leaf:
    """A serving certificate with all that a server needs."""

    pem: bytes
    """Key, certificate and authority, in that order."""
    issuer: bytes
    """PEM of the authority that signed it."""
    expires: datetime


def new_authority(now: datetime, lifetime: timedelta = AUTHORITY_LIFETIME) -> Authority:
    """A fresh self-signed authority, ECDSA P-256. Its name is its own, so that several can stand in one bundle."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"proxyless webhook CA {token_hex(4)}")])
    public = key.public_key()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + lifetime)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def load_authority(certificate: bytes, key: bytes) -> Authority:
    """The authority from its PEM texts.

    Raises:
        UnusableAuthorityError: not PEM, no authority, another key type, or the key belongs to another certificate.
    """
    try:
        loaded = x509.load_pem_x509_certificate(certificate)
        private = serialization.load_pem_private_key(key, password=None)
        is_authority = loaded.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (ValueError, TypeError, x509.ExtensionNotFound) as error:
        raise UnusableAuthorityError(f"not a certificate authority in PEM: {error}") from error
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise UnusableAuthorityError("its key is not an elliptic curve key")
    if not is_authority:
        raise UnusableAuthorityError("its certificate may not sign others (CA:FALSE)")
    if private.public_key() != loaded.public_key():
        raise UnusableAuthorityError("its key does not belong to its certificate")
    return Authority(loaded, private)


def issue(authority: Authority, names: Sequence[str], now: datetime, lifetime: timedelta = LEAF_LIFETIME) -> Leaf:
    """A serving certificate for DNS names and IP addresses; it never outlives its authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    expires = min(now + lifetime, authority.expires)
    signer = authority.key.public_key()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])]))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(expires)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    pem = _key_pem(key) + certificate.public_bytes(serialization.Encoding.PEM) + authority.pem
    return Leaf(pem, authority.pem, expires)


def due(expires: datetime, lifetime: timedelta, now: datetime) -> bool:
    """Whether two thirds of a lifetime are over. By the wall clock, so that a suspended machine notices on waking."""
    return now >= expires - lifetime / 3


def merge(bundle: bytes, authority: bytes, now: datetime) -> bytes:
    """A bundle that also holds an authority: others are kept until they expire, what is no certificate is dropped.

    Newest last; an equal bundle comes back unchanged, so that nothing is written for nothing.
    """
    kept: dict[bytes, datetime] = {}
    for text in (*_PEM.findall(bundle), *_PEM.findall(authority)):
        try:
            certificate = x509.load_pem_x509_certificate(text)
        except ValueError:
            continue
        if certificate.not_valid_after_utc > now:
            kept[certificate.public_bytes(serialization.Encoding.PEM)] = certificate.not_valid_before_utc
    ordered = sorted(kept, key=lambda pem: (kept[pem], pem))
    return b"".join(ordered[-KEPT:])


def holds(bundle: bytes, authority: bytes) -> bool:
    """Whether a bundle holds an authority."""
    wanted = authority.strip()
    return any(text.strip() == wanted for text in _PEM.findall(bundle))


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
