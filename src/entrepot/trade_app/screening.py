"""Screening at this node: lists are added from files, orders are screened, and an operator clears what was found."""

from __future__ import annotations

import datetime as dt
import hashlib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any

import msgspec

from entrepot.connect.screening_lists.found import FORMATS
from entrepot.connect.screening_lists.read import read_list
from entrepot.cooperation.screening.entries import (
    ALGORITHM,
    HIT,
    NO_HIT,
    NOT_COMPARABLE,
    ORGANIZATION,
    THRESHOLD,
    Entry,
    Party,
    Result,
)
from entrepot.cooperation.screening.index import NameIndex
from entrepot.cooperation.screening.screen import screen
from entrepot.model.errors import TradeError
from entrepot.trade.orders import Order, is_of_other_node
from entrepot.trade.ports import Books, NotFound, Transaction
from entrepot.trade.screening import register, results
from entrepot.trade.screening.register import ListVersion, Register
from entrepot.trade.screening.results import Screening
from entrepot.trade_app.books import open_books, open_database

_ENTRIES = msgspec.msgpack.Decoder(tuple[Entry, ...])
#: Statuses of orders that are screened: paid, and not at their end.
OPEN = ("paid", "documents_sent", "documents_stored", "declared", "held", "refused", "assessed", "released", "shipped")
PAGE = 100


def add_list(name: str, content: bytes, *, licence: str, by: str) -> Register:
    """Read a list, store its entries and screen with it from now on. Raises TradeError, StoreError."""
    found = read_list(content)
    digest = hashlib.sha256(content).hexdigest()
    books = open_books()
    from entrepot.store import screening as rows  # noqa: PLC0415  # it needs the settings

    rows.put_list(digest, zlib.compress(msgspec.msgpack.encode(found.entries), 6), dt.datetime.now(dt.UTC))
    given = {
        "digest": digest,
        "format": found.format,
        "version": found.version,
        "entries": len(found.entries),
        "licence": licence.strip()[:200] or FORMATS[found.format][1],
    }
    return books.run(partial(register.add_list, name=name, given=given, by=by))


def remove_list(name: str, *, by: str) -> Register:
    """Screen with a list no more. Raises TradeError."""
    return open_books().run(partial(register.remove_list, name=name, by=by))


def lists_in_use(books: Books | None = None) -> Mapping[str, ListVersion]:
    """The lists by name."""
    books = books or open_books()
    number = books.lookup(register.REFERENCE)
    return books.read(number).lists if number else {}


@lru_cache(maxsize=16)
def index_of(digest: str) -> NameIndex:
    """The index of the list with a digest; it is built once in a process. Raises LookupError."""
    open_database()
    from entrepot.store import screening as rows  # noqa: PLC0415  # it needs the settings

    return NameIndex(_ENTRIES.decode(zlib.decompress(rows.get_list(digest))))


def check(party: Party, lists: Mapping[str, ListVersion] | None = None) -> dict[str, Result]:
    """What each list says of a party. Raises TradeError where the libraries are not installed."""
    used = lists_in_use() if lists is None else lists
    try:
        return {name: screen(index_of(each.digest), party) for name, each in used.items()}
    except ImportError as error:
        raise TradeError(
            "not_installed", "Screening needs {name}: run pip install 'entrepot[server]'.", name=error.name
        ) from None


def overall(found: Mapping[str, Result]) -> str:
    """The outcome of several lists: a hit on one, else not comparable with one, else no hit.

    >>> overall({"un": Result(outcome="no_hit"), "own": Result(outcome="not_comparable")})
    'not_comparable'
    """
    outcomes = {each.outcome for each in found.values()}
    return next((each for each in (HIT, NOT_COMPARABLE) if each in outcomes), NO_HIT)


def screen_orders(books: Books | None = None) -> int:
    """Screen the orders that are open and were not screened with the lists in use. Returns how many.

    Called from time to time. Without lists nothing is screened.
    """
    books = books or open_books()
    lists = lists_in_use(books)
    if not lists:
        return 0
    digests = {name: each.digest for name, each in lists.items()}
    done = 0
    for status in OPEN:
        for order in _all(books, status):
            number = books.lookup(results.reference(order.id))
            before: Screening | None = books.read(number) if number is not None else None
            if before is not None and (dict(before.lists), before.personal) == (digests, order.buyer.personal):
                continue
            done += screen_order(books, order, lists) is not None
    return done


def screen_order(books: Books, order: Order, lists: Mapping[str, ListVersion]) -> Screening | None:
    """Screen the parties of an order and record the result. None while the buyer's name is not known here.

    The name of a buyer of another node comes with the address: until then the order gets no parcel.
    """
    parties = parties_of(books, order)
    if "buyer" not in parties:
        return None
    found = {role: check(party, lists) for role, party in parties.items()}
    return books.run(partial(_record, order=order, parties=parties, found=found, lists=lists))


def parties_of(books: Books, order: Order) -> dict[str, Party]:
    """Who is screened: the buyer, the consignee if another is named, and the seller.

    A seller whose name is not known here stays among them: nothing of it can be compared.
    """
    try:
        given = books.run(lambda tx: tx.get_personal(order.buyer.personal))
    except NotFound:
        given = {}
    country, number = order.ship_to.country, given.get("identity_number", "")
    names = [given.get(each, "") for each in ("name", "consignee")]
    roles = {
        "buyer": Party(
            names=(names[0],), country=country, birth=_birth(number), identifiers=tuple(filter(None, [number]))
        ),
        "consignee": Party(names=(names[1],), country=country),
        "seller": Party(names=_names_of_seller(order), kind=ORGANIZATION),
    }
    return {role: party for role, party in roles.items() if role == "seller" or party.names[0]}


def _names_of_seller(order: Order) -> tuple[str, ...]:
    """The name of the seller; of an order from another node, the names that it told of those who sell there."""
    if not is_of_other_node(order.seller):
        return (_name_of(order.seller),)
    told = dict.fromkeys(line.origin.seller_name if line.origin else "" for line in order.lines)
    return tuple(told)


def _birth(number: str) -> str:
    """The birthday in the number of a Chinese resident identity card."""
    return f"{number[6:10]}-{number[10:12]}-{number[12:14]}" if len(number) == 18 and number[:17].isdigit() else ""


def _name_of(organization: str) -> str:
    open_database()
    from entrepot.store.people import organizations  # noqa: PLC0415  # it needs the settings

    row = organizations.find_organization(organization)
    return row.name if row else ""


def _record(
    tx: Transaction,
    order: Order,
    parties: Mapping[str, Party],
    found: Mapping[str, Mapping[str, Result]],
    lists: Mapping[str, ListVersion],
) -> Screening:
    every = [(role, name, each) for role, of_role in found.items() for name, each in of_role.items()]
    outcome = overall({f"{role}/{name}": each for role, name, each in every})
    result: dict[str, Any] = {
        "status": outcome,
        "lists": {name: each.digest for name, each in lists.items()},
        "names": {role: tx.keyed_hash(f"screened:{'/'.join(party.names)}") for role, party in parties.items()},
        "personal": order.buyer.personal,
        "algorithm": ALGORITHM,
        "threshold": THRESHOLD,
        "uncompared": sum(each.uncompared for _role, _name, each in every),
        "assumed": sorted({word for _role, _name, each in every for word in each.assumed}),
        "matches": [
            {
                "list": name,
                "entry": match.entry,
                "party": role,
                "score": match.score,
                "because": list(match.because),
            }
            for role, name, each in every
            for match in each.matches
        ],
    }
    return results.record(tx, order.id, result)


def open_screenings(books: Books | None = None) -> Sequence[Screening]:
    """What waits for an operator: hits first, then what could not be compared."""
    books = books or open_books()
    return [each for status in (HIT, NOT_COMPARABLE) for each in books.list_objects("sc_", status=status, limit=200)]


def decide(number: str, *, by: str, why: str, note: str, confirm: bool = False) -> Screening:
    """Clear or confirm. Raises TradeError, NotFound."""
    return open_books().run(partial(results.decide, number=number, by=by, why=why, note=note, confirm=confirm))


def entry_of(screening: Screening, list_name: str, number: str) -> Entry | None:
    """The entry of a match, to be shown beside the party; None where the version is not stored any more."""
    try:
        index = index_of(screening.lists[list_name])
    except (KeyError, LookupError):
        return None
    return next((each for each in index.entries if each.id == number), None)


def _all(books: Books, status: str) -> Iterator[Order]:
    before = ""
    while page := books.list_objects("or_", status=status, before=before, limit=PAGE):
        yield from page
        before = page[-1].id
