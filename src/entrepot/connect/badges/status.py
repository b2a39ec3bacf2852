"""Which badges are revoked, as a W3C Bitstring Status List v1.0: one bit for each, in a credential of its own."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable
from typing import Any

from entrepot.connect.badges import proofs
from entrepot.connect.badges.credential import STATUS_PURPOSE, Signer, address_of
from entrepot.connect.documents import jose
from entrepot.connect.documents.credential import CONTEXT

#: Bits of a list: the least that the standard allows, so that nobody learns much from who asks for which list.
BITS = 131_072
MAX_BYTES = BITS // 8 * 64
TYPE = "BitstringStatusListCredential"


def encode(indexes: Iterable[int]) -> str:
    """The list with these bits set, compressed.

    >>> is_set(encode([5]), 5), is_set(encode([5]), 6)
    (True, False)
    """
    bits = bytearray(BITS // 8)
    for index in indexes:
        bits[index // 8] |= 0x80 >> index % 8
    return "u" + jose.encode(gzip.compress(bytes(bits), mtime=0))


def is_set(encoded: str, index: int) -> bool:
    """Whether a bit of a list is set. Raises ValueError for a list that is damaged, too large or too short."""
    if not encoded.startswith("u"):
        raise ValueError("the list is not Base64url with the prefix u")
    decompressor = zlib.decompressobj(wbits=31)
    try:
        bits = decompressor.decompress(jose.decode(encoded[1:]), MAX_BYTES)
    except zlib.error:
        raise ValueError("the list is not compressed with GZIP") from None
    if decompressor.unconsumed_tail or not 0 <= index < len(bits) * 8 or len(bits) * 8 < BITS:
        raise ValueError("the list has not the size of a status list, or not this index")
    return bool(bits[index // 8] & 0x80 >> index % 8)


def status_list(signer: Signer, number: int, revoked: Iterable[int], time: str) -> dict[str, Any]:
    """The signed list. `time`: when it was made (RFC 3339)."""
    address = address_of(signer.url, "badges:status", str(number))
    document: dict[str, Any] = {
        "@context": [CONTEXT],
        "id": address,
        "type": ["VerifiableCredential", TYPE],
        "issuer": signer.did,
        "validFrom": time,
        "credentialSubject": {
            "id": f"{address}#list",
            "type": "BitstringStatusList",
            "statusPurpose": STATUS_PURPOSE,
            "encodedList": encode(revoked),
        },
    }
    return proofs.sign(document, signer.key, signer.method, time)
