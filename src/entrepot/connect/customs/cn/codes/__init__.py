"""The code lists of China's customs messages, each row with its source and trust.

Country codes are the three digits of the older list, not ISO 3166: the messages kept them when the general declaration
moved to ISO codes in 2018. 142 is China as a country and the Chinese yuan as a currency; in units it is a bottle.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from msgspec import Struct, convert


class Code(Struct, frozen=True):
    """One code of a list, with its meaning, source and trust."""

    code: str
    zh: str
    en: str = ""
    cite: str = ""
    trust: str = ""


class Country(Struct, frozen=True):
    """A country or region; `iso` is its ISO 3166-1 alpha-2 code, empty where there is none."""

    code: str
    iso: str
    zh: str
    cite: str
    trust: str


class Unit(Struct, frozen=True):
    """A unit of measure; `rec20` are the UN/ECE codes that mean the same, empty where the mapping is unknown."""

    code: str
    zh: str
    rec20: str
    cite: str
    trust: str
    rec20_trust: str


class Source(Struct, frozen=True):
    """What a row cites."""

    key: str
    title: str
    authority: str
    date: str
    read: str


class Element(Struct, frozen=True):
    """What an element of the messages means."""

    name: str
    zh: str
    en: str
    cite: str
    trust: str


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one of the CSV files of this package."""
    text = (files("entrepot.connect.customs.cn.codes") / name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def sources() -> dict[str, Source]:
    """What the rows of the code lists cite."""
    return {row["key"]: convert(row, Source) for row in rows("sources.csv")}


@cache
def elements() -> dict[str, Element]:
    """What each element of the messages means, by its name.

    >>> elements()["acturalPaid"].zh
    '实际支付金额'
    """
    return {row["name"]: convert(row, Element) for row in rows("elements.csv")}


@cache
def countries() -> dict[str, Country]:
    """Each country by its three-digit code.

    >>> countries()["141"].iso, countries()["303"].iso, countries()["305"].iso
    ('VN', 'GB', 'FR')
    """
    return {row["code"]: convert(row, Country) for row in rows("countries.csv")}


@cache
def units() -> dict[str, Unit]:
    """Each unit by its three-digit code.

    >>> units()["035"].zh, units()["140"].zh, units()["122"].zh
    ('千克', '盒', '罐')
    """
    return {row["code"]: convert(row, Unit) for row in rows("units.csv")}


@cache
def country_code(iso: str) -> str | None:
    """The three-digit code of a country by its ISO 3166-1 alpha-2 code; None where the list has no such country.

    >>> country_code("VN"), country_code("TH"), country_code("KH"), country_code("XX")
    ('141', '136', '107', None)
    """
    return next((each.code for each in countries().values() if iso and each.iso == iso), None)


@cache
def unit_code(rec20: str) -> str | None:
    """The three-digit unit of a code of UN/ECE Recommendation No. 20; None if unknown. The mapping is `unchecked`.

    >>> unit_code("KGM"), unit_code("LTR"), unit_code("BX"), unit_code("XYZ")
    ('035', '095', '140', None)
    """
    return next((each.code for each in units().values() if rec20 in each.rec20.split()), None)


@cache
def listed(name: str) -> dict[str, Code]:
    """The codes of a list that import messages accept.

    >>> listed("tradeMode")["1210"].en, sorted(listed("idType"))
    ('bonded e-commerce', ['1'])
    """
    if name == "country":
        return {each.code: Code(each.code, each.zh, each.iso, each.cite, each.trust) for each in countries().values()}
    if name == "unit":
        return {each.code: Code(each.code, each.zh, each.rec20, each.cite, each.trust) for each in units().values()}
    found = {
        row["code"]: Code(row["code"], row["zh"], row["en"], row["cite"], row["trust"])
        for row in rows("lists.csv")
        if row["list"] == name and row["accepted"] == "yes"
    }
    if not found:
        raise KeyError(name)
    return found
