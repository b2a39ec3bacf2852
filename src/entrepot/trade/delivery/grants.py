"""A grant: who may use a delivery, for what, from when until when and how often; and the short-lived tokens of it.

A token opens one session, once: it is signed, expires within minutes, and is for one kind of session. The grant and
its delivery are checked each time, too, so that what is revoked opens nothing from that moment.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
from typing import Any, Protocol

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.ledger.events import Event, timestamp
from entrepot.trade.objects import Kind, Moves, after, check_first
from entrepot.trade.orders import is_of_other_node
from entrepot.trade.ports import NotFound, Transaction

MOVES: Moves = {("active", "grant.used"): "active", ("active", "grant.revoked"): "revoked"}
#: What the holder of a grant is. A `reader` sees and changes nothing.
ROLES = ("buyer", "provider", "editor", "reader")
#: For what a token is.
AUDIENCES = ("visit", "course", "workspace", "booking")
#: How long a token opens a session, in seconds.
TOKEN_SECONDS = 300
#: Clocks of the processes of one node may differ by so much.
LEEWAY = 5
_SENDER = "grant-token"


class Grant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A grant.

    `holder`: an organization or a person, or the keyed hash of a guest's secret; `role`: one of `ROLES`; `what`: a part
    of the delivery, such as a document, "" for all; `since`, `until`: RFC 3339, "" without an end; `uses`: how often
    it opens something, 0 without a limit; `epoch`: that of the delivery when it was issued.
    """

    id: str
    status: str
    delivery: str
    order: str
    owners: tuple[str, ...]
    holder: str
    role: str
    created: str
    kind: str
    what: str = ""
    since: str = ""
    until: str = ""
    uses: int = 0
    used: int = 0
    epoch: int = 0
    why: str = ""


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says. `expires`: seconds since 1970."""

    grant: str
    delivery: str
    order: str
    role: str
    audience: str
    once: str
    expires: int
    what: str = ""


class Refusal(TradeError):
    """A token or a grant opens nothing. `code`: why."""


_DECODER = msgspec.json.Decoder(Claims)
#: Why a session is not opened. The sentences do not tell a stranger what exists.
SENTENCES = {
    "token_invalid": "The token cannot be read, or this node did not sign it. Open the page of the delivery again.",
    "token_audience": "The token is for {audience}, and cannot be used here. Open the page of the delivery again.",
    "token_expired": "The token has expired. Open the page of the delivery again.",
    "token_used": "The token was used before. Open the page of the delivery again.",
    "grant_revoked": "Access was revoked.",
    "grant_used_up": "Access was used as often as it was granted.",
    "grant_early": "Access begins at {since}.",
    "grant_expired": "Access has ended at {until}.",
    "delivery_not_open": "The delivery is {status}: nothing can be opened.",
}


def refusal(code: str, **values: str) -> Refusal:
    """The error of a session that is not opened."""
    return Refusal(code, SENTENCES[code], "token", **values)


def apply(state: Grant | None, event: Event) -> Grant:
    """The grant after an event. Raises NotAllowed."""
    if state is None:
        check_first(event, "grant.issued")
        return msgspec.convert({**event.payload, "id": event.stream, "status": "active", "created": event.time}, Grant)
    status = after(MOVES, state.id, state.status, event.kind)
    if event.kind == "grant.used":
        used = state.used + 1
        return msgspec.structs.replace(state, used=used, status="used_up" if used == state.uses else status)
    return msgspec.structs.replace(state, status=status, why=event.payload.get("reason", ""))


def holder_reference(delivery: str, holder: str, role: str, what: str, epoch: int) -> str:
    """By which the valid grant of a holder is found."""
    return f"grant:{delivery}:{holder}:{role}:{what}:{epoch}"


def _references(state: Grant) -> tuple[str, ...]:
    if state.status != "active":
        return ()
    return (holder_reference(state.delivery, state.holder, state.role, state.what, state.epoch),)


def standing(grant: Grant, delivery: Delivery, now: dt.datetime) -> None:
    """Raise Refusal unless a grant opens its delivery now."""
    moment = timestamp(now)
    if grant.status == "used_up":
        raise refusal("grant_used_up")
    if grant.status != "active" or grant.epoch != delivery.epoch or grant.delivery != delivery.id:
        raise refusal("grant_revoked")
    if not delivery.is_open:
        raise refusal("delivery_not_open", status=delivery.status)
    if grant.since and moment < grant.since:
        raise refusal("grant_early", since=grant.since)
    if grant.until and moment >= grant.until:
        raise refusal("grant_expired", until=grant.until)
    if delivery.until and moment >= delivery.until:
        raise refusal("grant_expired", until=delivery.until)


class Visiting(Protocol):
    """Another node whose buyers come to services of this one."""

    @property
    def may_visit(self) -> bool:
        """Whether they may come now."""


def visiting_node(grant: Grant, delivery: Delivery) -> str:
    """The other node for whose buyer a grant is, also of a seat or a guest; "" for all others."""
    return delivery.buyer if is_of_other_node(delivery.buyer) and grant.holder != delivery.seller else ""


def check_holder(holder: Visiting) -> None:
    """Raise Refusal for a grant of another node's buyer, where this node has closed the exchange with that node.

    `holder`: the state of that node (`visiting_node`).
    """
    if not holder.may_visit:
        raise refusal("grant_revoked")


def check(tx: Transaction, grant: Grant) -> None:
    """Raise Refusal unless a grant opens its delivery now, also as far as another node is concerned."""
    delivery: Delivery = tx.get(grant.delivery)
    standing(grant, delivery, tx.time)
    if node := visiting_node(grant, delivery):
        check_holder(tx.get(node))


def make_token(tx: Transaction, number: str, audience: str) -> str:
    """A token of a grant, for one session of a kind. Raises Refusal, NotFound."""
    if audience not in AUDIENCES:
        raise ValueError(f"{audience!r} is not an audience.")
    grant: Grant = tx.get(number)
    if grant.kind != audience:
        raise refusal("token_audience", audience=grant.kind)
    check(tx, grant)
    claims = Claims(
        grant=grant.id,
        delivery=grant.delivery,
        order=grant.order,
        role=grant.role,
        audience=audience,
        once=tx.new_id("tk_"),
        expires=int(tx.time.timestamp()) + TOKEN_SECONDS,
        what=grant.what,
    )
    body = base64.urlsafe_b64encode(msgspec.json.encode(claims)).decode().rstrip("=")
    return f"{body}.{_signature(tx, body)}"


def redeem(tx: Transaction, token: str, audience: str, *, delivery: str = "") -> Claims:
    """The claims of a token with which a session is opened; after this it opens nothing.

    `delivery`: the one that the session is of, where the caller knows it. Raises Refusal.
    """
    claims = _read(tx, token)
    if claims.audience != audience or (delivery and claims.delivery != delivery):
        raise refusal("token_audience", audience=claims.audience)
    if int(tx.time.timestamp()) >= claims.expires + LEEWAY:
        raise refusal("token_expired")
    try:
        grant: Grant = tx.get(claims.grant)
        check(tx, grant)
    except NotFound:
        raise refusal("token_invalid") from None
    if not tx.received(_SENDER, claims.once):
        raise refusal("token_used")
    if grant.uses:
        tx.append(grant.id, "grant.used", {})
    return claims


def _read(tx: Transaction, token: str) -> Claims:
    """The claims of a token that this node signed. Raises Refusal."""
    body, _, signature = token.partition(".")
    if len(token) > 2000 or not hmac.compare_digest(signature.encode(), _signature(tx, body).encode()):
        raise refusal("token_invalid")
    try:
        return _DECODER.decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, msgspec.DecodeError, ValueError):
        raise refusal("token_invalid") from None


def _signature(tx: Transaction, body: str) -> str:
    """The signature of a token: with the key of the keyed hashes, which is not in the database."""
    return tx.keyed_hash(f"{_SENDER}:{body}")


def issued(delivery: Delivery, holder: str, role: str, more: dict[str, Any]) -> dict[str, Any]:
    """The payload of a new grant."""
    return {
        "delivery": delivery.id,
        "order": delivery.order,
        "owners": list(delivery.owners),
        "holder": holder,
        "role": role,
        "kind": delivery.kind,
        "epoch": delivery.epoch,
        **{name: value for name, value in more.items() if value},
    }


GRANT = Kind("gr_", "grant", Grant, apply, lambda state: state.owners, _references)
