"""typed: numbers as people type them, in languages that write 1,234.50 and in those that write 1.234,50.

An address is shared between languages, so no text is one number in one of them and another number in another: what
could be both, `1.500` where a decimal comma is written, is not guessed at.
"""

from __future__ import annotations

import re
from decimal import Decimal

from entrepot.language.translate import number


class TwoWays(ValueError):
    """A text that is read in two ways."""


def decimal(text: str, *, comma: bool) -> Decimal | None:
    """A number as it is typed; None where it is none. `comma`: the reader's language writes a decimal comma.

    >>> decimal("1,234.50", comma=False), decimal("1.234,50", comma=True), decimal("12,5", comma=False)
    (Decimal('1234.50'), Decimal('1234.50'), None)

    Raises TwoWays where a reader of that language may mean either.
    """
    plain = re.sub(r"(?<=\d)[\s'](?=\d{3}(?!\d))", "", text)
    if comma:
        if re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", plain, re.ASCII):
            raise TwoWays(text)
        if re.fullmatch(r"[1-9]\d{0,2}(\.\d{3})+,\d*|[1-9]\d{0,2}(\.\d{3}){2,}", plain, re.ASCII):
            plain = plain.replace(".", "")
        if re.fullmatch(r"\d*,\d*", plain):
            plain = plain.replace(",", ".")
    if re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+(\.\d*)?", plain, re.ASCII):
        plain = plain.replace(",", "")
    return Decimal(plain) if re.fullmatch(r"\d{1,30}(\.\d{0,12})?|\.\d{1,12}", plain, re.ASCII) else None


def writes_comma() -> bool:
    """Whether the language that is spoken writes a decimal comma."""
    return "," in number("0.5")


def unmistakable(plain: str) -> str:
    """A plain number so that no language reads it in another way: three decimals might be thousands.

    >>> unmistakable("7.123"), unmistakable("0.125"), unmistakable("100.00")
    ('7.1230', '0.125', '100.00')
    """
    return f"{plain}0" if re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", plain, re.ASCII) else plain
