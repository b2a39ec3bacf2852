"""The parts of DER (ITU-T X.690) that a certificate and a private key of SM2 need: no library here reads that curve.

Only what is read is checked; a certificate is compared with one that is known, so its issuer plays no part.
"""

from __future__ import annotations

from msgspec import Struct

INTEGER, BIT_STRING, OCTET_STRING, OBJECT, UTF8, UTC_TIME = 0x02, 0x03, 0x04, 0x06, 0x0C, 0x17
SEQUENCE, SET = 0x30, 0x31
#: id-ecPublicKey, the curve of SM2, and the signature SM2 with SM3.
EC_PUBLIC_KEY = bytes.fromhex("2a8648ce3d0201")
SM2_CURVE = bytes.fromhex("2a811ccf5501822d")
SM2_WITH_SM3 = bytes.fromhex("2a811ccf55018375")
COMMON_NAME = bytes.fromhex("550403")
RSA = bytes.fromhex("2a864886f70d010101")


class Value(Struct, frozen=True):
    """A value of DER: its tag and its content."""

    tag: int
    content: bytes

    def parts(self) -> tuple[Value, ...]:
        """The values inside a sequence or a set. Raises ValueError."""
        found, rest = [], self.content
        while rest:
            value, rest = _first(rest)
            found.append(value)
        return tuple(found)


def read_der(content: bytes) -> Value:
    r"""The one value of a DER text. Raises ValueError.

    >>> [part.content for part in read_der(sequence(integer(5), integer(300))).parts()]
    [b'\x05', b'\x01,']
    """
    value, rest = _first(content)
    if rest:
        raise ValueError("Something follows the DER value.")
    return value


def _first(content: bytes) -> tuple[Value, bytes]:
    if len(content) < 2:
        raise ValueError("The DER value is cut short.")
    length, start = content[1], 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 3 or len(content) < 2 + count:
            raise ValueError("The length of a DER value cannot be read.")
        length, start = int.from_bytes(content[2 : 2 + count], "big"), 2 + count
    if len(content) < start + length:
        raise ValueError("The DER value is cut short.")
    return Value(content[0], content[start : start + length]), content[start + length :]


def write_der(tag: int, content: bytes) -> bytes:
    """A value of DER."""
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + content


def integer(value: int) -> bytes:
    """A whole number that is not negative."""
    return write_der(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def sequence(*parts: bytes) -> bytes:
    """A sequence of values."""
    return write_der(SEQUENCE, b"".join(parts))


class Certificate(Struct, frozen=True):
    """What a signature needs of an X.509 certificate: its number, and its public key with the algorithm.

    `number` is the serial number as China E-Port writes it: eight or sixteen lower-case hexadecimal digits.
    """

    number: str
    algorithm: str
    public_key: bytes


def read_certificate(content: bytes) -> Certificate:
    """A certificate from DER. Raises ValueError.

    `public_key`: the DER of an RSA key, or the uncompressed point of SM2.
    """
    parts = read_der(content).parts()
    inside = list(parts[0].parts()) if parts else []
    # Version 1 has no version element, which is the first one, tagged [0].
    if inside and inside[0].tag == 0xA0:
        inside = inside[1:]
    if len(inside) < 6 or inside[0].tag != INTEGER:
        raise ValueError("This is not an X.509 certificate.")
    algorithm, key = inside[5].parts()
    identifiers = [part.content for part in algorithm.parts() if part.tag == OBJECT]
    if identifiers == [EC_PUBLIC_KEY, SM2_CURVE]:
        name, public_key = "SM2", key.content[1:]
    elif identifiers[:1] == [RSA]:
        name, public_key = "RSA", key.content[1:]
    else:
        raise ValueError("The key of the certificate is neither RSA nor SM2.")
    number = f"{int.from_bytes(inside[0].content, 'big'):x}"
    return Certificate(number.zfill(8 if len(number) <= 8 else 16), name, public_key)


def read_sm2_key(content: bytes) -> bytes:
    """The private key of SM2, 32 bytes, from DER as `openssl genpkey` writes it. Raises ValueError."""
    parts = read_der(content).parts()
    if len(parts) >= 3 and parts[1].tag == SEQUENCE:  # PKCS #8 has the key of RFC 5915 inside
        parts = read_der(parts[2].content).parts()
    if len(parts) < 2 or parts[1].tag != OCTET_STRING or len(parts[1].content) != 32:
        raise ValueError("This is not a private key of SM2.")
    return parts[1].content


def write_sm2_key(key: bytes, public_key: bytes) -> bytes:
    """A private key of SM2 in PKCS #8, which `openssl` reads."""
    algorithm = sequence(write_der(OBJECT, EC_PUBLIC_KEY), write_der(OBJECT, SM2_CURVE))
    point = write_der(0xA1, write_der(BIT_STRING, b"\x00" + public_key))
    inside = sequence(integer(1), write_der(OCTET_STRING, key), point)
    return sequence(integer(0), algorithm, write_der(OCTET_STRING, inside))
