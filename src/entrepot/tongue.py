"""tongue: how the faces speak: fixed texts, a pack's own, numbers, dates and places in the reader's language."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from entrepot import locale
from entrepot.app import library
from entrepot.faults import EntrepotError, WordedError

if TYPE_CHECKING:
    from entrepot.words import Reason


class Spoken(NamedTuple):
    """A language with its fixed texts, and the pack whose own words are said: its texts, what it calls its place."""

    language: str = "en"
    texts: Mapping[str, str] = MappingProxyType({})
    packs: Mapping[str, str] = MappingProxyType({})
    places: Mapping[str, str] = MappingProxyType({})


# A context of its own for each request of the desk; the command line has one.
_spoken: ContextVar[Spoken] = ContextVar("spoken", default=Spoken())  # noqa: B039  # nothing in it can change


def use(language: str) -> None:
    """From now on the fixed texts are said in this language."""
    _spoken.set(Spoken(language, locale.catalogue(language)))


def use_pack(language: str, words: Mapping[str, str], title: str = "", economies: Iterable[str] = ()) -> None:
    """From now on a pack's texts are said in its own language, where that is the one that is spoken.

    `title` and `economies`: what the pack calls its place, and which it is; a single one has a name in every language.
    """
    codes = list(economies)
    own = words if language == spoken() else MappingProxyType({})
    places = {title: codes[0]} if len(codes) == 1 else {}
    _spoken.set(_spoken.get()._replace(packs=own, places=places))


def spoken() -> str:
    """The language that is spoken."""
    return _spoken.get().language


def _(english: str) -> str:
    """A fixed text in the language that is spoken; English where the catalogue lacks it."""
    return str(_spoken.get().texts.get(english, english))


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
    own = _spoken.get().packs.get(english)
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
    """The name of an economy.

    >>> place("KH"), place("XX9")
    ('Cambodia', 'XX9')
    """
    known = str(_locale(spoken()).territories.get(code, code))
    # Babel knows ZZ as no region at all, and no economy that somebody adds.
    own = library().world.economies.get(code)
    return own[0] if own and code in (known, "ZZ") else known


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
    code = _spoken.get().places.get(title)
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
    from entrepot.say import SENTENCES

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

    >>> told(WordedError("{word!r} is no currency.", "CNY", word="CNX"))
    "'CNX' is no currency. Did you mean 'CNY'?"
    """
    return error.said(_) if isinstance(error, WordedError) else str(error)


def says(sentence: str) -> str:
    """What a condition says: a text of the pack, or one of the engine's own with a word in it."""
    from entrepot import tell

    for template in (tell.MANDATORY, *tell.FITS.values()):
        before, after = template.split("{}")
        if sentence.startswith(before) and sentence.endswith(after) and len(sentence) > len(before) + len(after):
            inside = sentence[len(before) : len(sentence) - len(after)]
            words = [of_pack(LABELS.get(word, word)) for word in inside.split(" / ")]
            return _(template).format(" / ".join(words))
    return of_pack(sentence)
