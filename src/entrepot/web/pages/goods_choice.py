"""The goods to choose from, where a sale names them by words or by a code that is too short to quote.

A heading unfolds its lines: the words in which they differ, the rate of each, and what the sale would cost with it.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from entrepot import app
from entrepot.goods.content import measures_read
from entrepot.goods.described import codes_found, with_codes
from entrepot.goods.index import Goods, GoodsFound
from entrepot.language import translate
from entrepot.language.catalogue import LANGUAGES
from entrepot.language.translate import _
from entrepot.model.codes import day_of, dotted
from entrepot.model.errors import EntrepotError, in_quotes
from entrepot.model.quote import Option
from entrepot.web.pages import code_choice, sale_form, typed_numbers

#: Goods found by words that are shown at most.
MAX_HITS = 12
#: Lines of a heading that are shown with their costs; of a heading with more, its six-digit codes are shown.
MAX_LINES = 40
#: Characters of a line's own name that are shown: the last ones, which distinguish it from other lines.
MAX_OWN_NAME = 160
#: Digits of a code that can be quoted, and of one of which the goods are listed.
QUOTABLE, HEADING = 6, 4


@dataclass(slots=True)
class Choice:
    """Goods to choose: `url` chooses them; `cost` is the landed cost of the sale with them, or a range of it.

    `under`: what is said below: the heading, for the first goods of it, or that a heading has lines to choose from.
    `own`: the line's own name, in `own_language`, where `name` is that of its six digits, which other lines share.
    """

    goods: Goods
    url: str
    name: str
    rate: str
    under: str = ""
    own: str = ""
    own_language: str = ""
    cost: str = ""
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Cost:
    """The landed cost of a sale with some goods; `high` is None where it may be higher than anything known."""

    low: Decimal
    high: Decimal | None
    currency: str
    conditional: bool

    @property
    def says(self) -> str:
        """The cost as the page shows it: one amount, a range, or the lowest amount."""
        low = translate.money(str(self.low), self.currency)
        if self.high is None:
            return f"≥ {low}"
        return low if self.high == self.low else f"{low} – {translate.money(str(self.high), self.currency)}"


def goods_choice(form: sale_form.SaleForm, corrections: Mapping[str, str] | None = None) -> dict[str, Any] | None:
    """The template context of the goods to choose from; None if the form names a code that can be quoted.

    `corrections`: the codes that the organization of the reader chose for descriptions, by the keys of these.
    """
    if not form.searched:
        return None
    code = sale_form.code_of(form.searched)
    importer = form.given.get("to", "").upper()
    economy = importer if importer in sale_form.destinations() else None
    day = day_of(form.given.get("on", ""))
    limit = 100 if code else MAX_HITS
    try:
        found = app.goods(form.searched, economy, translate.current_language(), limit, on=day)
    except EntrepotError:  # there is no law on this day: the form says so
        found = app.goods(form.searched, None, translate.current_language(), limit)
    context: dict[str, Any] = {"corrected": corrected_text(found), "economy": economy}
    if len(code) >= HEADING and (lines := _lines_of(found, code)):
        return context | _unfolded(form, code, found, lines)
    goods = [each for each in found.data if not code or each.code != code]
    if code:  # a chapter lists its headings
        goods = [each for each in goods if each.level == "heading"] or goods
    if not code:
        context["classified"] = code_choice.classified(
            form.searched,
            lambda chosen: _url_with(form, chosen),
            lambda service: _url_of_service(form, service),
            corrections,
            lambda chosen: _says_cost(form, chosen),
        )
    languages = _(", ").join(LANGUAGES[each] for each in found.languages if each in LANGUAGES)
    return context | {
        "rows": _rows(form, goods),
        "named": _("Names of goods exist in: {languages}.").format(languages=languages) if languages else "",
    }


def take_sure_code(form: sale_form.SaleForm, corrections: Mapping[str, str] | None = None) -> str:
    """Completes the sale of a form whose words surely mean one code; the code, empty where the sale stays open.

    The code is an assumption of the quote, which names it, as in commands and the API.
    """
    if form.open_sale is None or sale_form.code_of(form.searched):
        return ""
    found = app.classify(form.searched, language="en", corrections=corrections or {})
    if found.status != "sure":
        return ""
    line = {name: value for name, value in form.open_sale["lines"][0].items() if name != "hs_code"}
    sale = {**form.open_sale, "lines": [{**line, "description": form.searched}]}
    form.sale = dict(with_codes(app.normal_sale(sale), lambda _text: codes_found(found)))
    return found.hs6 or ""


def _rows(form: sale_form.SaleForm, goods: Sequence[Goods]) -> list[Choice]:
    """Goods found by words, or the headings of a chapter."""
    rows, before = [], ""
    for each in goods:
        row = _choice(form, each, each.name)
        if len(each.code) <= HEADING:
            row.under = _("all lines")
        elif each.heading != before and each.heading_name != each.name:
            row.under = each.heading_name
        before = each.heading
        rows.append(row)
    return rows


def corrected_text(found: GoodsFound) -> str:
    """The sentence that names the words that were searched for instead of misspelt ones; empty if there are none."""
    if not found.corrected:
        return ""
    typed, words = in_quotes(found.query), in_quotes(found.corrected)
    return _("No goods match {typed}. Results for {words}:").format(typed=typed, words=words)


def _lines_of(found: GoodsFound, code: str) -> list[Goods]:
    """The lines under a code; its six-digit codes if it has many lines."""
    under = [each for each in found.data if len(each.code) >= QUOTABLE and each.code.startswith(code)]
    lines = [each for each in under if each.declarable]
    return lines if len(lines) <= MAX_LINES else [each for each in under if not each.code[QUOTABLE:].strip("0")]


def _unfolded(form: sale_form.SaleForm, code: str, found: GoodsFound, lines: Sequence[Goods]) -> dict[str, Any]:
    """The lines of a heading, each with its cost, and the cost of the whole heading."""
    rows, costs = [], []
    for each in lines[:MAX_LINES]:
        row = _choice(form, each, each.differs or each.name)
        cost = _cost(form, each.code)
        if cost is not None:
            row.cost, row.conditional = cost.says, cost.conditional
        rows.append(row)
        costs.append(cost)
    known = [cost for cost in costs if cost is not None]
    whole = ""
    if known:
        highs = [cost.high for cost in known if cost.high is not None]
        complete = len(highs) == len(lines) == len(costs)
        low, currency = min(cost.low for cost in known), known[0].currency
        says = Cost(low, max(highs) if complete else None, currency, conditional=False).says
        whole = _("All of {code}: {cost}.").format(code=dotted(code), cost=says)
    heading = next((each.name for each in found.data if each.code == code), found.data[0].heading_name)
    return {"rows": rows, "heading": f"{dotted(code)} {heading}", "whole": whole, "priced": form.open_sale is not None}


def _choice(form: sale_form.SaleForm, goods: Goods, name: str) -> Choice:
    rate = " | ".join(map(translate.label, goods.duty))
    shared = len(goods.code) > QUOTABLE and goods.names and goods.name_language not in goods.names
    own_language, own = next(iter(goods.names.items())) if shared else ("", "")
    own = own if len(own) <= MAX_OWN_NAME else f"… {own[-MAX_OWN_NAME:]}"
    return Choice(goods, _url_with(form, goods.code), name, rate, own=own, own_language=own_language)


def _url_with(form: sale_form.SaleForm, code: str) -> str:
    """The address of the form with a code in place of the words, and the measure that these give."""
    measures = {name: typed_numbers.unambiguous(text) for name, text in _measures(form, code).items()}
    query = {**form.given, **measures, "asserted": form.asserted, "what": dotted(code)}
    return "?" + sale_form.query_string(query)


def _measures(form: sale_form.SaleForm, code: str) -> dict[str, str]:
    """The measure that the words of the form give for goods of a code."""
    line = form.given if form.open_sale is None else form.open_sale["lines"][0]
    read = measures_read(form.searched, line, [code], form.given.get("for", "consumer"))
    return {name: f"{amount:f}" for name, amount in read.items()}


def _url_of_service(form: sale_form.SaleForm, service: str) -> str:
    """The address of the form with a service of a category instead of goods."""
    kept = {name: value for name, value in form.given.items() if name not in ("what", "sold")}
    return "?" + sale_form.query_string(kept | {"service": service})


def _says_cost(form: sale_form.SaleForm, code: str) -> tuple[str, bool]:
    """What the sale of the form costs with a code, as the page shows it, and whether that is conditional."""
    cost = _cost(form, code)
    return ("", False) if cost is None else (cost.says, cost.conditional)


def _cost(form: sale_form.SaleForm, code: str) -> Cost | None:
    """What the sale of the form costs with a code; None if the form lacks something, or the sale is refused."""
    if form.open_sale is None:
        return None
    sale = copy.deepcopy(form.open_sale)
    sale["lines"][0] |= {"hs_code": code, **_measures(form, code)}
    try:
        quote = app.quote(app.normal_sale(sale))
    except EntrepotError:
        return None
    option = quote.best or quote.best_conditional
    return None if option is None else _cost_of(option, quote.currency)


def _cost_of(option: Option, currency: str) -> Cost | None:
    conditional = option.status == "conditional"
    if option.amount_landed is not None:
        amount = Decimal(option.amount_landed)
        return Cost(amount, None if option.at_least else amount, currency, conditional)
    if not option.amount_landed_low:
        return None
    high = Decimal(option.amount_landed_high) if option.amount_landed_high and not option.at_least else None
    return Cost(Decimal(option.amount_landed_low), high, currency, conditional)
