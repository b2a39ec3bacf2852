"""How an offer is shown in the market: its pavilion, its descriptions and its pictures, which its seller chooses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.offer_form import is_language
from entrepot.trade.offers import Offer, Picture, Presentation
from entrepot.trade.ports import Transaction
from entrepot.trade.selling import owned_offer

#: Characters of a description, languages of descriptions, and pictures of an offer, at most.
MAX_DESCRIPTION, MAX_LANGUAGES, MAX_PICTURES = 2_000, 20, 8
Change = Callable[[Presentation], Presentation]


def present_offer(tx: Transaction, number: str, change: Change, *, seller: str) -> Offer:
    """Change how an offer is shown, as its seller. Raises TradeError and NotFound.

    `change`: from what is shown to what is to be shown, so that two changes at the same time are both kept.
    """
    offer = owned_offer(tx, number, seller)
    return _presented(tx, offer, change(offer.presentation))


def take_out(tx: Transaction, number: str, pavilion: str) -> Offer:
    """Take an offer out of a pavilion, as the operator of the pavilion. It stays an offer of its seller."""
    offer: Offer = tx.get(number)
    if offer.presentation.pavilion != pavilion:
        return offer
    return _presented(tx, offer, msgspec.structs.replace(offer.presentation, pavilion=""))


def _presented(tx: Transaction, offer: Offer, wanted: Presentation) -> Offer:
    if wanted == offer.presentation:
        return offer
    if len(wanted.pictures) > MAX_PICTURES:
        raise TradeError(
            "too_many_pictures",
            "An offer has at most {most} pictures. Remove one first.",
            "pictures",
            most=MAX_PICTURES,
        )
    if wanted.pavilion and not offer.prices.price:
        raise TradeError(
            "price_missing",
            "The offer {offer} has no price: it cannot be shown in the market. Set its price first.",
            "price",
            offer=offer.id,
        )
    changed: Offer = tx.append(offer.id, "offer.presented", {"presentation": msgspec.to_builtins(wanted)})
    return changed


def read_texts(name: str, given: Mapping[str, Any], most: int = MAX_DESCRIPTION) -> dict[str, str]:
    r"""Texts by language, of several lines; empty ones are left out. Raises TradeError with the language that is wrong.

    >>> read_texts("descriptions", {"en": " Grown at 1,200 m. \r\n\r\n\r\nSun-dried. ", "vi": ""})
    {'en': 'Grown at 1,200 m.\n\nSun-dried.'}
    """
    if len(given) > MAX_LANGUAGES:
        raise TradeError("field_invalid", "{field} has at most {most} languages.", name, field=name, most=MAX_LANGUAGES)
    found = {}
    for language, value in given.items():
        if not is_language(str(language)):
            raise TradeError(
                "field_invalid", "{value!r} is not a name in {field}, such as zh or vi for a language.", name,
                value=str(language)[:20], field=name,
            )  # fmt: skip
        if text := _clean(f"{name}.{language}", str(value or ""), most):
            found[str(language)] = text
    return found


def _clean(name: str, text: str, most: int) -> str:
    """A text without spaces at the ends of its lines, and with at most one empty line between others."""
    lines: list[str] = []
    for line in text.splitlines():
        plain = " ".join(line.split())
        if plain or (lines and lines[-1]):
            lines.append(plain)
    found = "\n".join(lines).strip()
    if len(found) > most:
        raise TradeError(
            "field_too_long",
            "The field {field} has {length} characters; at most {most} are allowed.",
            name,
            field=name,
            length=len(found),
            most=most,
        )
    if not found.replace("\n", "").isprintable():
        raise TradeError("field_invalid", "The field {field} has characters that cannot be printed.", name, field=name)
    return found


def with_pictures(shown: Presentation, added: Sequence[Picture]) -> Presentation:
    """A presentation with more pictures. One that it has already is not added again.

    >>> one, two = Picture("a", 10, 10), Picture("b", 20, 10)
    >>> [each.id for each in with_pictures(Presentation(pictures=(one,)), [one, two]).pictures]
    ['a', 'b']
    """
    pictures = tuple({each.id: each for each in (*shown.pictures, *added)}.values())
    return msgspec.structs.replace(shown, pictures=pictures)


def without_picture(shown: Presentation, number: str) -> Presentation:
    """A presentation without one of its pictures."""
    return msgspec.structs.replace(shown, pictures=tuple(each for each in shown.pictures if each.id != number))


def with_first_picture(shown: Presentation, number: str) -> Presentation:
    """A presentation in which one of its pictures stands for the offer.

    >>> shown = Presentation(pictures=(Picture("a", 10, 10), Picture("b", 20, 10)))
    >>> [each.id for each in with_first_picture(shown, "b").pictures]
    ['b', 'a']
    """
    return msgspec.structs.replace(shown, pictures=tuple(sorted(shown.pictures, key=lambda each: each.id != number)))
