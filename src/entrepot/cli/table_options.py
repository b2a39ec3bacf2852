"""The options of the input table, which `batch`, `batch explain` and `compare` share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from entrepot.cli import exit_codes
from entrepot.cli.exit_codes import Stop
from entrepot.language.translate import _
from entrepot.model.errors import in_quotes

if TYPE_CHECKING:
    from entrepot.batch.run.paths import Location


def read_mapping(arguments: Mapping[str, Any]) -> dict[str, str | None]:
    """Each column of `--map` and its field; None for a column that is not read. Raises Stop."""
    return {column: field or None for column, field in _pairs(arguments["map"], "--map", "code=hs_code")}


def read_constants(arguments: Mapping[str, Any]) -> dict[str, str]:
    """The fields of `--set`, which are the same in all rows. Raises Stop."""
    return dict(_pairs(arguments["set"], "--set", "ship_to_country=JP"))


def read_location(name: str, arguments: Mapping[str, Any]) -> Location:
    """The input table, and how it is read: `--format-in`, `--encoding`, `--no-header`, `--sheet`. Raises TableError."""
    from entrepot.batch.formats.reading import Reading
    from entrepot.batch.run.paths import parse_location

    reading = Reading(arguments["encoding"] or "", not arguments["no_header"], arguments["sheet"] or "")
    return parse_location(name, arguments["format_in"])._replace(reading=reading)


def _pairs(typed: Sequence[str], option: str, example: str) -> Iterator[tuple[str, str]]:
    """The names and values of an option that is written NAME=VALUE. Raises Stop.

    >>> list(_pairs(["code=hs_code", "shop="], "--map", ""))
    [('code', 'hs_code'), ('shop', '')]
    """
    for each in typed:
        name, equals, value = each.rpartition("=") if option == "--map" else each.partition("=")
        if not equals or not name.strip():
            message = _("{option} must have the form {example}, not {text}.").format(
                option=option, example=example, text=in_quotes(each)
            )
            raise Stop(exit_codes.USAGE, "invalid", message, option)
        yield name.strip(), value.strip()
