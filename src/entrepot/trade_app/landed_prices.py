"""What one piece of each offer of a page costs a viewer in the end: quotes that are calculated and not stored.

All offers of a page are calculated in one pass with the compiled law of the day. What was calculated is kept in memory
until the offer, the law, the day or the exchange rates of the day change, so a page that was shown is shown again at
once.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Any, NamedTuple

import msgspec

from entrepot import app
from entrepot.connect.rates import kept_rates
from entrepot.language import remarks, translate, unavailable
from entrepot.language.translate import _
from entrepot.law.compiled import Law
from entrepot.law.layers import data_folder
from entrepot.model.errors import EntrepotError
from entrepot.model.quote import Option, Quote
from entrepot.model.sale import FREIGHT_IN
from entrepot.trade.checkout import Asked, sale_of
from entrepot.trade.limits import legal_day
from entrepot.trade.offers import Offer
from entrepot.trade.orders import Destination
from entrepot.trade.splitting import Item
from entrepot.trade_app.quotes import NodeQuotes

#: Landed prices that are kept.
KEPT = 20_000


class Viewer(NamedTuple):
    """Who looks at offers: the economy to which the goods go, and whether a consumer or a business buys them."""

    country: str
    kind: str = "consumer"


class Landed(msgspec.Struct, frozen=True, kw_only=True):
    """What one piece of an offer costs in the end, with carriage, duties, taxes and fees. Texts are in one language.

    `status`: `open`, `conditional` (once the conditions are confirmed) or `refused`; `total` and `charges`: amounts as
    they are shown; `shipping`: what the seller adds for carriage, in the seller's currency; `amount`, or `low` and
    `high` for a range, in major units of `currency`; `at_least`: a charge is not known and not in it; `says`: what must
    be confirmed, or why there is no price; `conditions`: the id and the sentence of each that the buyer confirms.
    """

    status: str
    total: str = ""
    charges: str = ""
    shipping: str = ""
    amount: str | None = None
    low: str | None = None
    high: str | None = None
    at_least: bool = False
    currency: str = ""
    procedure: str = ""
    says: str = ""
    conditions: tuple[tuple[str, str], ...] = ()
    law_date: str = ""


class _Recent:
    """The landed prices that were calculated last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: OrderedDict[Any, Landed] = OrderedDict()

    def get(self, key: Any) -> Landed | None:
        """What was calculated for a key."""
        return self._found.get(key)

    def clear(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._found.clear()

    def add(self, key: Any, landed: Landed) -> None:
        """Keep what was calculated."""
        with self._lock:
            self._found[key] = landed
            if len(self._found) > KEPT:
                self._found.popitem(last=False)


_recent = _Recent()
_quotes = NodeQuotes()


def forget() -> None:
    """Forget what was calculated: a measurement begins with nothing."""
    _recent.clear()


def landed_prices(offers: Sequence[Offer], viewer: Viewer, now: dt.datetime) -> list[Landed]:
    """What one piece of each offer costs the viewer, in the language of the request."""
    try:
        law = _quotes.law(viewer.country, legal_day(viewer.country, now))
    except EntrepotError as error:
        refused = Landed(status="refused", says=translate.error_text(error))
        return [refused] * len(offers)
    day, language = f"{now.date()} {kept_rates.stamp(data_folder())}", translate.current_language()
    return [_landed(each, viewer, (each.id, each.version, viewer, law.hash, day, language)) for each in offers]


def _landed(offer: Offer, viewer: Viewer, key: Any) -> Landed:
    found = _recent.get(key)
    if found is None:
        found = landed_price_of([Item(offer, 1, "")], viewer)
        _recent.add(key, found)
    return found


def landed_price_of(items: Sequence[Item], viewer: Viewer) -> Landed:
    """What the items of one order cost the viewer, as `landed_prices`."""
    if items[0].offer.goods.ship_from == viewer.country and not items[0].offer.goods.service:
        says = _("It is sent from {place}: a sale within one economy is not an import, and is not offered here.")
        return Landed(status="refused", says=says.format(place=translate.place(viewer.country)))
    asked = Asked(items=(), ship_to=Destination(country=viewer.country), contact={}, kind=viewer.kind)
    try:
        request = sale_of(items, asked, _quotes)
        sale = app.normal_sale(request)
        quote, law = app.quote_with_law(sale)
    except EntrepotError as error:
        return Landed(status="refused", says=translate.error_text(error))
    translate.use_law(law)
    option = quote.best or quote.best_conditional
    if option is None:
        return Landed(
            status="refused",
            says=_why(quote, sale, law),
            currency=quote.currency,
            law_date=quote.law.date,
        )
    added = request.get("shipping_cost") if request.get("incoterm") not in FREIGHT_IN else None
    shipping = translate.money(str(added), request["currency"]) if added else ""
    return _priced(option, quote, law, "open" if quote.best is not None else "conditional", shipping)


def _priced(option: Option, quote: Quote, law: Law, status: str, shipping: str) -> Landed:
    conditions = _asked(option, law)
    return Landed(
        status=status,
        total=remarks.total_text(option, quote.currency),
        charges=translate.figure(option, "amount_charges", quote.currency),
        shipping=shipping,
        amount=option.amount_landed,
        low=option.amount_landed_low or None,
        high=option.amount_landed_high or None,
        at_least=option.at_least,
        currency=quote.currency,
        procedure=translate.pack_text(option.title),
        says=" ".join(says for _id, says in conditions),
        conditions=conditions,
        law_date=quote.law.date,
    )


def _asked(option: Option, law: Law) -> tuple[tuple[str, str], ...]:
    """The conditions that the buyer confirms, those of the procedure and of the treatments of its lines."""
    found = {
        each.id: remarks.condition(each, option.regime, law) for each in option.conditions if each.state == "asked"
    }
    for line in option.lines:
        for each in line.treatment.conditions if line.treatment is not None else ():
            if each.state == "asked":
                found.setdefault(each.id, translate.pack_text(each.says))
    return tuple(found.items())


def _why(quote: Quote, sale: Any, law: Law) -> str:
    """Why there is no price."""
    if banned := remarks.prohibited_by(quote):
        says = dict.fromkeys(translate.pack_text(each.values["says"]) for each in banned)
        return " ".join(_("prohibited: {says}").format(says=each) for each in says)
    nearest = remarks.nearest(quote)
    if nearest is None:
        reasons = quote.assessment.reasons
        return translate.reason(reasons[0]) if reasons else remarks.without_total(quote)
    return " ".join(dict.fromkeys(each.says for each in unavailable.causes(nearest, quote, sale, law)))
