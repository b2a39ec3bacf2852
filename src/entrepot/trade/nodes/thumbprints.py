"""The thumbprint of a key as two officers read it to each other: 16 groups of five digits, four in a line.

Each group has 16 bits of the SHA-256, so nothing of it is left out: who reads all groups has compared the key.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from entrepot.model.errors import TradeError

_BYTES: Final = 32
_IN_A_LINE: Final = 4
_GROUP: Final = re.compile(r"\d{5}")
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]{43}\Z")


def groups(thumbprint: str) -> tuple[str, ...]:
    """The groups of a thumbprint (RFC 7638, base64url). Raises TradeError for what is none.

    >>> groups("poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U")[:4]
    ('42634', '42028', '26802', '39455')
    """
    content = _decoded(thumbprint)
    return tuple(f"{int.from_bytes(content[at : at + 2]):05d}" for at in range(0, _BYTES, 2))


def lines(thumbprint: str) -> tuple[str, ...]:
    """The groups in four lines.

    >>> lines("poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U")[0]
    '42634 42028 26802 39455'
    """
    found = groups(thumbprint)
    return tuple(" ".join(found[at : at + _IN_A_LINE]) for at in range(0, len(found), _IN_A_LINE))


def read(text: str) -> str:
    """The thumbprint that somebody typed, as groups of digits with any separators or as base64url. Raises TradeError.

    >>> read(" ".join(groups("poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U")))
    'poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U'
    >>> read("12345 99999")
    Traceback (most recent call last):
    entrepot.model.errors.TradeError: This is not a thumbprint: 16 groups of five digits, each at most 65535.
    """
    stripped = text.strip()
    if _BASE64URL.match(stripped):
        _decoded(stripped)
        return stripped
    digits = re.sub(r"[\s.,:;-]", "", stripped)
    numbers = [int(each) for each in _GROUP.findall(digits)] if digits.isascii() and digits.isdigit() else []
    if len(digits) != _BYTES // 2 * 5 or any(each > 0xFFFF for each in numbers):
        raise _not_one()
    content = b"".join(each.to_bytes(2) for each in numbers)
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decoded(thumbprint: str) -> bytes:
    try:
        content = base64.b64decode(thumbprint + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if len(content) != _BYTES or base64.urlsafe_b64encode(content).decode().rstrip("=") != thumbprint:
        raise _not_one()
    return content


def _not_one() -> TradeError:
    return TradeError(
        "thumbprint_invalid", "This is not a thumbprint: 16 groups of five digits, each at most 65535.", "thumbprint"
    )
