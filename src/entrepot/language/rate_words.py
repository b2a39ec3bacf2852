"""Rates by a unit in words: `2 CNY/kg` is 2 CNY for each kg, and the measures of a line that such a rate needs."""

from __future__ import annotations

import re
from fractions import Fraction

from entrepot.engine.rules.wording import FIELD
from entrepot.language.translate import N_, _, lowest, number, rate_text
from entrepot.law.rates import UNITS

#: A unit of the law in words: of one, and of several.
UNIT_WORDS = {
    "kg_gross": (N_("kg with the packing"), N_("{n} kg with the packing")),
    "item": (N_("piece"), N_("{n} pieces")),
    "dozen": (N_("dozen"), N_("{n} dozen")),
    "pair": (N_("pair"), N_("{n} pairs")),
    "head": (N_("animal"), N_("{n} animals")),
    "l": (N_("litre"), N_("{n} litres")),
    "l_alc": (N_("litre of pure alcohol"), N_("{n} litres of pure alcohol")),
    "hl_vol": (N_("litre of pure alcohol"), N_("{n} litres of pure alcohol")),
    "m2": ("m²", "{n} m²"),
    "m3": ("m³", "{n} m³"),
}
#: What the highest and the lowest of two rates are called, and of more.
_COMPARED = {
    "max": (N_("the higher of {first} and {second}"), N_("the highest of {rates}")),
    "min": (N_("the lower of {first} and {second}"), N_("the lowest of {rates}")),
}
#: Characters of the words of a rate in a column of a table; a longer one is shown as the law writes it.
MAX_SHORT_WORDS = 80
#: A share of what is above an amount, of each piece or of the whole.
_ABOVE = re.compile(r"max\(0 %, (\d+(?:\.\d+)?) % - (\d+(?:\.\d+)?) ([A-Z]{3})(/item)?\)")
_BY_UNIT = re.compile(r"(\d+(?:\.\d+)?) ([A-Z]{3})/(\d*)([a-z][a-z_0-9]*)")


def rate_words(text: str) -> str:
    """A rate, or a range of rates, in words.

    >>> rate_words("18 CHF/100kg_gross to 76 CHF/100kg_gross")
    '18 to 76 CHF for each 100 kg with the packing'
    >>> rate_words("max(30 %, 4300 JPY/pair)"), rate_words("20 % + 0.912 CNY/l")
    ('the higher of 30 % and 4,300 JPY for each pair', '20 % plus 0.912 CNY for each litre')
    >>> rate_words("min(29.8 %, 88 JPY/l, 23 JPY/kg)")
    'the lowest of 29.8 %, 88 JPY for each litre, 23 JPY for each kg'
    >>> rate_words("from 4.73 NOK/kg"), rate_words("from free"), rate_words("0 % to 15 %")
    ('from 4.73 NOK for each kg', 'from 0 %', '0 % to 15 %')
    >>> rate_words("max(0 %, 20 % - 400000 KRW/item)")
    '20 % of what each piece is worth above 2,000,000 KRW'
    >>> rate_words("8.34 AUD/l_alc - 0.096 AUD/l")
    '8.34 AUD for each litre of pure alcohol less 0.096 AUD for each litre'
    """
    if text.startswith("from "):
        return _("from {rate}").format(rate=rate_words(lowest(text)))
    low, between, high = text.partition(" to ")
    if between:
        units = [found and found.group(2, 3, 4) for found in map(_BY_UNIT.fullmatch, (low, high))]
        begins = number(low.partition(" ")[0]) if units[1] and (low == "0" or units[0] == units[1]) else rate_words(low)
        return _("{low} to {high}").format(low=begins, high=rate_words(high))
    if above := _ABOVE.fullmatch(text):
        return _share_above(above)
    found = re.fullmatch(r"(max|min)\((.*)\)", text)
    if found and len(_split(text, "+")) == 1:
        parts = [rate_words(each) for each in _split(found[2], ",")]
        of_two, of_more = _COMPARED[found[1]]
        return (
            _(of_two).format(first=parts[0], second=parts[1])
            if len(parts) == 2
            else _(of_more).format(rates=", ".join(parts))
        )
    parts = _split(text, "+")
    if len(parts) > 1:
        return _(" plus ").join(map(rate_words, parts))
    parts = text.split(" - ")
    if len(parts) > 1 and all(map(_BY_UNIT.fullmatch, parts)):
        return _(" less ").join(map(rate_words, parts))
    return _BY_UNIT.sub(_one_unit, text) if _BY_UNIT.fullmatch(text) else rate_text(text)


def short_rate_words(text: str) -> str:
    """A rate in words, for a column of a table; as the law writes it where the words are many.

    >>> short_rate_words("12.5 CHF/100kg_gross")
    '12.5 CHF for each 100 kg with the packing'
    >>> short_rate_words("max(15 %, min(20 %, 2 USD/kg), 3 USD/l + 1 USD/item)")
    'max(15 %, min(20 %, 2 USD/kg), 3 USD/l + 1 USD/item)'
    """
    words = rate_words(text)
    return words if len(words) <= MAX_SHORT_WORDS else rate_text(text)


def fields_of_rate(text: str) -> list[str]:
    """The fields of a line with the measures that a rate needs.

    >>> fields_of_rate("88 SGD/l_alc"), fields_of_rate("max(29.8 %, 88 JPY/l, 23 JPY/kg)"), fields_of_rate("5 %")
    (['litres', 'alcohol_percent'], ['litres', 'net_mass_kg'], [])
    """
    found: dict[str, None] = {}
    for _amount, _currency, _many, unit in _BY_UNIT.findall(text):
        measure = UNITS[unit][0] if unit in UNITS else ""
        if measure == "l_alc":
            found["litres"] = None
        if measure in FIELD:
            found[FIELD[measure]] = None
    return list(found)


def is_above_an_amount(text: str) -> bool:
    """Whether a rate is a share of what is above an amount.

    >>> is_above_an_amount("max(0 %, 20 % - 400000 KRW/item)"), is_above_an_amount("max(5 %, 1 EUR/kg)")
    (True, False)
    """
    return _ABOVE.fullmatch(text) is not None


def _share_above(found: re.Match[str]) -> str:
    share, amount, currency, of_each = found.groups()
    above = Fraction(amount) * 100 / Fraction(share)
    words = _("{rate} of what each piece is worth above {amount}") if of_each else _("{rate} of what is above {amount}")
    return words.format(rate=rate_text(f"{share} %"), amount=f"{number(f'{float(above):.12g}')} {currency}")


def _one_unit(found: re.Match[str]) -> str:
    amount, currency, many, unit = found.groups()
    one, several = UNIT_WORDS.get(unit, (unit, f"{{n}} {unit}"))
    words = _(several).format(n=number(many)) if many else _(one)
    return _("{amount} for each {unit}").format(amount=f"{number(amount)} {currency}", unit=words)


def _split(text: str, sign: str) -> list[str]:
    """The parts of a rate between signs that are in no brackets.

    >>> _split("max(5 %, 1 EUR/kg), 2 %", ",")
    ['max(5 %, 1 EUR/kg)', '2 %']
    """
    parts, depth = [""], 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == sign and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]
