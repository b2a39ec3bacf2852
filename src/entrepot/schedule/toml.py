"""toml: values written as TOML, as far as a `layer.toml` needs it; the standard library only reads it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any


def written(tables: Mapping[str, Mapping[str, Any]]) -> str:
    r"""A file of the format 1 with these tables; what is None or empty is left out.

    >>> print(written({"layer": {"id": "a", "since": dt.date(2026, 1, 1), "codes": [], "notes": ["x"]}}), end="")
    format = 1
    <BLANKLINE>
    [layer]
    id = "a"
    since = 2026-01-01
    notes = ["x"]
    """
    parts = ["format = 1"]
    for name, table in tables.items():
        lines = [f"{_key(key)} = {_value(value)}" for key, value in table.items() if value not in (None, [], "")]
        parts.append("\n".join([f"[{name}]", *lines]))
    return "\n\n".join(parts) + "\n"


def _key(name: str) -> str:
    return name if name.replace("_", "a").isalnum() and name.isascii() else _text(name)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dt.date | int):
        return str(value)
    raise TypeError(f"{value!r} is not written.")


def _text(text: str) -> str:
    # A basic string of TOML is one of JSON, but for the delete sign, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
