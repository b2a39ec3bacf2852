"""The operations of checkout sessions: create, read, update, complete and cancel."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from entrepot.connect.ucp import messages as say
from entrepot.connect.ucp.bodies import CheckoutGiven, CompleteGiven
from entrepot.connect.ucp.checkouts import show_errors
from entrepot.connect.ucp.messages import Message
from entrepot.connect.ucp.names import CHECKOUT, VERSION
from entrepot.connect.ucp.platforms import relevant
from entrepot.connect.ucp.sessions import (
    CANCELED,
    COMPLETED,
    ESCALATION,
    IN_PROGRESS,
    INCOMPLETE,
    OPEN,
    READY,
    NotPossible,
    Session,
    changed,
)
from entrepot.language.translate import _, current_language, error_text
from entrepot.model.errors import EntrepotError
from entrepot.store.ucp import new_checkout_id
from entrepot.trade import placing
from entrepot.trade.ledger.events import timestamp
from entrepot.trade_app.books import open_books
from entrepot.trade_app.ucp import node, sessions, settling, views
from entrepot.trade_app.ucp.assess import QUOTES, Assessed, assess
from entrepot.trade_app.ucp.sessions import Stored

#: How long a session lives, and how long an answer waits for the payment provider, in seconds.
LIFETIME, WAIT, STEP = dt.timedelta(hours=6), 3.0, 0.1
TRIES = 3


class Caller(NamedTuple):
    """Who asks. `party`: the platform, as its sessions are stored; `capabilities`: those that both sides have."""

    party: str
    profile: str
    capabilities: Mapping[str, str]
    webhook: str


class Outcome(NamedTuple):
    """An answer."""

    status: int
    body: dict[str, Any]


def create(caller: Caller, given: CheckoutGiven) -> Outcome:
    """Create a session. Without one item that can be bought there is none, and the answer says why."""
    now = dt.datetime.now(dt.UTC)
    session = Session(
        id=new_checkout_id(),
        platform=caller.party,
        profile=caller.profile,
        version=VERSION,
        capabilities=caller.capabilities,
        webhook=caller.webhook,
        created=timestamp(now),
        expires=timestamp(now + LIFETIME),
        language=current_language(),
    )
    assessed = assess(changed(session, given))
    wrong = {each.path.partition("]")[0] for each in assessed.messages if each.path.startswith("$.line_items[")}
    if len(wrong) == len(assessed.session.lines):
        messages = [each._replace(severity=say.UNRECOVERABLE) for each in assessed.messages if each.kind == "error"]
        return Outcome(200, errors(messages, caller.capabilities))
    session = _told(assessed)
    sessions.insert(session)
    return Outcome(201, views.show_session(session, assessed))


def read(caller: Caller, number: str) -> Outcome:
    """A session as it is now."""
    stored = _find(caller, number)
    return not_found(caller) if stored is None else _shown(stored)


def update(caller: Caller, number: str, given: CheckoutGiven) -> Outcome:
    """Replace what the platform sent before. Raises NotPossible, and Changed."""
    stored = _find(caller, number)
    if stored is None:
        return not_found(caller)
    stored = _current(stored)
    if stored.session.status == IN_PROGRESS:
        return _shown(stored, [_in_progress()])
    stored.session.moved("update")
    fresh = msgspec.structs.replace(stored.session, capabilities=caller.capabilities, webhook=caller.webhook)
    assessed = assess(changed(fresh, given))
    kept = _rejected_destination(stored, assessed)
    if kept is not None:
        return kept
    return _answer(sessions.save(stored, _told(assessed)), assessed)


def _rejected_destination(stored: Stored, assessed: Assessed) -> Outcome | None:
    """A destination that does not exist is rejected, and the session stays as it was."""
    wrong = [each for each in assessed.messages if each.code == "destination_unknown"]
    return _shown(stored, wrong) if wrong else None


def cancel(caller: Caller, number: str) -> Outcome:
    """Cancel a session, and orders that are not paid yet. Raises NotPossible, and Changed."""
    stored = _find(caller, number)
    if stored is None:
        return not_found(caller)
    stored = _current(stored)
    session = stored.session.moved("cancel")
    if stored.session.status == IN_PROGRESS:
        if not settling.orders_of(stored.session):
            return _shown(stored, [_in_progress()])  # another request places them in this moment
        if not settling.cancel_orders(stored.session):
            text = "The order is being paid: cancel it on its page."
            return _shown(stored, [say.error("checkout_in_progress", text)])
        session = msgspec.structs.replace(session, orders=())
    return _shown(sessions.save(stored, session))


def complete(caller: Caller, number: str, given: CompleteGiven) -> Outcome:
    """Place the orders of a session and begin their payment. Raises NotPossible, and Changed."""
    stored = _find(caller, number)
    if stored is None:
        return not_found(caller)
    instruments = (given.payment.instruments if given.payment else None) or ()
    instrument = next((each for each in instruments if each.selected), instruments[0] if instruments else None)
    provider, token = node.provider(), ""
    if provider:
        if instrument is None or instrument.credential is None or not instrument.credential.token:
            text = "The payment is missing: send an instrument with a credential that has a token."
            return _stays(stored, say.error("payment_required", text, "$.payment.instruments"))
        if instrument.handler_id != provider:
            text = f"The payment handler {instrument.handler_id} is not one of this checkout."
            return _stays(stored, say.error("payment_handler_unknown", text, "$.payment.instruments[0].handler_id"))
        token = instrument.credential.token
    stored, messages = place(stored, token, stored.session.told)
    return _shown(stored, messages, INCOMPLETE if messages and stored.session.status in OPEN else "")


def _stays(stored: Stored, message: Message) -> Outcome:
    stored = _current(stored)
    if stored.session.status not in OPEN:
        stored.session.moved("complete")
    return _shown(stored, [message])


def place(stored: Stored, token: str, price: str) -> tuple[Stored, list[Message]]:
    """Place the orders and begin to pay. Returns why they were not placed, where something more than the session says.

    `token`: of the provider; without one the buyer pays on its page. `price`: the one that was shown to the side that
    completes, as `Assessed.price`: at another one nothing is placed. Raises NotPossible, and Changed.
    """
    stored = _current(stored)
    if stored.session.status == IN_PROGRESS:
        return stored, [_in_progress()]
    stored.session.moved("complete")
    assessed = assess(msgspec.structs.replace(stored.session, problem=""))
    session = assessed.session
    if session.status != READY or assessed.checkout is None:
        return sessions.save(stored, session), []
    if assessed.price != price:
        return sessions.save(stored, session), [_price_changed()]
    accepted = timestamp(dt.datetime.now(dt.UTC))
    accepting = msgspec.structs.replace(session.moved("complete"), accepted=accepted, attempt=session.attempt + 1)
    stored = sessions.save(stored, accepting)
    checkout, key = assessed.checkout, settling.key_of(stored.session)
    try:
        orders = open_books().run(lambda tx: placing.place_orders(tx, checkout, QUOTES, key=key))
        settling.begin_payments(stored.session, orders, token)
    except EntrepotError as error:
        settling.cancel_orders(stored.session)
        failed = msgspec.structs.replace(stored.session.moved("failed"), orders=())
        return sessions.save(stored, failed), [say.error(*_placing_error(error))]
    return _wait(stored), []


def _in_progress() -> Message:
    return say.error("checkout_in_progress", "The order is being processed: the checkout cannot be changed now.")


def _price_changed() -> Message:
    text = _(
        "The price has changed since it was shown, because the law, a rate or the offer has changed. Check the total."
    )
    return say.error("price_changed", text, "$.totals")


def _placing_error(error: EntrepotError) -> tuple[str, str, str]:
    code = str(getattr(error, "code", "not_possible"))
    known = {"no_stock": "out_of_stock", "offer_not_active": "item_unavailable"}
    return known.get(code, code), error_text(error), "$.line_items"


def _wait(stored: Stored) -> Stored:
    """Wait a moment for the payment provider: most payments are authorised within it."""
    end = time.monotonic() + (WAIT if node.provider() else 0)
    while True:
        stored = settling.settle(stored)
        if stored.session.status != IN_PROGRESS or time.monotonic() >= end or settling.buyer_acts(stored.session):
            return stored
        time.sleep(STEP)


def _find(caller: Caller, number: str) -> Stored | None:
    return sessions.find(number, caller.party)


def not_found(caller: Caller) -> Outcome:
    """The answer where the platform has no such session."""
    text = "This checkout was not found: it belongs to another platform, or it ended long ago."
    return Outcome(200, errors([say.error("not_found", text, "", say.UNRECOVERABLE)], caller.capabilities))


def errors(messages: Sequence[Message], capabilities: Mapping[str, str]) -> dict[str, Any]:
    """An answer without a checkout."""
    own = node.own_capabilities()
    return show_errors(messages, f"{node.settings().url}/", relevant(capabilities, own, CHECKOUT))


def _current(stored: Stored) -> Stored:
    """The session after what time and the payment provider have done to it."""
    return settling.settle(stored)


def _shown(stored: Stored, more: Sequence[Message] = (), status: str = "") -> Outcome:
    stored = _current(stored)
    if stored.session.status in OPEN:
        assessed = assess(stored.session)
        stored = sessions.save(stored, _told(assessed))
        assessed = assessed._replace(messages=[*assessed.messages, *more])
        return _answer(stored, assessed, status)
    return Outcome(200, views.show_session(stored.session, None, more))


def _told(assessed: Assessed) -> Session:
    """The session, with the price that the platform is told now."""
    return msgspec.structs.replace(assessed.session, told=assessed.price)


def _answer(stored: Stored, assessed: Assessed, status: str = "") -> Outcome:
    session = msgspec.structs.replace(stored.session, status=status) if status else stored.session
    return Outcome(200, views.show_session(session, assessed))


__all__ = [
    "CANCELED", "COMPLETED", "ESCALATION", "Caller", "NotPossible", "Outcome", "cancel", "complete", "create",
    "not_found", "place", "read", "update",
]  # fmt: skip
