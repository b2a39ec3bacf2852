"""asked: what is typed alike for a table and for one row of it: names with values, and the packs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from entrepot.cli import exit_codes
from entrepot.cli.exit_codes import Stop
from entrepot.cli.quote import packs_of
from entrepot.language.translate import _
from entrepot.law.library import Library


def pairs(typed: Sequence[str], option: str, example: str) -> Iterator[tuple[str, str]]:
    """Names with their values, as they are typed.

    >>> list(pairs(["code=hs_code", "shop="], "--map", ""))
    [('code', 'hs_code'), ('shop', '')]
    """
    for each in typed:
        name, equals, value = each.rpartition("=") if option == "--map" else each.partition("=")
        if not equals or not name.strip():
            message = _("{option} is written {example}, not {text}.").format(
                option=option, example=example, text=repr(each)
            )
            raise Stop(exit_codes.USAGE, "invalid", message, option)
        yield name.strip(), value.strip()


def library_of(given: Mapping[str, Any]) -> Library:
    """The packs that were named, with what is laid over them."""
    return packs_of(given["packs"], given["overlays"])
