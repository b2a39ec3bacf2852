"""Access to live rooms by the tokens of grants."""

from __future__ import annotations

from entrepot.trade.delivery.grants import Refusal
from entrepot.trade_app.books import open_books
from entrepot.trade_app.services import session_access
from entrepot.web.live.sockets.closing import BAD_TOKEN, ENDED, FORBIDDEN, Closing, Refused
from entrepot.web.live.sockets.rooms import Visitor

#: What a client is told, by the code of the refusal; other codes are about the token.
_CLOSINGS: dict[str, Closing] = {
    "grant_early": FORBIDDEN,
    "grant_revoked": ENDED,
    "grant_used_up": ENDED,
    "grant_expired": ENDED,
    "delivery_not_open": ENDED,
}


class GrantAccess:
    """Access by the grants of this node. It is a `rooms.Access`."""

    def admit(self, token: str, audience: str) -> Visitor:
        """The visitor of a token, which is used up. Raises Refused."""
        try:
            entry = session_access.admit(open_books(), token, audience)
        except Refusal as refusal:
            raise Refused(_CLOSINGS.get(refusal.code, BAD_TOKEN)) from None
        claims = entry.claims
        return Visitor(
            grant=claims.grant,
            delivery=claims.delivery,
            order=claims.order,
            role=claims.role,
            what=claims.what,
            until=entry.until,
            node=entry.holder,
        )

    def is_open(self, visitor: Visitor) -> bool:
        """Whether a visitor may stay."""
        return session_access.is_open(open_books(), visitor.grant)

    def changes(self, after: int | None) -> tuple[int, frozenset[str]]:
        """The ids of objects that changed after a position of the ledger, and the new position; None: from now on."""
        return session_access.changes(open_books(), after)
