"""twice: whether an object of a JSON text gives a name twice.

RFC 8259 leaves open which of the values holds then, and readers differ: ours takes the last, and says nothing.
"""

from __future__ import annotations

import json
from typing import Any

#: What stands before the colon behind a name: its end, or space.
_BEFORE_COLONS = (b'":', b" :", b"\t:", b"\n:", b"\r:")
#: A name or a place in a list, and what it lies in. Whole paths of long names would outgrow the text by far.
_Path = tuple[Any, str | int] | None


def twice(content: bytes, value: dict[str, Any]) -> str | None:
    """The path of a name that is given twice; of several one that lies outermost. `value`: what the text was read as.

    Raises RecursionError where the text is nested as deeply as can just be read.

    >>> text = b'{"lines": [{"amount": 100, "note": "a: b", "amount": 900}]}'
    >>> twice(text, json.loads(text)), twice(b'{"note": "a: b"}', {"note": "a: b"})
    ('lines[0].amount', None)
    """
    # A name has one colon behind it: where there are no more colons than names were read, no name was lost. Only what
    # has more of them, in its texts, is read once more; nearly all others cost next to nothing.
    colons = content.count(b":")
    if colons == len(value) or colons == (names := _names(value)) or _colons(content) == names:
        return None
    # Objects come as tuples of pairs. No number is made: a name is all that is asked for.
    whole = json.loads(content, object_pairs_hook=tuple, parse_int=str, parse_float=str)
    left: list[tuple[_Path, Any]] = [(None, whole)]
    for path, each in left:
        if isinstance(each, tuple):
            seen = set()
            for name, inner in each:
                if name in seen:
                    return _written((path, name))
                seen.add(name)
                if isinstance(inner, tuple | list):
                    left.append(((path, name), inner))
        else:
            left += [((path, at), inner) for at, inner in enumerate(each) if isinstance(inner, tuple | list)]
    return None


def _written(path: _Path) -> str:
    parts: list[str] = []
    while path is not None:
        path, part = path
        parts.append(f"[{part}]" if isinstance(part, int) else f".{part}")
    return "".join(reversed(parts)).removeprefix(".")


def _colons(content: bytes) -> int:
    """How many colons there are that may stand behind a name, or more."""
    return sum(map(content.count, _BEFORE_COLONS))


def _names(value: Any) -> int:
    """How many names the objects of a value have."""
    count, left = 0, [value]
    for each in left:
        if isinstance(each, dict):
            count += len(each)
            left += each.values()
        elif isinstance(each, list):
            left += each
    return count
