"""The market: how offers are presented, which of them are shown, and the search in five languages."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from functools import partial
from typing import Any

import msgspec
import pytest

from entrepot.trade.kinds import KINDS
from entrepot.trade.offers import Offer, Picture, Presentation
from entrepot.trade.ports import NotFound
from entrepot.trade.presenting import MAX_PICTURES, present_offer, read_texts, take_out, with_pictures
from entrepot.trade.selling import act, update_offer
from trade.adapters import DATA_KEY, HASH_KEY
from trade.market import CASHEW, COFFEE, DECIMALS, OTHER_SELLER, SELLER, Market
from trade.tally import Clock
from trade.test_orders import refused

DURIAN = {
    **COFFEE,
    "titles": {"en": "Fresh durian", "zh": "鲜榴莲", "th": "ทุเรียนสด", "vi": "Sầu riêng tươi", "km": "ធុរេនស្រស់"},
    "hs_code": "0810.60",
    "country_of_origin": "TH",
    "ship_from": "TH",
}
PICTURE = Picture("a" * 64, 640, 480)


def presented(pavilion: str = "viet-nam", **more: Any) -> Presentation:
    return Presentation(pavilion=pavilion, **more)


def present(market: Market, offer: Offer, shown: Presentation, seller: str = SELLER) -> Offer:
    found: Offer = market.books.run(lambda tx: present_offer(tx, offer.id, lambda _before: shown, seller=seller))
    return found


def test_the_seller_chooses_how_an_offer_is_shown_and_an_order_does_not_depend_on_it(market: Market) -> None:
    offer = market.offer()
    shown = presented(descriptions={"en": "Grown at 1,200 m."}, pictures=(PICTURE,))
    changed = present(market, offer, shown)
    assert (changed.presentation, changed.version) == (shown, offer.version)
    events = len(market.books.events(stream=offer.id))
    assert present(market, offer, shown) == changed
    assert len(market.books.events(stream=offer.id)) == events, "nothing changed: no event"
    with pytest.raises(NotFound):
        present(market, offer, presented(), OTHER_SELLER)
    market.books.run(lambda tx: take_out(tx, offer.id, "another"))
    assert market.books.read(offer.id).presentation.pavilion == "viet-nam"
    market.books.run(lambda tx: take_out(tx, offer.id, "viet-nam"))
    assert market.books.read(offer.id).presentation == msgspec.structs.replace(shown, pavilion="")


def test_an_offer_without_a_price_or_with_too_many_pictures_is_not_shown(market: Market) -> None:
    free = market.offer(COFFEE, price="0")
    refused("price_missing", lambda: present(market, free, presented()))
    many = [Picture(f"{number:064x}", 10, 10) for number in range(MAX_PICTURES + 1)]
    refused("too_many_pictures", lambda: present(market, free, with_pictures(Presentation(), many)))
    market.books.run(lambda tx: act(tx, free.id, "end", seller=SELLER))
    refused("offer_state", lambda: present(market, free, presented("", descriptions={"en": "x"})))


@pytest.mark.parametrize(
    ("given", "code", "param"),
    [
        ({"en": "x" * 2001}, "field_too_long", "descriptions.en"),
        ({"english language": "x"}, "field_invalid", "descriptions"),
        ({"en": "a\0b"}, "field_invalid", "descriptions.en"),
        ({"en": "\u202eevil"}, "field_invalid", "descriptions.en"),
        ({f"{a}{b}": "x" for a in "abcde" for b in "abcde"}, "field_invalid", "descriptions"),
    ],
)
def test_a_description_that_cannot_be_shown_is_refused(given: dict[str, str], code: str, param: str) -> None:
    assert refused(code, lambda: read_texts("descriptions", given)).param == param


@pytest.fixture(params=["sqlite", "postgresql"])
def stored(request: pytest.FixtureRequest) -> Iterator[Market]:
    request.getfixturevalue(f"{request.param}_tables")
    from entrepot.store import models
    from entrepot.store.trade.books import Keys, StoreBooks

    clock = Clock()
    models.Pavilion.objects.all().delete()
    models.Organization.objects.get_or_create(
        id="og_9", defaults={"name": "Chamber", "kind": "seller", "language": "en", "created": dt.datetime.now(dt.UTC)}
    )
    for slug, published in (("viet-nam", True), ("thailand", True), ("hidden", False)):
        models.Pavilion.objects.create(
            slug=slug, titles={"en": slug}, operator_id="og_9", published=published, created=dt.datetime.now(dt.UTC)
        )
    yield Market(StoreBooks(KINDS, Keys(DATA_KEY, HASH_KEY), now=clock, random=os.urandom), clock)
    models.Pavilion.objects.all().delete()


def found(words: str, **more: Any) -> list[str]:
    from entrepot.store.market_index import Wanted, search

    return search(Wanted(words, **more), limit=50).offers


def test_offers_are_found_by_words_in_five_languages_by_their_codes_and_by_what_goods_are_called(
    stored: Market,
) -> None:
    coffee, durian, cashew = stored.offer(), stored.offer(DURIAN), stored.offer(CASHEW)
    assert found("coffee") == [], "an offer in no pavilion is not shown"
    text = {"en": "Grown at 1,200 m in the highlands", "vi": "Trồng ở Đắk Lắk"}
    present(stored, coffee, presented(descriptions=text))
    present(stored, durian, presented("thailand"))
    present(stored, cashew, presented("viet-nam", descriptions={"en": "A snack beside coffee"}))
    for words in (
        "榴莲",
        "鲜榴莲",
        "莲",
        "ทุเรียน",
        "ทุเรียนสด",
        "ធុរេន",
        "sầu riêng",
        "sau rieng",
        "DURIANS",
        "0810",
        "0810.60",
    ):
        assert found(words) == [durian.id], words
    # Coffee in its title comes before coffee in a description; its code is called coffee in Thai and Khmer.
    assert found("coffee") == [coffee.id, cashew.id]
    assert found("coff") == [coffee.id, cashew.id], "the beginning of a word"
    for words in ("กาแฟ", "កាហ្វេ", "highlands coffee", "dak lak", "090121"):
        assert found(words) == [coffee.id], words
    for words in ("tea", "榴莲 咖啡", "' OR 1=1 --", '"', "*", "(", "NOT", "coffee NEAR durian", "\0", "\\", "':*"):
        assert found(words) in ([], [coffee.id]), words
    assert found("", economy="TH") == found("", pavilion="thailand") == [durian.id]
    assert found("", kind="service") == []
    assert found("") == [cashew.id, durian.id, coffee.id], "the newest first"


def test_what_the_market_shows_follows_the_offers(stored: Market) -> None:
    coffee, durian = stored.offer(), stored.offer(DURIAN)
    present(stored, coffee, presented())
    present(stored, durian, presented("hidden"))
    assert found("") == [coffee.id], "a pavilion that is not published shows nothing"
    change = {"titles": {"en": "Green coffee"}, "hs_code": "0901.11"}
    stored.books.run(lambda tx: update_offer(tx, coffee.id, change, DECIMALS.get, seller=SELLER))
    assert found("roasted coffee 0901.21") == []
    assert found("green") == [coffee.id]
    for action, shown in (("pause", False), ("resume", True), ("end", False)):
        stored.books.run(partial(act, number=coffee.id, action=action, seller=SELLER))
        assert found("green") == ([coffee.id] if shown else [])


def test_pages_follow_each_other_and_a_rebuilt_ledger_gives_the_same(stored: Market) -> None:
    from entrepot.store.market_index import Wanted, search
    from entrepot.store.trade.ledger import rebuild

    offers = [stored.offer(COFFEE, reference=f"A{number}") for number in range(7)]
    for each in offers:
        present(stored, each, presented())
    newest = [each.id for each in reversed(offers)]

    def pages(words: str) -> list[str]:
        seen: list[str] = []
        while True:
            page = search(Wanted(words), after=seen[-1] if seen else "", limit=3)
            seen += page.offers
            assert page.total == 7
            if not page.more:
                return seen

    assert pages("") == newest
    assert pages("coffee") == newest
    assert search(Wanted("coffee"), after="of_unknown", limit=3).offers == []
    rebuild(KINDS)
    assert pages("") == newest
    assert pages("coffee") == newest
