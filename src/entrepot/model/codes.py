"""Read and write customs codes and days as text."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata

_CODE = re.compile(r"[\d.\s\-]*\d[\d.\s\-]*")

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

_CODE_IN_WORDS = re.compile(r"(?<![\w.])\d{4}(?:[.\-]\d{2,4})+(?![\w.])", re.ASCII)

#: What is said of a code that does not exist: the codes under its heading, the headings of its chapter, or that there
#: is none.
HINTS = {
    "under_heading": "Under {heading} there are: {codes}.",
    "in_chapter": "The headings of chapter {chapter} are {first} to {last}.",
    "no_chapter": "The Harmonized System has no chapter {chapter}. Describe the goods in words to find their code.",
    "statistics_heading": (
        "Statistics use {heading} for goods that are not specified; a sale needs the code of its goods."
    ),
}


def hint_values(kind: str, **values: str) -> dict[str, str]:
    """What is said of a code that does not exist, in English, and the values by which interfaces translate it.

    >>> hint_values("in_chapter", chapter="61", first="6101", last="6117")["hint"]
    'The headings of chapter 61 are 6101 to 6117.'
    """
    return {"hint": HINTS[kind].format(**values), "hint_kind": kind, **values}


def code_of(text: str) -> str:
    """The digits of a text that is a goods code or the beginning of one; otherwise empty.

    >>> code_of("0901.21 00"), code_of("๐๙๐๑"), code_of("2 wheels"), code_of("")
    ('09012100', '0901', '', '')
    """
    plain = "".join(str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in text.strip())
    plain = unicodedata.normalize("NFKC", plain)
    digits = re.sub(r"\D", "", plain) if _CODE.fullmatch(plain) else ""
    return digits if len(digits) <= 14 else ""


def id_of(text: str) -> str:
    """The id of the packs that a text means, in the forms in which it is typed: with spaces, hyphens and capitals.

    >>> id_of("Online Education"), id_of(" FORM-E ")
    ('online_education', 'form_e')
    """
    return re.sub(r"[\s\-]+", "_", unicodedata.normalize("NFKC", text).strip().lower())


def day_of(text: str) -> dt.date | None:
    """The date of a text in the form YYYY-MM-DD; None for any other text.

    >>> day_of("2026-03-01"), day_of("2026-02-30"), day_of("20260301"), day_of("2026-W10-7")
    (datetime.date(2026, 3, 1), None, None, None)
    """
    # Only one of the forms of ISO 8601 is accepted, so that every reader of the text understands the same date.
    try:
        return dt.date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def codes_joined(text: str) -> str:
    """A text in which goods codes have no dots or hyphens.

    >>> codes_joined("roasted 0901.21, 2.5 kg")
    'roasted 090121, 2.5 kg'
    """
    return _CODE_IN_WORDS.sub(lambda found: re.sub(r"[.\-]", "", found[0]), text)


def dotted(code: str) -> str:
    """A code of the Harmonized System with dots, as it is printed.

    >>> dotted("09012100"), dotted("telemedicine")
    ('0901.21.00', 'telemedicine')
    """
    if not code.isdigit():
        return code
    return ".".join(filter(None, (code[:4], code[4:6], code[6:8], code[8:])))
