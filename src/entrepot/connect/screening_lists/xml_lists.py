"""The XML of the United Nations Security Council, and that of OFAC (SDN and consolidated): element by element.

A file with a document type or entities is refused before it is read: no such list has one.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, ParseError, iterparse  # without DTD, which is checked before

from entrepot.connect.screening_lists.found import FoundList, bounded, invalid, names, texts
from entrepot.cooperation.screening.entries import ORGANIZATION, OTHER, PERSON, PRIMARY, STRONG, WEAK, Entry

_US_DAY: Final = re.compile(r"(\d\d)/(\d\d)/(\d{4})")
_DECLARED: Final = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
#: Years on each side of a year of birth that is an estimate.
_ESTIMATE: Final = 5
_KINDS: Final = {"individual": PERSON, "entity": ORGANIZATION}


def read_un(content: bytes) -> FoundList:
    """The consolidated list of the Security Council. Raises TradeError."""
    version, entries = "", []
    for element in _elements(content, {"INDIVIDUAL", "ENTITY", "CONSOLIDATED_LIST"}):
        if element.tag == "CONSOLIDATED_LIST":
            version = element.get("dateGenerated", "")[:10]
        else:
            entries.append(_un_entry(element))
            element.clear()
    return FoundList(format="un", version=version, entries=bounded(entries))


def _un_entry(item: Element) -> Entry:
    person = item.tag == "INDIVIDUAL"
    parts = [item.findtext(name, "") for name in ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")]
    given = [(" ".join(filter(None, parts)), PRIMARY), (item.findtext("NAME_ORIGINAL_SCRIPT", ""), PRIMARY)]
    for alias in item.iterfind(f"{item.tag}_ALIAS"):
        quality = WEAK if alias.findtext("QUALITY", "").casefold() == "low" else STRONG
        given += [(each, quality) for each in re.split(r"[;\n]", alias.findtext("ALIAS_NAME", ""))]
    return Entry(
        id=item.findtext("REFERENCE_NUMBER") or item.findtext("DATAID") or "",
        kind=PERSON if person else ORGANIZATION,
        names=names(given),
        births=texts(birth for each in item.iterfind("INDIVIDUAL_DATE_OF_BIRTH") for birth in _un_births(each)),
        countries=texts(each.text for each in item.iterfind("NATIONALITY/VALUE")),
        identifiers=texts(each.text for each in item.iterfind("INDIVIDUAL_DOCUMENT/NUMBER")),
        programme=item.findtext("UN_LIST_TYPE", "")[:80],
        listed=item.findtext("LISTED_ON", "")[:10],
    )


def _un_births(item: Element) -> list[str]:
    """The day or the years of a birth: each year between two."""
    if exact := item.findtext("DATE") or item.findtext("YEAR"):
        return years_of(f"circa {exact}") if "APPROX" in item.findtext("TYPE_OF_DATE", "").upper() else [exact]
    return years_of(f"{item.findtext('FROM_YEAR', '')} to {item.findtext('TO_YEAR', '')}")


def read_ofac(content: bytes) -> FoundList:
    """The SDN list, or the consolidated one. Raises TradeError."""
    version, entries = "", []
    for element in _elements(content, {"sdnEntry", "Publish_Date"}):
        if element.tag == "Publish_Date":
            found = _US_DAY.search(element.text or "")
            version = f"{found[3]}-{found[1]}-{found[2]}" if found else ""
        else:
            entries.append(_ofac_entry(element))
            element.clear()
    return FoundList(format="ofac-xml", version=version, entries=bounded(entries))


def _ofac_entry(item: Element) -> Entry:
    given = [(_full_name(item), PRIMARY)]
    for alias in item.iterfind("akaList/aka"):
        weak = alias.findtext("category", "").casefold() == "weak"
        given.append((_full_name(alias), WEAK if weak else STRONG))
    return Entry(
        id=item.findtext("uid", ""),
        kind=_KINDS.get(item.findtext("sdnType", "").casefold(), OTHER),
        names=names(given),
        births=texts(
            year
            for each in item.iterfind("dateOfBirthList/dateOfBirthItem/dateOfBirth")
            for year in years_of(each.text or "")
        ),
        countries=texts(each.text for each in item.iterfind("nationalityList/nationality/country")),
        identifiers=texts(each.text for each in item.iterfind("idList/id/idNumber")),
        programme=" ".join(filter(None, (each.text for each in item.iterfind("programList/program"))))[:80],
    )


def years_of(text: str) -> list[str]:
    """The years that a text gives for a birth: each one between two, and five on both sides of an estimate.

    >>> years_of("17 May 1980"), years_of("1975 to 1977"), len(years_of("circa 1975")), years_of("")
    (['1980'], ['1975', '1976', '1977'], 11, [])
    """
    found = [int(each) for each in re.findall(r"\b(1[89]\d\d|20\d\d)\b", text)]
    if not found:
        return []
    estimate = _ESTIMATE if "circa" in text.casefold() else 0
    return [str(year) for year in range(min(found) - estimate, max(found) + estimate + 1)]


def _full_name(item: Element) -> str:
    return " ".join(filter(None, (item.findtext("firstName"), item.findtext("lastName"))))


def _elements(content: bytes, wanted: set[str]) -> Iterator[Element]:
    """The elements with these names as they end, their namespaces left out. Raises TradeError."""
    if _DECLARED.search(content):
        raise invalid("it declares a document type or entities, which no such list does")
    try:
        for _event, element in iterparse(io.BytesIO(content)):  # noqa: S314  # it declares no entities
            element.tag = element.tag.rpartition("}")[2]
            if element.tag in wanted:
                yield element
    except ParseError as error:
        raise invalid(str(error)) from None
