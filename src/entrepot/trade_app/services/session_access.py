"""Access to live rooms: redeem a token, and check its grant again whenever something of it changes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from entrepot.store.trade.ledger import size
from entrepot.trade.delivery.grants import Claims, Grant, Refusal, check_holder, redeem, standing
from entrepot.trade.orders import is_of_other_node
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
    ends = [each for each in (grant.until, books.read(claims.delivery).until) if each]
    until = min((dt.datetime.fromisoformat(each).timestamp() for each in ends), default=0.0)
    return Entry(claims, until, grant.holder if is_of_other_node(grant.holder) else "")


def is_open(books: Books, grant: str) -> bool:
    """Whether a grant opens its delivery now."""
    try:
        found: Grant = books.read(grant)
        standing(found, books.read(found.delivery), dt.datetime.now(dt.UTC))
        if is_of_other_node(found.holder):
            check_holder(books.read(found.holder))
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
