"""What customs asks to know of a buyer, and whether what was given can be right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from entrepot.model.errors import TradeError
from entrepot.trade.limits import RetailLimits

#: What the carrier of any goods needs.
DELIVERY = ("name", "telephone", "address")
#: The number of a resident identity card (GB 11643): 17 digits and a check character by ISO 7064 MOD 11-2.
_RESIDENT = re.compile(r"[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]\Z")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
#: Categories of Unicode: control characters, halves of pairs, private and unassigned characters.
_NOT_PRINTED = frozenset({"Cc", "Cs", "Co", "Cn"})
#: What changes the direction of a text.
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Rule(NamedTuple):
    """What retail import asks of a buyer. `fields`: of the personal data; `identity_type`: the only one accepted."""

    fields: tuple[str, ...]
    identity_type: str
    source: str


#: By economy. China: only resident identity cards (type 1) are accepted, and the telephone is mandatory (edition
#: 202205, CEB311 and CEB621).
RULES: Mapping[str, Rule] = {"CN": Rule(("name", "identity_type", "identity_number", "telephone"), "1", "ceb-202205")}


def resident_number(text: str) -> str:
    """The number of a Chinese resident identity card as it is compared: without spaces, in capitals.

    >>> resident_number("11010519491231002x")
    '11010519491231002X'
    """
    return "".join(text.split()).upper()


def is_resident_number(number: str) -> bool:
    """Whether the number of a Chinese resident identity card has its form and its check character.

    >>> is_resident_number("11010519491231002X"), is_resident_number("110105194912310021")
    (True, False)
    """
    if not _RESIDENT.match(number):
        return False
    return number[17] == _CHECKS[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11]


def needs_identity(option: str, limits: RetailLimits | None) -> bool:
    """Whether an import procedure is one for identified persons with an annual limit."""
    return limits is not None and option in (limits.within, limits.above)


def check_contact(contact: Mapping[str, str], economy: str, *, identified: bool, goods: bool) -> Mapping[str, str]:
    """The personal data of an order, in the form in which it is kept and compared. Raises TradeError.

    `identified`: the procedure is one for identified persons; `goods`: something is carried to the buyer.
    """
    given = {name: " ".join(value.split()) for name, value in contact.items() if value.strip()}
    for name, value in given.items():
        _check_printed(f"contact.{name}"[:60], value)
    rule = RULES.get(economy) if identified else None
    needed = dict.fromkeys((*(rule.fields if rule else ()), *(DELIVERY if goods else ("name",))))
    missing = [name for name in needed if name not in given]
    if missing:
        names, param = ", ".join(missing).replace("_", " "), f"contact.{missing[0]}"
        if rule and any(name in rule.fields for name in missing):
            raise TradeError(
                "identity_missing",
                "The customs of {economy} ask for the buyer's {missing}, which is missing.",
                param,
                economy=economy,
                missing=names,
            )
        raise TradeError("contact_missing", "The buyer's {missing} is missing.", param, missing=names)
    if rule:
        _check_identity(given, rule, economy)
        given["identity_number"] = resident_number(given["identity_number"])
    return given


def _check_printed(field: str, text: str) -> None:
    """Raise TradeError for characters that no message for customs and no label can have.

    The space of no width is allowed: it separates words in Khmer.
    """
    if any(unicodedata.category(each) in _NOT_PRINTED or each in _DIRECTIONS for each in text):
        raise TradeError(
            "field_invalid", "The field {field} has characters that cannot be printed.", field, field=field
        )


def _check_identity(given: Mapping[str, str], rule: Rule, economy: str) -> None:
    if given["identity_type"] != rule.identity_type:
        values = {"economy": economy, "allowed": rule.identity_type, "given": given["identity_type"]}
        raise TradeError(
            "identity_type",
            "The customs of {economy} accept resident identity cards (type {allowed}), not type {given!r}.",
            "contact.identity_type",
            **values,
        )
    if economy == "CN" and not is_resident_number(resident_number(given["identity_number"])):
        # The number is personal data: the message does not repeat it.
        raise TradeError(
            "identity_invalid",
            "The identity number is not that of a resident identity card: 17 digits and a check character, such as "
            "11010519491231002X.",
            "contact.identity_number",
        )
