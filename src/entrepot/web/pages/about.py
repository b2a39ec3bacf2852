"""What this node is, with a live example of each thing: of this node if it has one, else calculated for the page."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from entrepot import app
from entrepot.connect.documents.verify import SENTENCES
from entrepot.goods.everyday_names import local_name, with_local_name
from entrepot.goods.names import EXAMPLE
from entrepot.language import catalogue, translate
from entrepot.language.translate import N_, _
from entrepot.measure.template import ROWS
from entrepot.model.money import in_major
from entrepot.model.quote import Option
from entrepot.store import pavilions
from entrepot.store.market_index import Wanted
from entrepot.trade_app import example_order
from entrepot.trade_app import market as market_app
from entrepot.trade_app.documents import node_url
from entrepot.trade_app.example_order import Example
from entrepot.trade_app.statistics import collect, synthetic
from entrepot.trade_app.statistics.making import as_json, make
from entrepot.web.http.actors import OPERATOR, current_organization
from entrepot.web.pages import sale_form
from entrepot.web.pages.agreements import FIRST_PAIR
from entrepot.web.pages.code_choice import share
from entrepot.web.pages.market import cards
from entrepot.web.pages.market.viewer import viewer_of
from entrepot.web.pages.quote import EXAMPLES
from entrepot.web.pages.trade import words
from entrepot.web.trade import calls

#: Orders of the synthetic year, and the rows of its table that are shown.
LINES, YEAR, SHOWN = 800, 2025, ("total", "ordered_goods", "ordered_services", "delivered")
#: What is classified.
DESCRIPTION = "roasted arabica beans, 500 g bag"
#: What is said of a service.
SERVICES = N_("Consultations, courses, shared documents and bookings are sold, delivered and recorded here.")
#: Examples that are kept: those of two days, in five languages.
KEPT = 10


class Live(NamedTuple):
    """One thing with its live example. `own`: it is of this node, not made for the page.

    `facts`: names and values; `steps`: times and sentences; `link`: where to go on, and what the link says.
    """

    title: str
    says: str
    own: bool
    facts: tuple[tuple[str, str], ...]
    link: tuple[str, str]
    steps: tuple[tuple[str, str], ...] = ()


@never_cache
@require_safe
def about(request: HttpRequest, language: str) -> HttpResponse:
    """The page."""
    day, now = sale_form.today(), dt.datetime.now(dt.UTC)
    order = _own_order(request) or _example_order(day, language)
    context = {
        "node": _node(),
        "examples": [
            _quote(day, language),
            _classification(language),
            _offer(request, "goods", now) or _no_offer(),
            order,
            _document(day, language),
            _offer(request, "service", now) or _service(day, language),
            _agreement(day, language),
            _table(language),
        ],
    }
    return render(request, "about.html", context)


def _node() -> list[tuple[str, str]]:
    """Facts of this node."""
    economy = collect.economy()
    packs = [each for each in app.library().ids() if each != EXAMPLE]
    shown = [
        (_("Address"), node_url()),
        (_("Economy"), translate.place(economy) if economy else ""),
        (_("Economies whose law can be read"), translate.number(str(len(packs)))),
        (_("Pavilions in the market"), translate.number(str(len(pavilions.list_pavilions())))),
    ]
    return [(name, value) for name, value in shown if value]


@lru_cache(maxsize=KEPT)
def _quote(day: dt.date, language: str) -> Live:
    given = EXAMPLES[0]
    best, currency = _best(given, day)
    name = local_name(given["what"], language) or app.library().world.headings.get(given["what"][:4], "")
    facts = [(_("Goods"), f"{name} ({given['what']})"), *_way(given)]
    return Live(
        _("A quote"),
        _("What goods or a service cost in another economy, with each duty and tax and the law behind it."),
        own=False,
        facts=(*facts, *_costs(best, currency)),
        link=(f"?{sale_form.query_string(given)}", _("Open this quote")),
    )


@lru_cache(maxsize=len(catalogue.LANGUAGES))
def _classification(language: str) -> Live:
    found = app.classify(DESCRIPTION, language="en", limit=3, corrections={})  # its own language is there at once
    facts = [
        (with_local_name(each.hs6, each.path[-1].name if each.path else "", language), share(each.probability))
        for each in found.candidates
    ]
    return Live(
        _("The code of goods from a description"),
        _("Candidates with their probability for: {description}").format(description=DESCRIPTION),
        own=False,
        facts=tuple(facts),
        link=(f"?{sale_form.query_string({'what': DESCRIPTION})}", _("Get a quote")),
    )


@lru_cache(maxsize=KEPT)
def _service(day: dt.date, language: str) -> Live:  # the language is a part of the key
    given = EXAMPLES[2]
    best, currency = _best(given, day)
    name = translate.pack_text(app.library().world.services[given["service"]])
    return Live(
        _("A service"),
        _(SERVICES),
        own=False,
        facts=((_("Service"), name), *_way(given), *_costs(best, currency)),
        link=(f"?{sale_form.query_string(given)}", _("Open this quote")),
    )


def _best(given: dict[str, str], day: dt.date) -> tuple[Option | None, str]:
    line = {"hs_code": given["what"]} if "what" in given else {"service": given["service"]}
    quote = app.quote(
        {
            "ship_from": {"country": given["from"]},
            "ship_to": {"country": given["to"]},
            "date": day.isoformat(),
            "buyer": {"kind": given["for"]},
            "currency": given["currency"],
            "lines": [{**line, "amount": given["amount"]}],
        }
    )
    return quote.best, quote.currency


def _way(given: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (_("From"), translate.place(given["from"])),
        (_("To"), translate.place(given["to"])),
        (_("Total price"), translate.money(given["amount"], given["currency"])),
    ]


def _costs(best: Option | None, currency: str) -> list[tuple[str, str]]:
    if best is None:
        return [(_("Delivered"), _("not known"))]
    charges = best.amount_charges, best.amount_charges_low, best.amount_charges_high
    landed = best.amount_landed, best.amount_landed_low, best.amount_landed_high
    return [
        (_("Procedure"), translate.pack_text(best.title)),
        (_("Duties, taxes and fees"), _money(*charges, currency)),
        (_("Delivered"), _money(*landed, currency)),
    ]


def _money(amount: str | None, low: Any, high: Any, currency: str) -> str:
    """An amount, or its lowest and highest value where a fact that the example leaves open changes it."""
    if amount is not None:
        return translate.money(amount, currency)
    ends = [translate.money(each, currency) for each in (low, high) if isinstance(each, str)]
    return " – ".join(ends) or _("not known")


def _offer(request: HttpRequest, kind: str, now: dt.datetime) -> Live | None:
    """The newest offer of the market; None where it has none of the kind."""
    found = market_app.search(Wanted("", "", "", kind), viewer_of(request), now, limit=1).offers
    if not found:
        return None
    shown = cards.card(found[0])
    facts = [
        (_("Offer"), shown["title"].says),
        (_("Seller"), shown["seller"]),
        (_("Price of the seller"), shown["price"]),
    ]
    if shown["landed"] and shown["landed"]["total"]:
        facts.append((shown["landed"]["label"], shown["landed"]["total"]))
    return Live(
        _("An offer in the market") if kind == "goods" else _("A service"),
        _(
            "Sellers show their offers in pavilions. Each price includes delivery to your economy, with "
            "duties and taxes."
        )
        if kind == "goods"
        else _(SERVICES),
        own=True,
        facts=tuple(facts),
        link=(f"market/offers/{shown['id']}/", _("Open this offer")),
    )


def _no_offer() -> Live:
    return Live(
        _("An offer in the market"),
        _("There is no offer in the market yet. A seller uploads offers and shows them in a pavilion."),
        own=True,
        facts=(),
        link=("market/", _("Market")),
    )


def _own_order(request: HttpRequest) -> Live | None:
    """The newest order of the organization for which the person acts."""
    actor = current_organization(request)
    if actor is None or actor.kind == OPERATOR or "viewer" not in actor.roles:
        return None
    found, _more = calls.list_of("or_", actor.organization, after=None, limit=1)
    if not found:
        return None
    events = [event for _position, event in calls.books().events(stream=found[0].id, limit=20)]
    return _timeline(found[0], events, own=True)


@lru_cache(maxsize=KEPT)
def _example_order(day: dt.date, language: str) -> Live:  # the language is a part of the key
    found = _made(day)
    return _timeline(found.order, found.events, own=False)


@lru_cache(maxsize=2)
def _made(day: dt.date) -> Example:
    """The example that was delivered the day before: at no time of day is a step of it still to come."""
    return example_order.make(day - dt.timedelta(days=1))


def _timeline(order: Any, events: Any, *, own: bool) -> Live:
    steps: list[tuple[str, str]] = []
    before = ""
    for event in events:
        line = event.kind.removeprefix("order.").removesuffix("_changed")
        if line in words.LINES:
            says = f"{_(words.LINES[line])}: {words.status(str(event.payload['status']))}"
        else:
            says = _(words.EVENTS.get(event.kind, event.kind))
        if own or words.moment(event.time) != before or not steps:
            steps.append((words.moment(event.time), says))
        else:  # of several at one moment the last is the state that they led to
            steps[-1] = (steps[-1][0], says)
        before = words.moment(event.time)
    amounts, places = order.quote.amounts, calls.decimals(order.quote.amounts.currency) or 0
    total = translate.money(in_major(amounts.total, places), amounts.currency)
    titles = ", ".join(words.title(each.goods.titles) for each in order.lines)
    return Live(
        _("An order"),
        _("Each step of payment, customs and transport is recorded once, and can be proven later."),
        own=own,
        facts=((_("Goods"), titles), (_("Total price"), total)),
        link=(f"orders/{order.id}/", _("Open this order")) if own else ("market/", _("Go to the market")),
        steps=tuple(steps),
    )


@lru_cache(maxsize=KEPT)
def _document(day: dt.date, language: str) -> Live:  # the language is a part of the key
    found = _made(day)
    right, changed = found.verdicts
    return Live(
        _("A document that can be verified"),
        _("The invoice of the example order was signed with a key made for this page, and then verified twice."),
        own=False,
        facts=(
            (_("Commercial invoice"), found.invoice),
            (_("As it was signed"), _(SENTENCES[right.code]).format(**right.values)),
            (_("With one character changed"), _(SENTENCES[changed.code]).format(**changed.values)),
        ),
        link=("verify/", _("Verify a document")),
    )


@lru_cache(maxsize=KEPT)
def _agreement(day: dt.date, language: str) -> Live:  # the language is a part of the key
    answer = app.agreements(*FIRST_PAIR, on=day)
    facts = tuple((each.title, translate.label(each.state)) for each in answer.capabilities)
    pair = " – ".join(map(translate.place, FIRST_PAIR))
    return Live(
        f"{_('An agreement')}: {pair}",
        _("What the agreements on digital trade in force today open between the nodes of two economies."),
        own=False,
        facts=facts,
        link=("agreements/", _("Choose two economies")),
    )


@lru_cache(maxsize=len(catalogue.LANGUAGES))
def _table(language: str) -> Live:  # the language is a part of the key
    names = {each.measure: each.name for each in ROWS}
    facts = tuple(
        (_(names[each["measure"]]), translate.money(each["exports"], "CNY") if each["exports"] else _("held back"))
        for each in _synthetic()
        if each["measure"] in SHOWN
    )
    return Live(
        _("A measured table"),
        _("Exports in a synthetic year: {n} orders were drawn, none of them is real.").format(n=LINES),
        own=False,
        facts=facts,
        link=("", ""),
    )


@lru_cache(maxsize=1)
def _synthetic() -> list[dict[str, Any]]:
    made = make(
        list(synthetic.draw(LINES, year=YEAR)),
        "VN",
        str(YEAR),
        "CNY",
        lambda _currency, _day: None,
        2,
        agreed=["node-VN"],
    )
    found: list[dict[str, Any]] = as_json(made)["rows"]
    return found


urlpatterns: list[URLPattern] = [path("about/", about)]
