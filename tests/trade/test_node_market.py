"""The offers of another node in the market: told by one node, kept by the other, and what they cost by its law."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.kinds import KINDS
from entrepot.trade.nodes.memory import introduce, new_node
from entrepot.trade.nodes.messages import MessageType
from entrepot.trade.nodes.offer_bodies import (
    CitedLaw,
    ListAsked,
    ListedOffer,
    ListedPavilion,
    OffersListed,
    PriceAsked,
    QueryAsked,
)
from entrepot.trade.nodes.offer_messages import OFFER_TYPES
from entrepot.trade.nodes.peers import Peer
from entrepot.trade.nodes.types import TYPES
from entrepot.trade.offers import Presentation
from entrepot.trade.ports import NotFound
from entrepot.trade.presenting import present_offer
from trade.adapters import DATA_KEY, HASH_KEY
from trade.market import CASHEW, COFFEE, SELLER, Market
from trade.tally import Clock


@pytest.fixture
def stored(sqlite_tables: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Market]:
    """A market in the database of this process, with a published pavilion."""
    from entrepot.store import models
    from entrepot.store.trade.books import Keys, StoreBooks
    from entrepot.trade_app import market as market_app
    from entrepot.trade_app.nodes import kept_offers, offers

    clock = Clock()
    clock.time = dt.datetime.now(dt.UTC)
    models.Pavilion.objects.all().delete()
    models.Organization.objects.get_or_create(
        id="og_9", defaults={"name": "Chamber", "kind": "seller", "language": "en", "created": clock.time}
    )
    models.Pavilion.objects.create(
        slug="viet-nam", titles={"en": "Viet Nam"}, operator_id="og_9", published=True, created=clock.time
    )
    market = Market(StoreBooks(KINDS, Keys(DATA_KEY, HASH_KEY), now=clock, random=os.urandom), clock)
    for module in (kept_offers, offers, market_app):
        monkeypatch.setattr(module, "open_books", lambda: market.books)
    yield market
    models.Pavilion.objects.all().delete()


def shown(market: Market, given: Any = COFFEE, **changes: Any) -> str:
    """An offer in the pavilion. Returns its id."""
    made = market.offer(given, **changes)
    market.books.run(
        lambda tx: present_offer(tx, made.id, lambda _before: Presentation(pavilion="viet-nam"), seller=SELLER)
    )
    return made.id


def met(market: Market) -> Peer:
    """Viet Nam's node, which was met and whose offers are open."""
    number = introduce(market.books, new_node("VN"), TYPES, ("offer.read",))
    found: Peer = market.books.read(number)
    return found


class Told:
    """What another node answers: pages of its list."""

    def __init__(self, *pages: OffersListed) -> None:
        self.pages, self.down = pages, False

    def __call__(self, _peer: Peer, kind: MessageType, body: ListAsked) -> OffersListed:
        """A page."""
        if self.down:
            raise TradeError("unreachable", "The node does not answer.")
        assert kind.name == "offer.list"
        return self.pages[int(body.after or 0)]


def offer(number: str = "of_there", **terms: Any) -> ListedOffer:
    """An offer of Viet Nam's node."""
    given = {name: value for name, value in COFFEE.items() if name != "stock"}
    return ListedOffer(
        offer=number,
        version=1,
        seller="og_there",
        seller_name="Cà phê Đắk Lắk",
        pavilion="coffee",
        terms={**given, **terms},
    )


PAVILION = ListedPavilion(slug="coffee", titles={"en": "Coffee", "vi": "Cà phê"}, presenter="Hiệp hội")


def test_a_node_tells_of_its_own_economys_offers_page_by_page_and_of_no_copy(
    stored: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    from entrepot.trade_app.nodes import offers

    mine = [shown(stored) for _ in range(3)]
    shown(stored, CASHEW)
    shown(stored, stock=0)
    first = offers.list_offers(ListAsked(), "VN")
    assert [each.offer for each in first.offers] == mine
    assert [each.slug for each in first.pavilions] == ["viet-nam"]
    assert first.next == ""
    monkeypatch.setattr(offers, "MAX_BYTES", 10)
    page, seen = offers.list_offers(ListAsked(), "VN"), list[str]()
    while True:
        seen += [each.offer for each in page.offers]
        assert len(page.offers) <= 1
        if not page.next:
            break
        page = offers.list_offers(ListAsked(after=page.next), "VN")
    assert seen == mine
    assert [each.offer for each in offers.query_offers(QueryAsked(offers=(mine[0], "of_0")), "VN").offers] == mine[:1]


def test_the_offers_of_a_node_are_in_the_market_with_its_pavilion_and_their_landed_price(stored: Market) -> None:
    from entrepot.store import pavilions
    from entrepot.store.market_index import Wanted
    from entrepot.trade_app import market as market_app
    from entrepot.trade_app.landed_prices import Viewer
    from entrepot.trade_app.nodes import kept_offers

    peer, now = met(stored), stored.clock()
    bad = [offer("of_other", ship_from="KH"), offer("of_bad", hs_code="0999.99"), offer("of_field", prise="1")]
    told = Told(
        OffersListed(offers=(offer(), *bad), pavilions=(PAVILION,), next="1"), OffersListed(offers=(offer("of_2"),))
    )
    found = kept_offers.refresh(peer, told, now)
    assert (found.offers, found.count_refused) == (2, 3)
    assert [each.code for each in found.refused] == ["offer_of_another_economy", "hs_code_unknown", "unknown_field"]
    page = market_app.search(Wanted(pavilion="vn-coffee"), Viewer("CN"), now, limit=9)
    assert page.total == 2
    (_newest, first) = page.offers
    assert first.seller == "Cà phê Đắk Lắk"
    assert first.landed is not None
    assert first.landed.currency == "CNY"
    assert first.landed.amount is not None
    row = pavilions.find_pavilion("vn-coffee")
    assert row is not None
    assert (row.peer, row.operator, row.operator_name, row.published) == (peer.id, "", "Hiệp hội", True)
    events = len(stored.books.events(limit=1000))
    kept_offers.refresh(peer, told, now)
    assert len(stored.books.events(limit=1000)) == events + 1  # that the list was read; nothing else changed


def test_an_offer_that_is_not_listed_any_more_is_paused_and_one_that_was_taken_out_stays_out(stored: Market) -> None:
    from entrepot.store.market_index import Wanted, search
    from entrepot.trade_app import market as market_app
    from entrepot.trade_app.nodes import kept_offers

    peer, now = met(stored), stored.clock()
    both = Told(OffersListed(offers=(offer(), offer("of_2")), pavilions=(PAVILION,)))
    kept_offers.refresh(peer, both, now)
    second, first = search(Wanted(), limit=9).offers
    market_app.take_out("", first)
    kept_offers.refresh(peer, both, now)
    assert search(Wanted(), limit=9).offers == [second]
    kept_offers.refresh(peer, Told(OffersListed(offers=(offer(),), pavilions=(PAVILION,))), now)
    assert stored.books.read(second).status == "paused"


def test_copies_that_are_not_confirmed_are_stale_and_those_of_a_revoked_node_end(stored: Market) -> None:
    from entrepot.store.market_index import Wanted, search
    from entrepot.trade_app.nodes import kept_offers

    peer, told = met(stored), Told(OffersListed(offers=(offer(),), pavilions=(PAVILION,)))
    assert kept_offers.keep_all(told, stored.clock()) == 1
    assert kept_offers.keep_all(told, stored.clock()) == 0, "not due yet"
    (number,) = search(Wanted(), limit=9).offers
    told.down = True
    stored.clock.time += dt.timedelta(hours=23)
    assert kept_offers.keep_all(told, stored.clock()) == 0
    assert stored.books.read(number).status == "active"
    stored.clock.time += dt.timedelta(hours=2)
    kept_offers.keep_all(told, stored.clock())
    assert (stored.books.read(number).status, search(Wanted(), limit=9).offers) == ("paused", [])
    told.down = False
    assert kept_offers.keep_all(told, stored.clock()) == 1
    assert search(Wanted(), limit=9).offers == [number]
    stored.books.run(lambda tx: tx.append(peer.id, "peer.revoked", {"why": "ended", "by": "us_1"}))
    kept_offers.keep_all(told, stored.clock())
    assert (stored.books.read(number).status, search(Wanted(), limit=9).offers) == ("ended", [])
    assert kept_offers.kept_list(peer.id) is None


def test_a_price_is_that_of_the_importers_law(stored: Market) -> None:
    """Retail import: the tariff is 0 and 70 % of the VAT of 13 % is levied, of 68.00 + 12.00 CNY: 7.28 CNY."""
    from entrepot.trade_app.nodes import offers

    issued = offers.price(PriceAsked(terms=offer().terms), "VN", "CN")
    assert (issued.currency, issued.charges, issued.landed) == ("CNY", "7.28", "87.28")
    assert issued.status in ("open", "conditional")
    assert len(issued.law_hash) > 0
    with pytest.raises(TradeError) as found:
        offers.price(PriceAsked(terms={**offer().terms, "country_of_origin": "KH"}), "VN", "CN")
    assert found.value.code == "offer_of_another_economy"
    with pytest.raises(TradeError, match="XX"):  # a node whose law has no pack refuses, and does not fail
        offers.price(PriceAsked(terms=offer().terms), "VN", "XX")


def test_another_node_is_asked_for_the_price_of_an_offer(
    stored: Market, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The answer has the rows of the law with their trust, and how long it holds: until midnight in China."""
    from entrepot.cli import node_quote
    from entrepot.cli.exit_codes import Stop
    from entrepot.trade_app.nodes import offers, operating

    peer: Peer = stored.books.read(introduce(stored.books, new_node("CN"), TYPES, ("quote",)))
    own = stored.offer(COFFEE)
    monkeypatch.setattr(operating, "open_books", lambda: stored.books)
    monkeypatch.setattr(operating, "ask", lambda _peer, _kind, body: price(body))

    def price(body: Any) -> Any:
        return offers.price(body, "VN", "CN")

    issued = operating.ask_price(peer, own.id, 2, "consumer")
    assert issued.landed == price(PriceAsked(terms=offer().terms, quantity=2)).landed is not None
    assert issued.rows
    assert all(each.row.startswith(("cn/", "world/")) and each.trust for each in issued.rows)
    assert any(each.sources for each in issued.rows)
    assert issued.expires == f"{issued.law_date}T16:00:00.000Z"
    for number, quantity in ((own.id, 0), (own.id, 10**9)):
        with pytest.raises(TradeError) as found:
            operating.ask_price(peer, number, quantity, "consumer")
        assert found.value.code == "field_invalid"
    with pytest.raises(NotFound):
        operating.ask_price(peer, "or_1", 1, "consumer")
    monkeypatch.setattr(node_quote, "find_peer", lambda _name: peer)
    monkeypatch.setattr(node_quote, "open_first", lambda: None)
    given = {"node": "CN", "offer": own.id, "quantity": "2", "buyer": None, "json": False}
    assert node_quote.quote(given) == 0
    out = capsys.readouterr().out
    assert str(issued.landed) in out
    assert issued.rows[0].row in out
    assert issued.expires in out
    assert node_quote.quote({**given, "json": True}) == 0
    assert json.loads(capsys.readouterr().out)["expires"] == issued.expires
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"offer": None}, "--offer"), ({"offer": "of_1"}, "--offer"), ({"quantity": "x"}, "--quantity"),
    )  # fmt: skip
    for changed, param in wrong:
        with pytest.raises(Stop) as stop:
            node_quote.quote({**given, **changed})
        assert stop.value.param == param


def test_what_another_node_answers_is_shown_only_where_it_is_a_price(
    stored: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    from entrepot.trade_app.nodes import offers, operating

    peer: Peer = stored.books.read(introduce(stored.books, new_node("CN"), TYPES, ("quote",)))
    own, issued = stored.offer(COFFEE), offers.price(PriceAsked(terms=offer().terms), "VN", "CN")
    monkeypatch.setattr(operating, "open_books", lambda: stored.books)
    row = CitedLaw(row="cn/taxes.csv:1", trust="official", since="2026-01-01", sources=("\x1b[2J",))
    wrong: tuple[tuple[str, Any], ...] = (
        ("landed", "a lot"), ("law_date", "2026-02-30"), ("expires", "soon"), ("currency", "<b>"),
        ("trust", "\x1b]0;"), ("reasons", ("\x07",)), ("rows", (row,)),
    )  # fmt: skip
    for name, value in wrong:
        answer = msgspec.structs.replace(issued, **{name: value})
        monkeypatch.setattr(operating, "ask", lambda *_given, answer=answer: answer)
        with pytest.raises(TradeError, match="does not answer with a price"):
            operating.ask_price(peer, own.id, 1, "consumer")
    # A node of an older version names neither rows nor an end.
    for answer in (issued, msgspec.structs.replace(issued, rows=(), expires="")):
        monkeypatch.setattr(operating, "ask", lambda *_given, answer=answer: answer)
        assert operating.ask_price(peer, own.id, 1, "consumer") == answer


def test_the_bodies_are_plain_json_and_forbid_what_they_do_not_know() -> None:
    for kind in OFFER_TYPES:
        (version,) = kind.versions.values()
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"unknown": 1}, version.body)
