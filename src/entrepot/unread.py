"""unread: why a text is no JSON, and what to write instead; its reader says it in words of its own."""

from __future__ import annotations

import codecs
import re
from decimal import InvalidOperation

#: What is wrong, and what to write, by what the reader of JSON says of it; the first that is in it.
_WRONG = {
    "surrogate": r"half a sign (\ud800 to \udfff) stands alone: write both halves, or the sign itself",
    "trailing comma": "a comma stands before a closing bracket: leave it out",
    "keys must be strings": 'a name does not begin with a quotation mark: write {"currency": …}',
    "trailing characters": "something stands behind its end: send one object",
    "out of range": "a number is larger or smaller than any that is read here",
    "invalid number": "a number is written as JSON has none: write it like 0.5 or 100",
    "escape": r"behind a \ stands what JSON does not know there: write \\ for the sign itself",
    "expected ':'": "behind a name there is no colon: write one",
    "expected": "a comma or a closing bracket is missing",
    "truncated": "it ends before its end: close each quotation mark and each bracket",
    "invalid character": "a sign stands where JSON has none: put names and texts in quotation marks, "
    r"and write \n for a new line in a text",
}
#: Half a sign of two halves that has no other behind it.
_HALF = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?:[^\\]|\\[^u])")


def unread(content: bytes, error: Exception) -> str:
    """What is wrong with a text that its reader refused with an error, and what to write instead.

    >>> unread(b'{"currency": "CNY",}', ValueError("JSON is malformed: trailing comma in object (byte 19)"))
    'a comma stands before a closing bracket: leave it out (near byte 19)'
    >>> unread(b'{"lines": [', ValueError("Input data was truncated"))
    'it ends before its end: close each quotation mark and each bracket'
    """
    why = str(error)
    if content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "it begins with a byte order mark: write it in UTF-8 without one"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, InvalidOperation):
        why = "out of range"
    elif "truncated" in why and _HALF.search(content):
        why = "surrogate"  # half a sign at the end of a text is taken for the end of all
    says = next((says for word, says in _WRONG.items() if word in why), "write it as RFC 8259 has it")
    place = re.search(r"\(byte \d+\)", why)
    return says + (f" {place[0].replace('(', '(near ')}" if place else "")
