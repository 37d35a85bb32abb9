from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from proxyless.webhook.certs import (
    KEPT,
    UnusableAuthorityError,
    due,
    holds,
    issue,
    load_authority,
    merge,
    new_authority,
)

NOW = datetime(2026, 11, 21, 13, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def _certificates(pem: bytes) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(pem)


def test_authority_and_leaf_have_the_promised_lifetimes_and_keys() -> None:
    authority = new_authority(NOW)
    assert authority.expires == NOW + 365 * DAY
    leaf = issue(authority, ["webhook.proxyless-system.svc", "127.0.0.1"], NOW)
    assert leaf.expires == NOW + 7 * DAY
    served, chain = _certificates(leaf.pem)
    served.verify_directly_issued_by(chain)
    names = served.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["webhook.proxyless-system.svc"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    key = served.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert key.curve.name == "secp256r1"
    assert not served.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_a_leaf_never_outlives_its_authority() -> None:
    authority = new_authority(NOW, 3 * DAY)
    assert issue(authority, ["a"], NOW).expires == authority.expires


def test_an_authority_survives_being_stored() -> None:
    authority = new_authority(NOW)
    loaded = load_authority(authority.pem, authority.key_pem)
    assert loaded.certificate == authority.certificate
    _certificates(issue(loaded, ["a"], NOW).pem)[0].verify_directly_issued_by(authority.certificate)


def test_what_is_no_authority_says_why() -> None:
    authority, other = new_authority(NOW), new_authority(NOW)
    leaf = issue(authority, ["a"], NOW)
    cases = {
        (b"", b""): "not a certificate authority in PEM",
        (authority.pem, b"-----BEGIN"): "not a certificate authority in PEM",
        (authority.pem, other.key_pem): "does not belong",
        (leaf.pem, leaf.pem): "CA:FALSE",
    }
    for (certificate, key), told in cases.items():
        with pytest.raises(UnusableAuthorityError, match=told):
            load_authority(certificate, key)


def test_two_thirds_of_a_life_are_enough() -> None:
    expires = NOW + 9 * DAY
    assert not due(expires, 9 * DAY, NOW + 6 * DAY - timedelta(seconds=1))
    assert due(expires, 9 * DAY, NOW + 6 * DAY)


def test_a_bundle_keeps_old_and_new_and_drops_the_expired_and_what_is_no_certificate() -> None:
    old, new, expired = new_authority(NOW - DAY, 5 * DAY), new_authority(NOW), new_authority(NOW - 2 * DAY, DAY)
    merged = merge(
        b"noise\n" + old.pem + expired.pem + b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        new.pem,
        NOW,
    )
    assert _certificates(merged) == [old.certificate, new.certificate]
    assert holds(merged, new.pem)
    assert not holds(merged, expired.pem)
    assert merge(merged, new.pem, NOW) == merged


def test_a_bundle_stays_bounded_and_keeps_the_newest() -> None:
    bundle = b""
    made = [new_authority(NOW + number * timedelta(minutes=1)) for number in range(KEPT + 3)]
    for authority in made:
        bundle = merge(bundle, authority.pem, NOW)
    assert _certificates(bundle) == [authority.certificate for authority in made[-KEPT:]]
