"""Translates what the terminal and the pages show: fixed texts, texts of packs, numbers, dates and places.

It depends on one value, a `ReaderContext`: the language, the names of economies, and the texts of one law. A command or
a request sets it once: `use_language` with the language, `use_names` with the packs, `use_law` with the law that is
shown. It is a context variable, so each thread of the server has its own.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from entrepot.engine.rules.reasons import FIELDS, SENTENCES, TITLES
from entrepot.language import catalogue
from entrepot.language.economies import in_sentence
from entrepot.model import codes
from entrepot.model.codes import dotted
from entrepot.model.errors import EntrepotError, PlaceName, WordedError

if TYPE_CHECKING:
    from entrepot.law.compiled import Law
    from entrepot.model.quote import Reason

_NONE: Mapping[str, str] = MappingProxyType({})


def _unnamed(_code: str) -> str | None:
    """The name of an economy where no packs are set: none."""
    return None


class ReaderContext(NamedTuple):
    """Everything that a translated sentence depends on. Immutable.

    `texts`: the fixed texts in the language. `name_of_economy`: the name of an economy in the packs, by its code.
    `words`: the texts of the law that is shown, in the language. `place_of`: title of that law -> its economy, if it is
    the law of a single one.
    """

    language: str = "en"
    texts: Mapping[str, str] = _NONE
    name_of_economy: Callable[[str], str | None] = _unnamed
    words: Mapping[str, str] = _NONE
    place_of: Mapping[str, str] = _NONE


_speech: ContextVar[ReaderContext] = ContextVar("speech", default=ReaderContext())  # noqa: B039  # nothing in it can change


def use_language(language: str) -> None:
    """Sets the language of this command or request, and clears the names and the law that were set before."""
    _speech.set(ReaderContext(language, catalogue.catalogue(language)))


def use_names(name_of_economy: Callable[[str], str | None]) -> None:
    """Sets how this command or request names economies: a function from the code to the name, or to None."""
    _speech.set(_speech.get()._replace(name_of_economy=name_of_economy))


def use_law(law: Law) -> None:
    """Sets the law that is shown: if its language is the reader's, its texts are shown in it."""
    use_words(law.language, law.words, law.title, law.economies)


def use_words(language: str, words: Mapping[str, str], title: str, economies: Collection[str]) -> None:
    """Sets the texts of a pack. `title`: the title of its place; `economies`: its codes.

    A pack of a single economy is shown by the name of that economy, which every language has.
    """
    own = words if language == current_language() else _NONE
    place_of = {title: next(iter(economies))} if len(economies) == 1 else _NONE
    _speech.set(_speech.get()._replace(words=own, place_of=place_of))


@contextmanager
def speaking(language: str, law: Law | None = None) -> Iterator[None]:
    """Uses a language, and the texts of a law, for the texts of a block; afterwards those that were set before.

    >>> with speaking("vi"):
    ...     label("open")
    'mở'
    """
    token = _speech.set(_speech.get()._replace(language=language, texts=catalogue.catalogue(language)))
    try:
        if law is not None:
            use_law(law)
        yield
    finally:
        _speech.reset(token)


def current_language() -> str:
    """The language of this command or request."""
    return _speech.get().language


class Text(NamedTuple):
    """A text, and the language that it is in."""

    says: str
    language: str


def text_in_language(texts: Mapping[str, str]) -> Text:
    """A text that its author gave by language: in the reader's language, else in English, else in any."""
    for language in (current_language(), "en", *texts):
        if texts.get(language):
            return Text(texts[language], language)
    return Text("", current_language())


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


def pack_text(english: str) -> str:
    """A text of a pack: in the pack's own language if it is the reader's, else from the catalogue, else in English."""
    own = _speech.get().words.get(english)
    return str(own) if own else _(english)


@lru_cache(maxsize=8)
def _locale(language: str) -> Any:
    from babel import Locale

    return Locale.parse("zh_Hans" if language == "zh" else language)


def number(amount: str) -> str:
    """A decimal text in the reader's format, with the same number of decimals.

    >>> number("1234567.50"), number("-3")
    ('1,234,567.50', '-3')
    """
    from babel.numbers import format_decimal

    decimals = len(amount.partition(".")[2])
    return str(
        format_decimal(
            _decimal(amount), "#,##0" + ("." + "0" * decimals if decimals else ""), _locale(current_language())
        )
    )


def money(amount: str | None, currency: str) -> str:
    r"""An amount with its currency, in the order of the language; a dash if it is not known.

    >>> money("1234.50", "CNY"), money(None, "CNY")
    ('CNY\xa01,234.50', '—')
    """
    if amount is None:
        return "—"
    before = str(_locale(current_language()).currency_formats["standard"].pattern).startswith("¤")
    return f"{currency}\xa0{number(amount)}" if before else f"{number(amount)}\xa0{currency}"


def figure(record: Any, name: str, currency: str = "") -> str:
    r"""A figure of a quote, with its currency if one is given; a range where the sale leaves a fact open.

    >>> from types import SimpleNamespace as Row
    >>> figure(Row(duty="7.00"), "duty", "CNY"), figure(Row(duty=None, duty_low="7.00", duty_high="10.00"), "duty")
    ('CNY\xa07.00', '7.00 – 10.00')
    >>> figure(Row(duty=None, duty_low="7.00"), "duty", "CNY"), figure(Row(duty=None), "duty")
    ('≥ CNY\xa07.00', '—')

    A charge on a base that leaves out another is at least its amount:

    >>> figure(Row(amount="6.90", at_least=True), "amount"), figure(Row(amount="0.00", at_least=True), "amount")
    ('≥ 6.90', 'unknown')
    """

    def written(amount: str) -> str:
        return money(amount, currency) if currency else number(amount)

    amount, low, high = (getattr(record, name + end, None) or None for end in ("", "_low", "_high"))
    least = name == "amount" and getattr(record, "at_least", None) is True
    if amount is not None:
        return at_least(amount, written) if least else written(amount)
    if low is None:
        return "—"
    return at_least(low, written) if high is None or least else f"{written(low)} – {written(high)}"


def at_least(amount: str, written: Callable[[str], str] = number) -> str:
    """A lowest amount; one of zero says nothing, so that the figure is unknown.

    >>> at_least("7.00"), at_least("0.00")
    ('≥ 7.00', 'unknown')
    """
    return f"≥ {written(amount)}" if _decimal(amount) else label("unknown")


def share(part: str, whole: str) -> str:
    r"""A part as a percentage of the whole.

    >>> share("9.10", "109.10")
    '8.3\xa0%'
    """
    from babel.numbers import format_decimal

    hundredfold = _decimal(part) * 100 / _decimal(whole)
    return f"{format_decimal(hundredfold, '#,##0.0', _locale(current_language()))}\xa0%"


def formula(text: str) -> str:
    """A formula with its numbers in the reader's format.

    >>> formula("20000.00 × 13 % × 70 %")
    '20,000.00 × 13 % × 70 %'
    """
    return re.sub(r"\d+(?:\.\d+)?", lambda found: number(found[0]), text)


def day(iso: str | None) -> str:
    """A date in the reader's format; a dash if there is none.

    >>> day("2026-03-01")
    'Mar 1, 2026'
    """
    from babel.dates import format_date

    try:
        return str(format_date(dt.date.fromisoformat(iso or ""), "medium", _locale(current_language())))
    except ValueError:
        return iso or "—"


#: English names as ISO 3166-1 and the texts of the law write them, where the locale data differ.
OFFICIAL_NAMES = {"VN": "Viet Nam"}


def place(code: str) -> str:
    """The name of an economy in the language, else in the packs, else its code.

    >>> place("KH"), place("VN"), place("XX9")
    ('Cambodia', 'Viet Nam', 'XX9')
    """
    if code in OFFICIAL_NAMES and current_language() == "en":
        return OFFICIAL_NAMES[code]
    known = str(_locale(current_language()).territories.get(code, code))
    # Babel has no name for an economy that a pack invents, and calls ZZ an unknown region.
    return _speech.get().name_of_economy(code) or known if code in (known, "ZZ") else known


def _decimal(text: str) -> Any:
    from decimal import Decimal

    return Decimal(text)


#: Values of the API as they are shown.
LABELS = {
    "consumer": N_("a consumer"),
    "business": N_("a business"),
    "any buyer": N_("any buyer"),
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
    "withheld": N_("withheld"),
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
    "user": N_("added by the user"),
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
    "several rates": N_("several rates"),
    "hs_code": N_("Tariff code"),
    "net_mass_kg": N_("Net mass, kg"),
    "gross_mass_kg": N_("Gross mass, kg"),
    "litres": N_("Litres"),
    "items": N_("Pieces"),
    "pairs": N_("Pairs"),
    "square_metres": N_("Square metres"),
    "cubic_metres": N_("Cubic metres"),
    "head": N_("Head of animals"),
    "alcohol_percent": N_("Alcohol, % vol"),
    "reference rate of the European Central Bank": N_("reference rate of the European Central Bank"),
    "rate of HM Revenue and Customs": N_("rate of HM Revenue and Customs"),
}


def label(word: str) -> str:
    """A value of the API as it is shown.

    >>> label("data_rule"), label("form_e")
    ('data rule', 'form_e')
    """
    return _(LABELS.get(word, word))


def place_of_law(title: str) -> str:
    """The name of a pack's place, from the pack's title or a code."""
    if re.fullmatch("[A-Z]{2}", title):
        return place(title)
    own = pack_text(title)
    if current_language() == "en" or own != title:
        return own
    code = _speech.get().place_of.get(title) or _territories().get(title)
    return place(code) if code else own


@lru_cache(maxsize=1)
def _territories() -> Mapping[str, str]:
    """The codes of territories by their English names, such as that of the European Union."""
    return {str(name): str(code) for code, name in _locale("en").territories.items()}


def publisher(authority: str) -> str:
    """Who published a source, as it is shown; empty where a pack names nobody.

    >>> publisher("none"), publisher("none: a trade page"), publisher("HM Revenue and Customs")
    ('', 'a trade page', 'HM Revenue and Customs')
    """
    name = authority.removeprefix("none").removeprefix(": ")
    return pack_text(name if authority in ("none", f"none: {name}") else authority)


def lowest(text: str) -> str:
    """The lowest rate of `from RATE`. Nothing is a percentage there: "from free" is no English.

    >>> lowest("from free"), lowest("from 2 CNY/kg")
    ('0 %', '2 CNY/kg')
    """
    rate = text.removeprefix("from ")
    return "0 %" if rate == "free" else rate


def rate_text(text: str) -> str:
    """A rate as the law writes it, or a range of rates, with numbers in the reader's format.

    >>> rate_text("0 % to 15 %"), rate_text("from 10 %"), rate_text("free"), rate_text("2 CNY/kg")
    ('0 % to 15 %', 'from 10 %', 'free', '2 CNY/kg')
    >>> rate_text("4065.132353"), rate_text("20000 VND"), rate_text("from free")
    ('4,065.132353', '20,000 VND', 'from 0 %')
    """
    low, between, high = text.partition(" to ")
    if between:
        return _("{low} to {high}").format(low=rate_text(low), high=rate_text(high))
    if text.startswith("from "):
        return _("from {rate}").format(rate=rate_text(lowest(text)))
    return formula(text) if re.fullmatch(r"\d[\d.]*( %| [A-Z]{3})?", text) else label(text)


def _question(text: str) -> str:
    """A question with its choices, which are names of goods in English; in another language without them."""
    if current_language() == "en":
        return text
    asked, mark, _choices = text.partition("?")
    return _(asked + mark)


def _hint(values: Mapping[str, str]) -> str:
    """What is said of a code that does not exist, with the codes as tariffs write them.

    >>> _hint(codes.hint_values("under_heading", heading="0901", codes="090111, 090112"))
    'Under 0901 there are: 0901.11, 0901.12.'
    """
    template = codes.HINTS.get(values.get("hint_kind", ""))
    if template is None:  # of a quote that was stored before hints had values
        return values["hint"]
    under = ", ".join(map(dotted, values.get("codes", "").split(", ")))
    return _(template).format(**{**values, "codes": under})


#: How the values of a reason are shown, by their name; the others are shown unchanged.
_SAID: dict[str, Callable[[str], str]] = {
    "code": dotted,
    "says": pack_text,
    "authority": pack_text,
    "buyer": label,
    "title": pack_text,
    "name": pack_text,
    "regime": pack_text,
    "tax": pack_text,
    "text": pack_text,
    "treatment": pack_text,
    "titles": lambda titles: TITLES.join(map(pack_text, titles.split(TITLES))),
    "cost": label,
    "measure": lambda fields: FIELDS.join(map(label, fields.split(FIELDS))),
    "rate": rate_text,
    "reference": rate_text,
    "channel": label,
    "kind": label,
    "source": label,
    "date": day,
    "read": day,
    "since": day,
    "latest": day,
    "origin": place,
    "of": place,
    "other": place,
    "place": lambda title: in_sentence(place_of_law(title)),
    "question": _question,
}


def reason_values(each: Reason) -> dict[str, str]:
    """The values of a reason as they are shown."""
    shown = {name: _SAID.get(name, str)(value) for name, value in each.values.items()}
    return {**shown, "hint": _hint(each.values)} if "hint" in shown else shown


def reason(each: Reason) -> str:
    """A reason as a sentence."""
    template = SENTENCES.get(each.code)
    if template is None:
        return pack_text(each.message)
    try:
        return _(template).format(**reason_values(each))
    except (KeyError, IndexError, ValueError):
        return each.message


def error_text(error: EntrepotError) -> str:
    """The message of an error in the reader's language; an error without a template is not translated.

    >>> error_text(WordedError("{word!r} is not a currency.", "CNY", word="CNX"))
    '"CNX" is not a currency. Did you mean "CNY"?'
    >>> with speaking("vi"):
    ...     error_text(WordedError("{place}", place=PlaceName("Germany", code="DE")))
    'Đức'
    """
    return error.said(_in_error) if isinstance(error, WordedError) else str(error)


def _in_error(english: str) -> str:
    """A template of an error, or the name of a place in it, in the reader's language."""
    if not isinstance(english, PlaceName) or current_language() == "en":
        return _(english)
    if own := english.names.get(current_language()):
        return own
    return place(english.code) if english.code else place_of_law(str(english))
