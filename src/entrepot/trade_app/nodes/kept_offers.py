"""The offers of other nodes in the market of this one: read from time to time, kept, paused, ended.

A list is read page by page. Each offer is checked as one that a seller here sends, and must be of the economy of its
node; what is refused is counted, and the operator sees why. The copies are those of `trade.nodes.copies`.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

from entrepot import app
from entrepot.model.errors import EntrepotError, TradeError
from entrepot.store import pavilions
from entrepot.store.pavilions import MAX_TITLE, PavilionRow, SlugTaken
from entrepot.trade.nodes import copies, kept_lists
from entrepot.trade.nodes.kept_lists import KeptList, RefusedOffer
from entrepot.trade.nodes.messages import MessageType
from entrepot.trade.nodes.offer_bodies import MAX_LISTED, ListAsked, ListedOffer, ListedPavilion, OffersListed
from entrepot.trade.nodes.offer_messages import OFFER_LIST
from entrepot.trade.nodes.peers import ACTIVE, OUT, REVOKED, SUSPENDED, Peer
from entrepot.trade.offers import copy_reference
from entrepot.trade.ports import Transaction
from entrepot.trade.presenting import read_texts
from entrepot.trade_app.books import open_books
from entrepot.trade_app.quotes import NodeQuotes

LOG = logging.getLogger("entrepot.nodes")
#: How often a list is read again; pages of a list at most, and pavilions; copies that are read at a time.
EVERY = dt.timedelta(minutes=15)
MAX_PAGES, MAX_PAVILIONS, PAGE = 200, 50, 500
#: Copies that the operator took out of a pavilion, at most.
MAX_CLOSED = 10_000
_quotes = NodeQuotes()


class Ask(Protocol):
    """Asks a node something and waits for its answer. Raises EntrepotError."""

    def __call__(self, peer: Peer, kind: MessageType, body: Any, /) -> Any:
        """The answer, as the struct of the type."""


class _Read(NamedTuple):
    """A list that was read: the ids of its offers there, and what was refused."""

    offers: set[str]
    refused: list[RefusedOffer]


def keep_all(ask: Ask, now: dt.datetime) -> int:
    """Read the lists that are due, pause what is stale, end what is of revoked nodes. Returns how many were read.

    What fails with one node does not stop the others: it is logged, and tried again the next time.
    """
    done = 0
    for peer in list(_objects("pn_")):
        found = kept_list(peer.id)
        if peer.status == ACTIVE and peer.allows("offer.read", OUT):
            if found is None or found.status != "fresh" or _age(found, now) >= EVERY:
                done += _try(peer, ask, found, now)
        elif peer.status == REVOKED:
            if found is not None:
                drop(peer.id)
        elif found is not None and found.status == "fresh" and (peer.status != SUSPENDED or _stale(found, now)):
            _pause_all(found)
    return done


def _try(peer: Peer, ask: Ask, found: KeptList | None, now: dt.datetime) -> int:
    try:
        refresh(peer, ask, now)
    except (EntrepotError, OSError) as error:
        LOG.warning("the offers of a node were not read", extra={"fields": {"peer": peer.id, "why": str(error)}})
        if found is not None and found.status == "fresh" and _stale(found, now):
            _pause_all(found)
        return 0
    return 1


def refresh(peer: Peer, ask: Ask, now: dt.datetime) -> KeptList:
    """Read the list of a node whole, and keep its offers. Raises what `ask` raises; then what was read is kept.

    Copies whose offers the list does not have any more are paused.
    """
    found = _Read(set(), [])
    slugs: dict[str, str] = {}
    for page in _pages(peer, ask):
        for each in page.pavilions[: MAX_PAVILIONS - len(slugs)]:
            if (slug := _keep_pavilion(peer, each, now)) is not None:
                slugs[each.slug] = slug
        _keep_page(peer, page.offers[:MAX_LISTED], slugs, found)
    books = open_books()
    for gone in copies.missing(list(_objects("of_", owner=peer.id)), found.offers):
        books.run(partial(copies.pause, number=gone.id, reason=copies.NOT_LISTED))
    return books.run(lambda tx: kept_lists.list_read(tx, peer.id, len(found.offers), found.refused))


def _pages(peer: Peer, ask: Ask) -> Iterator[OffersListed]:
    after = ""
    for _ in range(MAX_PAGES):
        page: OffersListed = ask(peer, OFFER_LIST, ListAsked(after=after))
        yield page
        if not page.next or page.next == after:
            return
        after = page.next[:60]
    raise TradeError(
        "list_too_long", "The list of offers of {name} has more than {most} pages.", name=peer.name, most=MAX_PAGES
    )


def _keep_pavilion(peer: Peer, given: ListedPavilion, now: dt.datetime) -> str | None:
    """Keep a pavilion. Returns its slug here; None for one that cannot be shown."""
    slug = copies.slug_of_pavilion(peer.economy, given.slug)
    try:
        titles = read_texts("titles", given.titles, MAX_TITLE)
        shown = PavilionRow(
            slug, peer.economy, titles, read_texts("texts", given.texts), "", given.presenter[:150], True, peer.id
        )
        return pavilions.keep_pavilion(slug, peer.economy, shown, now).slug if titles else None
    except (TradeError, ValueError, SlugTaken) as error:
        LOG.warning("a pavilion was not kept", extra={"fields": {"peer": peer.id, "slug": slug, "why": str(error)}})
        return None


def _keep_page(peer: Peer, page: Sequence[ListedOffer], slugs: dict[str, str], found: _Read) -> None:
    """Keep the offers of a page, in one transaction."""
    read: list[tuple[copies.Copy, str]] = []
    for each in page:
        try:
            copy = copies.read_listed(each, peer.economy, _quotes.decimals)
            _check_code(copy)
        except TradeError as error:
            found.refused.append(RefusedOffer(each.offer[: copies.MAX_ID], error.code, error.param or ""))
        else:
            found.offers.add(each.offer)
            read.append((copy, slugs.get(each.pavilion, "")))

    closed = {number for slug in set(slugs.values()) for number in pavilions.list_closed(slug, limit=MAX_CLOSED)}

    def command(tx: Transaction) -> None:
        for copy, slug in read:
            known = tx.lookup(copy_reference(peer.id, copy.listed.offer)) if closed else None
            copies.keep(tx, peer.id, copy, "" if known in closed else slug)

    if read:
        open_books().run(command)


def _check_code(copy: copies.Copy) -> None:
    code = copy.form.goods.hs_code
    if code and code[:6] not in app.library().world.headings:
        raise TradeError(
            "hs_code_unknown",
            "{hs_code} is not a code of the Harmonized System: no duty can be found for it. Correct the code.",
            "terms.hs_code",
            hs_code=code,
        )


def drop(peer: str) -> int:
    """End the copies of a node that was revoked, and delete its pavilions. Returns how many copies ended."""
    books, done = open_books(), 0
    for each in list(_objects("of_", owner=peer)):
        if each.status != "ended":
            books.run(partial(copies.end, number=each.id, reason="revoked"))
            done += 1
    pavilions.delete_pavilions(peer)
    if (found := kept_list(peer)) is not None:
        books.run(partial(kept_lists.list_ended, number=found.id))
    return done


def kept_list(peer: str) -> KeptList | None:
    """The list that is kept of a node."""
    number = open_books().lookup(kept_lists.reference(peer))
    found: KeptList | None = open_books().read(number) if number else None
    return found


def _pause_all(found: KeptList) -> None:
    books = open_books()
    for each in list(_objects("of_", owner=found.peer)):
        books.run(partial(copies.pause, number=each.id, reason=copies.STALE))
    books.run(partial(kept_lists.list_stale, number=found.id))


def _stale(found: KeptList, now: dt.datetime) -> bool:
    return copies.is_stale(dt.datetime.fromisoformat(found.read), now)


def _age(found: KeptList, now: dt.datetime) -> dt.timedelta:
    return now - dt.datetime.fromisoformat(found.read)


def _objects(prefix: str, owner: str | None = None) -> Iterator[Any]:
    before = ""
    while page := open_books().list_objects(prefix, owner=owner, before=before, limit=PAGE):
        yield from page
        before = page[-1].id
