"""Who signs: the port of a signer, and signers whose key is in memory: RSA with SHA-1, and SM2 with SM3.

A company's key is on a card, a USB key or a server's cryptographic device, which signs and never gives the key away: a
signer for it has a `certificate` and a function `sign`. Certificates issued from 1 July 2022 sign with SM2 and SM3;
older ones sign with RSA and SHA-1 until they expire. SHA-1 is weak: it is here because these certificates prescribe it.

The signers in memory are for sandboxes and tests, and for a key that is kept in a file. Their arithmetic does not take
the same time for every key (`gmalg` is plain Python), so a key that matters belongs in a device.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Protocol

import gmalg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509 import CertificateBuilder, Name, NameAttribute
from cryptography.x509.oid import NameOID
from msgspec import Struct

from entrepot.connect.customs.cn import der

#: The identity that SM2 signatures are made under, by GM/T 0009; China E-Port's certificates use it.
SM2_IDENTITY = b"1234567812345678"
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----\s*([A-Za-z0-9+/=\s]+)-----END \1-----")


class Algorithm(Struct, frozen=True):
    """A pair of signature method and digest method, as the specification names them."""

    key: str
    signature_method: str
    digest_method: str


RSA_SHA1 = Algorithm("RSA", "http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2000/09/xmldsig#sha1")
SM2_SM3 = Algorithm(
    "SM2",
    "http://www.chinaport.gov.cn/2022/04/xmldsig#sm2-sm3",
    "http://www.chinaport.gov.cn/2022/04/xmldsig#sm3",
)
ALGORITHMS = (SM2_SM3, RSA_SHA1)


class Signer(Protocol):
    """Signs with the key of one certificate. `certificate`: its DER."""

    @property
    def certificate(self) -> bytes:
        """The certificate, as DER."""

    def sign(self, data: bytes) -> bytes:
        """The signature of data: by RSA with SHA-1, or by SM2 with SM3 as the 64 bytes of r and s."""


def algorithm_of(certificate: der.Certificate) -> Algorithm:
    """The pair of methods that a certificate signs with."""
    return next(each for each in ALGORITHMS if each.key == certificate.algorithm)


def digest(algorithm: Algorithm, data: bytes) -> bytes:
    """The digest of data by the digest method of an algorithm.

    >>> digest(SM2_SM3, b"abc").hex()[:16], digest(RSA_SHA1, b"abc").hex()[:16]
    ('66c7f0f462eeedd9', 'a9993e364706816a')
    """
    if algorithm is RSA_SHA1:
        return hashlib.sha1(data).digest()  # noqa: S324  # the specification prescribes it for these certificates
    try:
        return hashlib.new("sm3", data).digest()
    except ValueError:  # the OpenSSL of this Python lacks SM3
        digester = gmalg.SM3()
        digester.update(data)
        return bytes(digester.value())


def is_signed(certificate: der.Certificate, data: bytes, signature: bytes) -> bool:
    """Whether a signature of data was made with the key of a certificate."""
    return _VERIFIERS[certificate.algorithm](certificate.public_key, data, signature)


def _is_signed_rsa(public_key: bytes, data: bytes, signature: bytes) -> bool:
    numbers = [int.from_bytes(part.content, "big") for part in der.read_der(public_key).parts()]
    try:
        key = rsa.RSAPublicNumbers(numbers[1], numbers[0]).public_key()
        key.verify(signature, data, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303  # as in `digest`
    except (InvalidSignature, ValueError, IndexError):
        return False
    return True


def _is_signed_sm2(public_key: bytes, data: bytes, signature: bytes) -> bool:
    if len(signature) != 64 or len(public_key) != 65:
        return False
    return bool(gmalg.SM2(pk=public_key, uid=SM2_IDENTITY).verify(data, signature[:32], signature[32:]))


_VERIFIERS: Mapping[str, Callable[[bytes, bytes, bytes], bool]] = {"RSA": _is_signed_rsa, "SM2": _is_signed_sm2}


class RsaSigner:
    """Signs with an RSA key in memory."""

    def __init__(self, key: rsa.RSAPrivateKey, certificate: bytes) -> None:
        self._key, self._certificate = key, certificate

    @property
    def certificate(self) -> bytes:
        """The certificate, as DER."""
        return self._certificate

    def sign(self, data: bytes) -> bytes:
        """The signature of data by RSA with SHA-1."""
        return self._key.sign(data, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303  # as in `digest`


class Sm2Signer:
    """Signs with a key of SM2 in memory, 32 bytes."""

    def __init__(self, key: bytes, certificate: bytes) -> None:
        public_key = der.read_certificate(certificate).public_key
        self._sm2 = gmalg.SM2(key, SM2_IDENTITY, public_key)
        self._certificate = certificate

    @property
    def certificate(self) -> bytes:
        """The certificate, as DER."""
        return self._certificate

    def sign(self, data: bytes) -> bytes:
        """The signature of data by SM2 with SM3: r and s, 32 bytes each."""
        r, s = self._sm2.sign(data)
        return bytes(r).rjust(32, b"\0") + bytes(s).rjust(32, b"\0")


def load_signer(key: bytes, certificate: bytes, password: bytes | None = None) -> Signer:
    """The signer of a private key and a certificate, both as PEM. Raises ValueError.

    A key of SM2 must not be encrypted: no library here decrypts it. Protect its file instead.
    """
    content = pem_content(certificate, "CERTIFICATE")
    if der.read_certificate(content).algorithm == "SM2":
        return Sm2Signer(der.read_sm2_key(pem_content(key, "PRIVATE KEY", "EC PRIVATE KEY")), content)
    loaded = serialization.load_pem_private_key(key, password)
    if not isinstance(loaded, rsa.RSAPrivateKey):
        raise ValueError("The certificate has an RSA key, the private key is of another kind.")  # noqa: TRY004  # the value is wrong
    return RsaSigner(loaded, content)


def pem_content(text: bytes, *labels: str) -> bytes:
    """The DER of the first PEM block with one of these labels. Raises ValueError."""
    for label, content in _PEM.findall(text.decode("ascii", "replace")):
        if label in labels:
            try:
                return base64.b64decode(content)
            except binascii.Error as error:
                raise ValueError(f"The PEM block {label} is not base64: {error}") from None
    raise ValueError(f"There is no PEM block {' or '.join(labels)}.")


# ---- keys for sandboxes and tests ----


def make_rsa_signer(name: str, number: int, *, since: dt.datetime) -> tuple[Signer, bytes]:
    """A new RSA key with a certificate that it has signed itself, and the key as PEM. For sandboxes and tests."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = Name([NameAttribute(NameOID.COMMON_NAME, name)])
    built = CertificateBuilder(subject, subject, key.public_key(), number, since, since + dt.timedelta(days=3650))
    certificate = built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    return RsaSigner(key, certificate), key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def make_sm2_signer(name: str, number: int, *, since: dt.datetime) -> tuple[Signer, bytes]:
    """A new key of SM2 with a certificate that it has signed itself, and the key as PEM. For sandboxes and tests."""
    key, public_key = (bytes(part) for part in gmalg.SM2().generate_keypair())
    key = key.rjust(32, b"\0")
    method = der.sequence(der.write_der(der.OBJECT, der.SM2_WITH_SM3))
    common = der.sequence(der.write_der(der.OBJECT, der.COMMON_NAME), der.write_der(der.UTF8, name.encode()))
    subject = der.sequence(der.write_der(der.SET, common))
    times = (since, since + dt.timedelta(days=3650))
    validity = der.sequence(*(der.write_der(der.UTC_TIME, time.strftime("%y%m%d%H%M%SZ").encode()) for time in times))
    curve = der.sequence(der.write_der(der.OBJECT, der.EC_PUBLIC_KEY), der.write_der(der.OBJECT, der.SM2_CURVE))
    public = der.sequence(curve, der.write_der(der.BIT_STRING, b"\0" + public_key))
    inside = der.sequence(
        der.write_der(0xA0, der.integer(2)), der.integer(number), method, subject, validity, subject, public
    )
    r, s = (int.from_bytes(part, "big") for part in gmalg.SM2(key, SM2_IDENTITY, public_key).sign(inside))
    signature = der.write_der(der.BIT_STRING, b"\0" + der.sequence(der.integer(r), der.integer(s)))
    certificate = der.sequence(inside, method, signature)
    content = base64.encodebytes(der.write_sm2_key(key, public_key)).decode()
    pem = f"-----BEGIN PRIVATE KEY-----\n{content}-----END PRIVATE KEY-----\n"
    return Sm2Signer(key, certificate), pem.encode()
