"""Decode untrusted JSON: with limited depth, no repeated names, and a message that explains what is wrong."""

from __future__ import annotations

import codecs
import json
import re
from array import array
from contextlib import suppress
from decimal import InvalidOperation
from itertools import accumulate
from typing import Any, TypeVar, overload

import msgspec

T = TypeVar("T")

#: The maximum nesting of arrays and objects. A sale has 4 levels, a pack or an official schedule fewer than 16.
#: Decoders recurse on the C stack: some Python versions end the process before they raise RecursionError.
MAX_DEPTH = 64
_ANY: msgspec.json.Decoder[Any] = msgspec.json.Decoder()

_OPENING, _CLOSING = b"[{", b"]}"
_NO_STRUCTURE = bytes(set(range(256)) - set(b'"\\' + _OPENING + _CLOSING))
#: An opening bracket as 1, a closing one as -1, each as one signed byte.
_STEPS = bytes.maketrans(_OPENING + _CLOSING, b"\x01\x01\xff\xff")
#: How many bytes are processed at a time; between chunks only the level and whether a string is open are remembered.
_CHUNK_SIZE = 1 << 16


def build_types() -> int:
    """Build what msgspec keeps with each struct that is defined by now. Returns how many structs there are.

    A process calls this before its threads decode. msgspec 0.22 builds it at the first use of a struct and lets other
    threads find it half built: the process crashes if several threads use a struct for the first time.

    >>> build_types() > 0
    True
    """
    left: list[type[msgspec.Struct]] = [msgspec.Struct]
    found: set[type[msgspec.Struct]] = set()
    while left:
        for each in left.pop().__subclasses__():
            if each not in found:
                found.add(each)
                left.append(each)
                # Nobody decodes a struct with types that msgspec does not know, or with names only for type checkers.
                with suppress(TypeError, NameError):
                    msgspec.json.Decoder(each)
    return len(found)


class TooDeep(msgspec.DecodeError):
    """Arrays and objects are nested `found` levels deep, more than `MAX_DEPTH`."""

    def __init__(self, found: int) -> None:
        super().__init__(f"it is nested {found} levels deep: at most {MAX_DEPTH} are allowed")
        self.found = found


@overload
def decode(content: bytes | str) -> Any: ...
@overload
def decode(content: bytes | str, decoder: msgspec.json.Decoder[T]) -> T: ...
def decode(content: bytes | str, decoder: msgspec.json.Decoder[Any] = _ANY) -> Any:
    """Decode a JSON text. Raises TooDeep, or the errors of the decoder.

    >>> decode(b'{"lines": [{"amount": "100"}]}')
    {'lines': [{'amount': '100'}]}
    >>> decode("[" * 200_000 + "]" * 200_000)
    Traceback (most recent call last):
    entrepot.model.json.TooDeep: it is nested 200000 levels deep: at most 64 are allowed
    """
    check_depth(content)
    return decoder.decode(content)


def check_depth(content: bytes | str) -> None:
    """Raise TooDeep for a JSON text that is nested too deeply for a decoder. A text with few brackets is only counted.

    >>> check_depth('{"note": "' + "[" * 100 + '"}')
    """
    if isinstance(content, str):
        if content.count("[") + content.count("{") <= MAX_DEPTH:
            return
        content = content.encode("utf-8", "surrogatepass")
    elif content.count(b"[") + content.count(b"{") <= MAX_DEPTH:
        return
    if (found := depth(content)) > MAX_DEPTH:
        raise TooDeep(found)


def depth(content: bytes) -> int:
    """The maximum number of arrays and objects that are open together; brackets inside strings do not count.

    Reads each byte once, without recursion. For a text that is not JSON the result is never less than the depth at
    which a decoder would stop.

    >>> depth(b'{"a": [1, {"b": "[[["}]}'), depth(b"[[[")
    (3, 3)
    """
    # Remove escapes, so that each remaining quotation mark begins or ends a string. Two adjacent marks are an empty
    # string, or the end of one string and the beginning of the next: without both, the brackets outside are the same.
    marks = content.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _NO_STRUCTURE).replace(b'""', b"")
    quoted, level, deepest = 0, 0, 0
    for at in range(0, len(marks), _CHUNK_SIZE):
        parts = marks[at : at + _CHUNK_SIZE].split(b'"')
        steps = b"".join(parts[quoted::2]).translate(_STEPS, b"\\")
        levels = list(accumulate(array("b", steps), initial=level))
        level, highest = levels[-1], max(levels)
        deepest = max(deepest, highest)
        quoted = (quoted + len(parts) - 1) % 2
    return deepest


#: The bytes before the colon after a name: its quotation mark, or white space.
_BEFORE_COLONS = (b'":', b" :", b"\t:", b"\n:", b"\r:")
#: A name, or an index of an array, and the path of its container.
_Path = tuple[Any, str | int] | None


def repeated_name(content: bytes, value: dict[str, Any]) -> str | None:
    """The path of a name that an object has twice; if there are several, an outermost one. `value`: the decoded text.

    RFC 8259 does not say which of the values counts then, and decoders differ: msgspec silently uses the last one.

    >>> text = b'{"lines": [{"amount": 100, "note": "a: b", "amount": 900}]}'
    >>> repeated_name(text, json.loads(text)), repeated_name(b'{"note": "a: b"}', {"note": "a: b"})
    ('lines[0].amount', None)
    """
    # Each name is followed by one colon: a text with as many colons as decoded names has no repeated name. Only a text
    # with more colons, inside its strings, is decoded once more; for nearly all texts this costs almost nothing.
    colons = content.count(b":")
    if colons == len(value) or colons == (names := _count_names(value)) or _count_colons(content) == names:
        return None
    check_depth(content)
    # Objects are decoded as tuples of pairs. Numbers are not converted: only the names are needed.
    whole = json.loads(content, object_pairs_hook=tuple, parse_int=str, parse_float=str)
    left: list[tuple[_Path, Any]] = [(None, whole)]
    for path, each in left:
        if isinstance(each, tuple):
            seen = set()
            for name, inner in each:
                if name in seen:
                    return _path_text((path, name))
                seen.add(name)
                if isinstance(inner, tuple | list):
                    left.append(((path, name), inner))
        else:
            left += [((path, at), inner) for at, inner in enumerate(each) if isinstance(inner, tuple | list)]
    return None


def _path_text(path: _Path) -> str:
    parts: list[str] = []
    while path is not None:
        path, part = path
        parts.append(f"[{part}]" if isinstance(part, int) else f".{part}")
    return "".join(reversed(parts)).removeprefix(".")


def _count_colons(content: bytes) -> int:
    """An upper bound on the number of colons that follow a name; never fewer than the names."""
    return sum(map(content.count, _BEFORE_COLONS))


def _count_names(value: Any) -> int:
    """The number of names in the objects of a value."""
    count, left = 0, [value]
    for each in left:
        if type(each) is dict:  # what a decoder makes is of no other class
            count += len(each)
            left += each.values()
        elif type(each) is list:
            left += each
    return count


#: What JSON calls the types whose names are Python's.
_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
#: What is wrong and what to write, by a word in the decoder's message; the first match is used.
HINTS = {
    "surrogate": r"half of a surrogate pair (\ud800 to \udfff) stands alone: write both halves, or the character",
    "trailing comma": "there is a comma before a closing bracket: remove it",
    "keys must be strings": 'a name does not begin with a quotation mark: write {"currency": …}',
    "trailing characters": "there is text after its end: send one object",
    "out of range": "a number is too large or too small to be read",
    "invalid number": "a number is not written as in JSON: write it like 0.5 or 100",
    "escape": r"a \ is followed by a character that JSON does not allow there: write \\ for a backslash",
    "expected ':'": "a name has no colon after it: write one",
    "expected": "a comma or a closing bracket is missing",
    "truncated": "it ends too early: close each quotation mark and each bracket",
    "invalid character": "there is a character that JSON does not allow there: put names and texts in quotation marks, "
    r"and write \n for a new line in a text",
    "byte order mark": "it begins with a byte order mark: write it in UTF-8 without one",
    "not UTF-8": "it is not UTF-8",
    "another": "write it as RFC 8259 describes",
}
#: The first half of a surrogate pair without the second.
_HALF_PAIR = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?:[^\\]|\\[^u])")


def in_json_words(text: str) -> str:
    """A text of the decoder with the names that JSON has for types.

    >>> in_json_words("Expected `str | null`, got `int`")
    'Expected `string | null`, got `integer`'
    """
    return re.sub(r"`[^`]*`", lambda quoted: re.sub(r"\w+", lambda word: _TYPES.get(word[0], word[0]), quoted[0]), text)


def explain(content: bytes, error: Exception) -> str:
    """Why a text could not be decoded (`error`), and what to write instead.

    >>> explain(b'{"currency": "CNY",}', ValueError("JSON is malformed: trailing comma in object (byte 19)"))
    'there is a comma before a closing bracket: remove it (near byte 19)'
    >>> explain(b'{"lines": [', ValueError("Input data was truncated"))
    'it ends too early: close each quotation mark and each bracket'
    """
    if isinstance(error, TooDeep):
        return str(error)
    place = re.search(r"\(byte \d+\)", str(error))
    return hint_for(content, error) + (f" {place[0].replace('(', '(near ')}" if place else "")


def hint_for(content: bytes, error: Exception) -> str:
    """Which of HINTS explains why a text could not be decoded.

    >>> hint_for(b'{"lines": [', ValueError("Input data was truncated")) == HINTS["truncated"]
    True
    """
    if content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return HINTS["byte order mark"]
    if isinstance(error, UnicodeDecodeError):
        return HINTS["not UTF-8"]
    why = "out of range" if isinstance(error, InvalidOperation) else str(error)
    if "truncated" in why and _HALF_PAIR.search(content):
        why = "surrogate"  # half of a pair at the end of a text is reported as the end of the text
    return next((says for word, says in HINTS.items() if word in why), HINTS["another"])
