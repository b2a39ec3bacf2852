"""Orders of two nodes put together: the worker takes their steps, checks documents, and settles the month."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec
from django.conf import settings as django_settings

from entrepot.connect.documents import credential
from entrepot.connect.documents.verify import verify
from entrepot.connect.webhooks import post as http
from entrepot.connect.webhooks.addresses import UnsafeAddress, read_url
from entrepot.model.errors import TradeError
from entrepot.trade.nodes import asking, catching_up, documents, settling
from entrepot.trade.nodes.common_orders import CommonOrder
from entrepot.trade.nodes.exchange import TYPES
from entrepot.trade.nodes.peers import ACTIVE, Peer
from entrepot.trade.nodes.settlement import DIFFERS, Settlement
from entrepot.trade.outbox import Backoff, Channel, Later, Message, Refused
from entrepot.trade.papers.keys import DocumentKey
from entrepot.trade.ports import NotFound, Transaction
from entrepot.trade_app.books import open_books
from entrepot.trade_app.nodes import identity

LOG = logging.getLogger("entrepot.nodes")
#: A step waits while a peer is suspended: it is tried for a week.
BACKOFF = Backoff(first=1, factor=2, most=600, attempts=1100)
#: Bytes of the key document of an issuer.
MAX_KEYS = 200_000
STATEMENT = TYPES["settlement.statement"]


def channel() -> Channel:
    """The channel of the steps: those of one order are taken one after the other."""
    return Channel(take, BACKOFF, in_order=True, slots=4)


def take(message: Message) -> None:
    """Take a step. Raises Later, Refused."""
    books, number = open_books(), str(message.body["common"])
    try:
        if message.topic == "settle":
            settling.settle_again(books, identity.node(), STATEMENT, number)
        elif message.topic == "check":
            check_document(number, str(message.body["document"]))
        elif message.topic == catching_up.STEP:
            catching_up.take(books, number, str(message.body["event"]))
        else:
            books.run(partial(_taken, topic=message.topic, body=message.body))
    except TradeError as error:
        raise Later(error.message) from None
    except NotFound as error:
        raise Refused(f"{error} is not there any more.") from None


def _taken(tx: Transaction, topic: str, body: Mapping[str, Any]) -> None:
    asking.take(tx, topic, body, identity.node())


def check_document(number: str, document: str) -> CommonOrder:
    """Check a document that the other node delivered, against the keys that its issuer publishes. Raises Later."""
    books = open_books()
    found: CommonOrder = books.read(number)
    kept = found.documents[document]
    peer: Peer = books.read(found.peer)
    keys = published_keys(peer)
    text = books.run(lambda tx: tx.get_personal(kept.personal))["credential"]
    verdict = verify(text, lambda issuer, name: key_of(keys, issuer, name), dt.datetime.now(dt.UTC))
    code = verdict.code
    named = (verdict.subject.get("document"), verdict.subject.get("contentHash"))
    if verdict.valid and named != (document, kept.hash):
        code = "other_content"
    return books.run(partial(documents.record_check, number=number, document=document, code=code, key=verdict.key))


def key_of(keys: Mapping[str, DocumentKey], issuer: str, name: str) -> DocumentKey | None:
    """The key with a name, among those that a node publishes, if it is one of the issuer."""
    found = keys.get(name)
    if found is not None:
        return found if name.startswith(f"{issuer}#") else None
    # A node without an https address names itself by its key: it is one that is published under the pinned address.
    return next((each for each in keys.values() if issuer == credential.did_of("", each.x)), None)


def published_keys(peer: Peer) -> Mapping[str, DocumentKey]:
    """The keys with which a peer signs documents, from its pinned address. Raises Later.

    A peer without an https address, as in tests and demonstrations, has no DID of its address: its keys are read.
    """
    loopback, has_did = django_settings.WEBHOOKS_LOOPBACK, peer.address.startswith("https://")
    try:
        name = "did" if has_did else "jwks"
        target = read_url(f"{peer.address}/.well-known/{name}.json", allow_loopback=loopback)
        answer = http.get(target, most=MAX_KEYS, allow_loopback=loopback)
        if answer.status != 200:  # OK
            raise Later(f"{peer.name} answers {answer.status} for its keys of documents.")
        found = msgspec.json.decode(answer.body)
        return _own_keys(peer, credential.keys_of_document(found)) if has_did else credential.keys_of_set(found)
    except (UnsafeAddress, http.NoAnswer, ValueError) as error:
        raise Later(f"The keys of documents of {peer.name} cannot be read: {error}") from None


def _own_keys(peer: Peer, keys: Mapping[str, DocumentKey]) -> Mapping[str, DocumentKey]:
    """The keys of a document that are those of the peer: it may publish a document in the name of somebody else."""
    own = credential.did_of(peer.address, "")
    return {name: each for name, each in keys.items() if name.startswith(f"{own}#")}


def settle(peer: str, period: str, currency: str) -> Settlement:
    """Settle a month with a peer. Raises TradeError."""
    return settling.settle(open_books(), identity.node(), STATEMENT, peer, period, currency)


def settle_due() -> int:
    """Settle the month before this one with every peer, and again what differed. Returns how many.

    Of a month that is settled no order is read.
    """
    books = open_books()
    first = dt.datetime.now(dt.UTC).date().replace(day=1)
    period, count = f"{first - dt.timedelta(days=1):%Y-%m}", 0
    for peer in books.list_objects("pn_", status=ACTIVE, limit=1000):
        count += sum(_settled(peer.id, period, each) for each in settling.open_currencies(books, peer.id, period))
    for each in books.list_objects("ns_", status=DIFFERS, limit=1000):
        count += _settled(each.peer, each.period, each.currency)
    return count


def _settled(peer: str, period: str, currency: str) -> bool:
    try:
        settle(peer, period, currency)
    except TradeError as error:
        LOG.warning("%s is not settled with %s: %s", period, peer, error.message)
        return False
    return True
