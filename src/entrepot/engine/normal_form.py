"""The normal form of a request: codes in capitals, words of closed lists in small letters, names as their codes.

`Consumer`, `vn`, `Vietnam` and `RMB` become `consumer`, `VN`, `VN` and `CNY`. What is no known name stays as it is, so
that the error shows it. One definition for the library, the API, tables, options and pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from entrepot.model.errors import SaleError

#: Fields that hold an economy: its code, or a name of it.
ECONOMIES = ("ship_from.country", "ship_to.country", "country_of_origin")
#: Letters of a word in capitals; a longer one stays as it is, so that an error shows it as it was given.
MAX_CAPITALS = 3
#: Fields whose words are written in capitals, and those whose words are written in small letters.
CAPITALS = ("incoterm",)
SMALL = (
    "buyer.kind",
    "transport",
    "channel",
    "service",
    "proof_of_origin",
    "tax_class",
    "seller.registrations",
    "asserted",
)
CURRENCY = "currency"
#: Fields of `ECONOMIES`, `CAPITALS` and `SMALL` that belong to a line.
OF_LINE = ("country_of_origin", "service", "proof_of_origin", "tax_class")
#: What each field holds: words, or the codes of a kind.
_KINDS = {
    **dict.fromkeys(ECONOMIES, "economy"),
    CURRENCY: "currency",
    **dict.fromkeys(CAPITALS, "capitals"),
    **dict.fromkeys(SMALL, "small"),
}
#: All fields with a normal form.
FIELDS = tuple(_KINDS)
#: The fields of the sale itself by their first name, each with its second and its path.
_OF_SALE = {path.partition(".")[0]: (path.partition(".")[2], path) for path in FIELDS if path not in OF_LINE}


class Names(Protocol):
    """Finds codes of economies and currencies by their names; a kind is `economy` or `currency`."""

    def is_code(self, kind: str, text: str) -> bool:
        """Whether a text has the form of a code and is no name."""

    def codes(self, kind: str, text: str) -> tuple[str, ...]:
        """The codes that a text may mean; none if it is no known name."""

    def nearest(self, kind: str, text: str) -> str:
        """The name that is most similar to a text; empty if none is."""


def normal_form(sale: Mapping[str, Any], names: Names) -> Mapping[str, Any]:
    """A request in its normal form; the same mapping where it has it already. Raises SaleError for an ambiguous name.

    Values that are not of the type of their field stay as they are.
    """
    changed: dict[str, Any] = {}
    for first, outer in sale.items():
        if first not in _OF_SALE:
            continue
        name, path = _OF_SALE[first]
        given = outer if not name else outer.get(name) if _is_mapping(outer) else None
        if given is not None and (value := normal_value(given, path, names)) is not given:
            changed[first] = {**outer, name: value} if name else value
    rates = sale.get("exchange_rates")
    if rates and _is_mapping(rates):
        # Codes only, as in the names of columns. A currency that is given twice stays as it is.
        codes = [each.upper() for each in rates if isinstance(each, str)]
        if codes != list(rates) and len(set(codes)) == len(rates):
            changed["exchange_rates"] = dict(zip(codes, rates.values(), strict=True))
    lines = sale.get("lines")
    if isinstance(lines, list | tuple):
        normal = [_normal_line(line, place, names) for place, line in enumerate(lines)]
        if any(one is not other for one, other in zip(normal, lines, strict=True)):
            changed["lines"] = normal
    return {**sale, **changed} if changed else sale


def _is_mapping(value: Any) -> bool:
    return type(value) is dict or isinstance(value, Mapping)  # most are, and the general test is slow


def _normal_line(line: Any, place: int, names: Names) -> Any:
    if not _is_mapping(line):
        return line
    changed: dict[str, Any] = {}
    for name, given in line.items():
        if name in OF_LINE and (value := normal_value(given, name, names, f"lines[{place}].{name}")) is not given:
            changed[name] = value
    return {**line, **changed} if changed else line


def normal_value(value: Any, field: str, names: Names, param: str = "") -> Any:
    """A value of a field in its normal form; the same object where it has it already. Raises SaleError.

    `param`: the path of the field in the request, where it is not `field`.
    """
    if isinstance(value, str):
        return _normal_text(value, _KINDS[field], names, param or field)
    if type(value) in (list, tuple):
        normal = type(value)(normal_value(each, field, names, param) for each in value)
        return value if normal == value else normal
    return value


def _normal_text(text: str, kind: str, names: Names, param: str) -> str:
    if kind == "small":
        plain = text.strip().lower()
    elif kind == "capitals":
        plain = text.strip().upper() if len(text) <= MAX_CAPITALS else text
    else:
        plain = text if names.is_code(kind, text) else code_named(kind, text, names, param) or text
    return text if plain == text else plain


def code_named(kind: str, text: str, names: Names, param: str) -> str:
    """The code of an economy or a currency from its code or a name; empty if it is unknown.

    Raises SaleError for a name of several things.
    """
    codes = names.codes(kind, text)
    if len(codes) > 1:
        raise SaleError(
            "ambiguous_name",
            "{word!r} has several meanings: {codes}. Write one of these codes.",
            param,
            word=text.strip(),
            codes=", ".join(codes),
        )
    return codes[0] if codes else ""
