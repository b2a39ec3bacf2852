"""tongue: translates what the terminal and the pages show: fixed texts, a pack's own, numbers, dates and places.

What it needs is one value, a `Speech`: the language, the names of economies in the packs, and the words of one law.
A command or a request sets it once: `use` with the language, `use_names` with the packs, `use_law` with the law that is
shown. It is kept in a context variable, so each thread of the server has its own.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping
from contextvars import ContextVar
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from entrepot.engine.rules.reasons import SENTENCES
from entrepot.language import catalogue
from entrepot.model.errors import EntrepotError, WordedError

if TYPE_CHECKING:
    from entrepot.law.compiled import Law
    from entrepot.model.quote import Reason

_NONE: Mapping[str, str] = MappingProxyType({})


def _unnamed(_code: str) -> str | None:
    """The name of an economy where no packs are given: none."""
    return None


class Speech(NamedTuple):
    """All that a sentence for a reader depends on; nothing in it can change.

    `texts`: the fixed texts in the language. `name_of_economy`: the name that the packs give an economy by its code.
    `words`: the texts of the law that is shown, in the language. `place_of`: the economy that is meant by the title of
    that law, where it is the law of one economy.
    """

    language: str = "en"
    texts: Mapping[str, str] = _NONE
    name_of_economy: Callable[[str], str | None] = _unnamed
    words: Mapping[str, str] = _NONE
    place_of: Mapping[str, str] = _NONE


_speech: ContextVar[Speech] = ContextVar("speech", default=Speech())  # noqa: B039  # nothing in it can change


def use(language: str) -> None:
    """Sets the language of this command or request. What was set before, packs and law, no longer counts."""
    _speech.set(Speech(language, catalogue.catalogue(language)))


def use_names(name_of_economy: Callable[[str], str | None]) -> None:
    """Sets the packs of this command or request by what they call an economy; None where they do not have it."""
    _speech.set(_speech.get()._replace(name_of_economy=name_of_economy))


def use_law(law: Law) -> None:
    """Sets the law that is shown: its texts are shown in its own language, where that is the reader's."""
    use_words(law.language, law.words, law.title, law.economies)


def use_words(language: str, words: Mapping[str, str], title: str, economies: Collection[str]) -> None:
    """Sets the words of a pack. `title`: of its place; `economies`: their codes.

    A single economy has a name in every language.
    """
    own = words if language == spoken() else _NONE
    place_of = {title: next(iter(economies))} if len(economies) == 1 else _NONE
    _speech.set(_speech.get()._replace(words=own, place_of=place_of))


def spoken() -> str:
    """The language of this command or request."""
    return _speech.get().language


def _(english: str) -> str:
    """A fixed text in the reader's language; English where the catalogue lacks it."""
    return str(_speech.get().texts.get(english, english))


def N_(english: str) -> str:  # noqa: N802  # the name that gettext gives it
    """Marks a text for the catalogue; it is translated where it is shown."""
    return english


def plural(count: int, one: str, many: str) -> str:
    """The text for a count, with the count in it.

    >>> plural(1, "{n} line", "{n} lines"), plural(2, "{n} line", "{n} lines")
    ('1 line', '2 lines')
    """
    english = one if count == 1 else many
    return _(english).format(n=number(str(count)))


def of_pack(english: str) -> str:
    """A text of the packs: in the pack's own words, else as the catalogue has it, else in English."""
    own = _speech.get().words.get(english)
    return str(own) if own else _(english)


@lru_cache(maxsize=8)
def _locale(language: str) -> Any:
    from babel import Locale

    return Locale.parse("zh_Hans" if language == "zh" else language)


def number(amount: str) -> str:
    """A decimal text as people write it, with as many decimals as it has.

    >>> number("1234567.50"), number("-3")
    ('1,234,567.50', '-3')
    """
    from babel.numbers import format_decimal

    decimals = len(amount.partition(".")[2])
    return str(
        format_decimal(_decimal(amount), "#,##0" + ("." + "0" * decimals if decimals else ""), _locale(spoken()))
    )


def money(amount: str | None, currency: str) -> str:
    r"""An amount with its currency, where the language puts it; a dash where it is not known.

    >>> money("1234.50", "CNY"), money(None, "CNY")
    ('CNY\xa01,234.50', '—')
    """
    if amount is None:
        return "—"
    before = str(_locale(spoken()).currency_formats["standard"].pattern).startswith("¤")
    return f"{currency}\xa0{number(amount)}" if before else f"{number(amount)}\xa0{currency}"


def share(part: str, whole: str) -> str:
    r"""A part as a percentage of the whole.

    >>> share("9.10", "109.10")
    '8.3\xa0%'
    """
    from babel.numbers import format_decimal

    hundredfold = _decimal(part) * 100 / _decimal(whole)
    return f"{format_decimal(hundredfold, '#,##0.0', _locale(spoken()))}\xa0%"


def formula(text: str) -> str:
    """A formula with its numbers as people write them.

    >>> formula("20000.00 × 13 % × 70 %")
    '20,000.00 × 13 % × 70 %'
    """
    return re.sub(r"\d+(?:\.\d+)?", lambda found: number(found[0]), text)


def day(iso: str | None) -> str:
    """A day as people write it; a dash where there is none.

    >>> day("2026-03-01")
    'Mar 1, 2026'
    """
    from babel.dates import format_date

    try:
        return str(format_date(dt.date.fromisoformat(iso or ""), "medium", _locale(spoken())))
    except ValueError:
        return iso or "—"


def place(code: str) -> str:
    """The name of an economy: as the language has it, else as the packs have it, else its code.

    >>> place("KH"), place("XX9")
    ('Cambodia', 'XX9')
    """
    known = str(_locale(spoken()).territories.get(code, code))
    # Babel has no name of an economy that a pack invents, and calls ZZ an unknown region.
    return _speech.get().name_of_economy(code) or known if code in (known, "ZZ") else known


def _decimal(text: str) -> Any:
    from decimal import Decimal

    return Decimal(text)


#: Words of the API that are shown, as people say them.
LABELS = {
    "consumer": N_("a consumer"),
    "business": N_("a business"),
    "ecommerce": N_("e-commerce"),
    "trade": N_("trade between businesses"),
    "personal": N_("personal articles carried or sent"),
    "air": N_("air"),
    "sea": N_("sea"),
    "post": N_("post"),
    "express": N_("express"),
    "road": N_("road"),
    "rail": N_("rail"),
    "digital": N_("digital delivery"),
    "open": N_("open"),
    "conditional": N_("conditional"),
    "closed": N_("closed"),
    "complete": N_("complete"),
    "estimated": N_("estimated"),
    "refused": N_("refused"),
    "passed": N_("passed"),
    "failed": N_("failed"),
    "assumed": N_("assumed"),
    "asked": N_("not known"),
    "official": N_("official"),
    "published": N_("published"),
    "unchecked": N_("unchecked"),
    "duty": N_("duty"),
    "additional_duty": N_("additional duty"),
    "excise": N_("excise"),
    "vat": N_("value added tax"),
    "income_tax": N_("income tax"),
    "fee": N_("fee"),
    "prohibition": N_("prohibition"),
    "licence": N_("licence"),
    "registration": N_("registration"),
    "certificate": N_("certificate"),
    "label": N_("label"),
    "document": N_("document"),
    "data_rule": N_("data rule"),
    "market_access": N_("market access"),
    "mfn": N_("Most favoured nation (MFN)"),
    "general": N_("General rate"),
    "provisional": N_("Provisional rate"),
    "shipping cost": N_("shipping cost"),
    "insurance cost": N_("insurance cost"),
    "customs": N_("customs"),
    "seller": N_("the seller"),
    "platform": N_("the platform"),
    "carrier": N_("the carrier"),
    "buyer": N_("the buyer"),
    "yes": N_("yes"),
    "no": N_("no"),
    "unknown": N_("unknown"),
    "free": N_("free"),
    "reference rate of the European Central Bank": N_("reference rate of the European Central Bank"),
}


def label(word: str) -> str:
    """A word of the API as people say it.

    >>> label("data_rule"), label("form_e")
    ('data rule', 'form_e')
    """
    return _(LABELS.get(word, word))


def place_of_law(title: str) -> str:
    """What a pack's place is called, from the pack's title or a code."""
    if re.fullmatch("[A-Z]{2}", title):
        return place(title)
    own = of_pack(title)
    code = _speech.get().place_of.get(title)
    return place(code) if code and own == title and spoken() != "en" else own


#: How the values of a reason are said, by their name; the others are shown as they are.
_SAID: dict[str, Callable[[str], str]] = {
    "says": of_pack,
    "title": of_pack,
    "name": of_pack,
    "regime": of_pack,
    "tax": of_pack,
    "text": of_pack,
    "treatment": of_pack,
    "cost": label,
    "channel": label,
    "kind": label,
    "source": label,
    "date": day,
    "origin": place,
    "other": place,
    "place": place_of_law,
}


def reason(each: Reason) -> str:
    """A reason as a sentence."""
    template = SENTENCES.get(each.code)
    if template is None:
        return of_pack(each.message)
    values = {name: _SAID.get(name, str)(value) for name, value in each.values.items()}
    try:
        return _(template).format(**values)
    except (KeyError, IndexError, ValueError):
        return each.message


def told(error: EntrepotError) -> str:
    """Why something is refused, in the language that is spoken; what has no template is told as it is.

    >>> told(WordedError("{word!r} is not a currency.", "CNY", word="CNX"))
    "'CNX' is not a currency. Did you mean 'CNY'?"
    """
    return error.said(_) if isinstance(error, WordedError) else str(error)
