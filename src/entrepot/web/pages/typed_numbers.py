"""Parse numbers that users type, in languages that write 1,234.50 and in those that write 1.234,50.

An address is shared between languages, so no text is one number in one language and another number in another. A text
that could be both, such as `1.500` in a language with a decimal comma, is refused.
"""

from __future__ import annotations

import re
from decimal import Decimal

from entrepot.language.translate import number


class AmbiguousNumber(ValueError):
    """A text that can be read as two numbers."""


def parse_decimal(text: str, *, comma: bool) -> Decimal | None:
    """A number as it is typed; None if it is not a number. `comma`: the language of the page writes a decimal comma.

    >>> parse_decimal("1,234.50", comma=False), parse_decimal("1.234,50", comma=True)
    (Decimal('1234.50'), Decimal('1234.50'))
    >>> parse_decimal("12,5", comma=False) is None
    True

    Raises AmbiguousNumber if the text could be either of two numbers in that language.
    """
    plain = re.sub(r"(?<=\d)[\s'](?=\d{3}(?!\d))", "", text)
    if comma:
        if re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", plain, re.ASCII):
            raise AmbiguousNumber(text)
        if re.fullmatch(r"[1-9]\d{0,2}(\.\d{3})+,\d*|[1-9]\d{0,2}(\.\d{3}){2,}", plain, re.ASCII):
            plain = plain.replace(".", "")
        if re.fullmatch(r"\d*,\d*", plain):
            plain = plain.replace(",", ".")
    if re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+(\.\d*)?", plain, re.ASCII):
        plain = plain.replace(",", "")
    return Decimal(plain) if re.fullmatch(r"\d{1,30}(\.\d{0,12})?|\.\d{1,12}", plain, re.ASCII) else None


def uses_decimal_comma() -> bool:
    """Whether the current language writes a decimal comma."""
    return "," in number("0.5")


def unambiguous(plain: str) -> str:
    """A plain number in a form that is one number in every language: three decimals could be read as thousands.

    >>> unambiguous("7.123"), unambiguous("0.125"), unambiguous("100.00")
    ('7.1230', '0.125', '100.00')
    """
    return f"{plain}0" if re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", plain, re.ASCII) else plain
