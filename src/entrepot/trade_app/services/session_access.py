"""Access to live rooms: redeem a token, and check its grant again whenever something of it changes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from entrepot.store.trade.ledger import size
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.delivery.grants import Claims, Grant, Refusal, check_holder, redeem, standing, visiting_node
from entrepot.trade.ports import Books, NotFound

#: Events that one look at the ledger reads at once, and how often: more than a node writes in the second between looks.
PAGE, PAGES = 500, 40


@dataclass(frozen=True, slots=True)
class Entry:
    """What a token opened. `until`: when it ends, in seconds since 1970; 0 without an end.

    `holder`: the node for whose buyer it is; "" for one of this node.
    """

    claims: Claims
    until: float
    holder: str = ""


def admit(books: Books, token: str, audience: str) -> Entry:
    """Redeem a token. Raises Refusal."""
    claims = books.run(lambda tx: redeem(tx, token, audience))
    grant: Grant = books.read(claims.grant)
    delivery: Delivery = books.read(claims.delivery)
    ends = [each for each in (grant.until, delivery.until) if each]
    until = min((dt.datetime.fromisoformat(each).timestamp() for each in ends), default=0.0)
    return Entry(claims, until, visiting_node(grant, delivery))


def is_open(books: Books, grant: str) -> bool:
    """Whether a grant opens its delivery now."""
    try:
        found: Grant = books.read(grant)
        delivery: Delivery = books.read(found.delivery)
        standing(found, delivery, dt.datetime.now(dt.UTC))
        if node := visiting_node(found, delivery):
            check_holder(books.read(node))
    except (NotFound, Refusal):
        return False
    return True


def changes(books: Books, after: int | None) -> tuple[int, frozenset[str]]:
    """The objects that changed after a position of the ledger, and the position up to which they were read."""
    now = size()
    if after is None or now <= after:
        return now, frozenset()
    changed: set[str] = set()
    for _ in range(PAGES):
        found = books.events(after=after, limit=PAGE)
        changed.update(event.stream for _position, event in found)
        after = found[-1][0] if found else now
        if len(found) < PAGE:
            break
    return after, frozenset(changed)
