"""The settlement of a month between two nodes: what the orders of the month changed in what one owes the other.

    computed ─> agreed ─> paid        both nodes compute it from their own ledgers
        └────> differs ─> agreed      they name each line that differs, and compute it again

Each node sends what its own ledger has. Where both have the same lines, each moves the balance of the month from the
account of the other node (`node/pn_…`) to that of the settlement (`settlement/ns_…`), with opposite signs. A month that
gets another line after that, such as one that was settled before its end, is computed again: the rest moves then.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade import accounts
from entrepot.trade.ledger.entries import Posting
from entrepot.trade.ledger.events import Event, timestamp
from entrepot.trade.nodes.bodies import Body
from entrepot.trade.nodes.common_orders import EXPORTER, IMPORTER, CommonOrder, month_with
from entrepot.trade.objects import Kind, Moves, after, check_first
from entrepot.trade.ports import Transaction

COMPUTED, DIFFERS, AGREED, PAID = STATES = ("computed", "differs", "agreed", "paid")
MOVES: Moves = {
    **{(state, "settlement.computed"): COMPUTED for state in STATES},
    **{(state, kind): state for state in STATES for kind in ("settlement.told", "settlement.advanced")},
    **{(state, "settlement.differs"): DIFFERS for state in (COMPUTED, DIFFERS)},
    **{(state, "settlement.agreed"): AGREED for state in (COMPUTED, DIFFERS)},
    (AGREED, "settlement.paid"): PAID,
}
_PERIOD = re.compile(r"\d{4}-(0[1-9]|1[0-2])\Z")
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
#: Lines of a month that are told one by one, where the sums differ.
MAX_LINES = 1000
_ENCODER = msgspec.json.Encoder(order="sorted")


class SettlementLine(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one payment or refund of an order changed. `debtor`: the DID of the importer's node of that order.

    `number`: of the event in its ledger; `amount`: below 0 for a refund; `at`: RFC 3339.
    """

    order: str
    number: str
    debtor: str
    amount: int
    at: str


class Owing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a node owes for the orders of a month, as the importer's node of them. `debtor`: its DID."""

    debtor: str
    amount: int


class Difference(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A line that the two nodes have not alike: `here` and `there` are the amounts; None where it is missing."""

    order: str
    number: str
    here: int | None = None
    there: int | None = None


class Statement(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`settlement.statement`: what the ledger of the sender has of a month in a currency.

    `period`: `2026-11`; `sums`: what each node owes; `digest`: of the lines; `lines`: all of them, or none
    where they are too many: then the digest alone is compared.
    """

    period: str
    currency: str
    count: int
    sums: tuple[Owing, ...]
    digest: str
    lines: tuple[SettlementLine, ...] = ()


class MonthRead(NamedTuple):
    """What was read of the orders of a month, before the transaction that records it.

    `lines`: in the currency of the settlement; `currencies`: all in which the month has entries; `through`: the
    position of the last event of the ledger before.
    """

    lines: Sequence[SettlementLine]
    currencies: tuple[str, ...]
    through: int


class Settlement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The settlement of a month in a currency with a peer.

    `count`, `sums`, `digest`: of what the ledger here has, `through`: up to which of its events, and `currencies`: all
    that the month had then; `told`: what the other node has told, and `attempt`: how often it was computed here;
    `differences`: line by line; `owed`: what this node owes the other for the month, below 0 what it is owed; `moved`:
    what of it is in the account of the settlement or was paid, and `paid`, what was paid; `reference`: of the last
    transfer; `released`: by seller and node, what can be paid out of the month; `advanced`: who let sellers be paid out
    before the other node had paid.
    """

    id: str
    status: str
    peer: str
    period: str
    currency: str
    created: str
    count: int = 0
    sums: tuple[Owing, ...] = ()
    digest: str = ""
    through: int = 0
    currencies: tuple[str, ...] = ()
    attempt: int = 0
    told: Mapping[str, Any] = {}
    differences: tuple[Difference, ...] = ()
    owed: int = 0
    moved: int = 0
    paid: int = 0
    agreed: str = ""
    reference: str = ""
    released: Mapping[str, int] = {}
    advanced: str = ""


def apply(state: Settlement | None, event: Event) -> Settlement:
    """The settlement after an event. Raises NotAllowed."""
    given = event.payload
    if state is None:
        check_first(event, "settlement.computed", "settlement.told")
        state = Settlement(
            id=event.stream,
            status=COMPUTED,
            peer=given["peer"],
            period=given["period"],
            currency=given["currency"],
            created=event.time,
        )
    status = after(MOVES, state.id, state.status, event.kind)
    changed = msgspec.structs.replace(state, status=status)
    if event.kind == "settlement.computed":
        return msgspec.structs.replace(
            changed,
            count=given["count"],
            sums=msgspec.convert(given["sums"], tuple[Owing, ...]),
            digest=given["digest"],
            through=given.get("through", 0),
            currencies=tuple(given.get("currencies", ())),
            owed=given["owed"],
            attempt=state.attempt + 1,
        )
    if event.kind == "settlement.told":
        return msgspec.structs.replace(changed, told=given["told"])
    if event.kind == "settlement.differs":
        return msgspec.structs.replace(changed, differences=msgspec.convert(given["lines"], tuple[Difference, ...]))
    if event.kind == "settlement.agreed":
        return msgspec.structs.replace(changed, agreed=event.time, moved=state.owed, differences=())
    released = {**state.released, **given.get("released", {})}
    if event.kind == "settlement.advanced":
        return msgspec.structs.replace(changed, released=released, advanced=given["by"])
    return msgspec.structs.replace(changed, reference=given["reference"], paid=state.moved, released=released)


def reference_of(peer: str, period: str, currency: str) -> str:
    """By which the settlement of a month is found."""
    return f"settlement:{peer}:{period}:{currency}"


def account_of(number: str) -> str:
    """The account of what is to be paid for a settlement."""
    return f"settlement/{number}"


SETTLEMENT = Kind(
    "ns_",
    "settlement",
    Settlement,
    apply,
    lambda state: (state.peer, month_with(state.peer, state.period)),
    lambda state: (reference_of(state.peer, state.period, state.currency),),
)


def check_period(period: str, currency: str) -> None:
    """Raise TradeError for what is not a month or a currency.

    >>> check_period("2026-13", "CNY")
    Traceback (most recent call last):
    entrepot.model.errors.TradeError: "2026-13" is not a month. Write it as 2026-11.
    """
    if not _PERIOD.match(period):
        raise TradeError(
            "period_invalid", "{value!r} is not a month. Write it as 2026-11.", "period", value=period[:20]
        )
    if not _CURRENCY.match(currency):
        raise TradeError(
            "currency_unknown", "{currency!r} is not a currency code (ISO 4217).", "currency", currency=currency[:20]
        )


def lines_of(orders: Iterable[CommonOrder], period: str, currency: str, own: str, other: str) -> list[SettlementLine]:
    """The lines of a month, in one order for both nodes. `own`, `other`: the DIDs.

    An entry belongs to the month of its time in UTC, as the importer's node has it.
    """
    found = [
        SettlementLine(
            order=each.id,
            number=entry.number,
            debtor=own if each.role == IMPORTER else other,
            amount=entry.amount,
            at=entry.at,
        )
        for each in orders
        if each.currency == currency
        for entry in each.entries
        if entry.at.startswith(f"{period}-")
    ]
    return sorted(found, key=lambda each: (each.order, each.number))


def claims_of(orders: Iterable[CommonOrder], period: str, currency: str) -> dict[str, int]:
    """What the orders of a month change in what the sellers of this node are owed, by seller and node.

    What is on the account for all nodes, as it was before each had its own, by seller. Without what sellers were
    credited at once, as nodes did at first.
    """
    found: dict[str, int] = {}
    for each in orders:
        if each.role != EXPORTER or each.terms is None or each.currency != currency:
            continue
        held, apart, seller = frozenset(each.held), frozenset(each.apart), each.terms.seller
        for entry in each.entries:
            if entry.at.startswith(f"{period}-") and entry.number in held:
                whose = f"{seller}/{each.peer}" if entry.number in apart else seller
                found[whose] = found.get(whose, 0) + entry.amount
    return found


def sums_of(lines: Iterable[SettlementLine]) -> tuple[Owing, ...]:
    """What each node owes, by its DID."""
    found: dict[str, int] = {}
    for each in lines:
        found[each.debtor] = found.get(each.debtor, 0) + each.amount
    return tuple(Owing(debtor=name, amount=amount) for name, amount in sorted(found.items()) if amount)


def digest_of(lines: Sequence[SettlementLine]) -> str:
    """The SHA-256 of lines as canonical JSON."""
    return hashlib.sha256(_ENCODER.encode(lines)).hexdigest()


def statement_of(lines: Sequence[SettlementLine], period: str, currency: str) -> Statement:
    """What is told of the lines of a month."""
    return Statement(
        period=period,
        currency=currency,
        count=len(lines),
        sums=sums_of(lines),
        digest=digest_of(lines),
        lines=tuple(lines) if len(lines) <= MAX_LINES else (),
    )


def differences(own: Sequence[SettlementLine], told: Sequence[SettlementLine]) -> list[Difference]:
    """The lines that two nodes have not alike, by order and number.

    >>> line = SettlementLine(order="xo_1", number="ev_1", debtor="did:web:cn", amount=8000, at="")
    >>> other = msgspec.structs.replace(line, amount=7000)
    >>> [(each.here, each.there) for each in differences([line], [other])], differences([line], [line])
    ([(8000, 7000)], [])
    """
    here = {(each.order, each.number, each.debtor, each.at): each.amount for each in own}
    there = {(each.order, each.number, each.debtor, each.at): each.amount for each in told}
    return [
        Difference(order=key[0], number=key[1], here=here.get(key), there=there.get(key))
        for key in sorted(here.keys() | there.keys())
        if here.get(key) != there.get(key)
    ]


def compute(tx: Transaction, peer: str, own: str, month: MonthRead, told: Statement) -> Settlement:
    """Record what the ledger here has of a month: `told` is the statement of it, for the other node.

    What has the lines of before stays as it is. Raises TradeError.
    """
    check_period(told.period, told.currency)
    found = _find(tx, peer, told.period, told.currency)
    if found is not None and found.digest == told.digest:
        return found
    sums = sums_of(month.lines)
    payload = {
        "peer": peer,
        "period": told.period,
        "currency": told.currency,
        "count": len(month.lines),
        "sums": msgspec.to_builtins(sums),
        "digest": told.digest,
        "through": month.through,
        "currencies": list(month.currencies),
        "owed": sum(each.amount if each.debtor == own else -each.amount for each in sums),
    }
    number = found.id if found else tx.new_id("ns_")
    computed: Settlement = tx.append(number, "settlement.computed", payload)
    return computed


def _find(tx: Transaction, peer: str, period: str, currency: str) -> Settlement | None:
    number = tx.lookup(reference_of(peer, period, currency))
    return tx.get(number) if number else None


def tell(tx: Transaction, peer: str, told: Statement) -> Settlement:
    """Record what the other node has told of a month, to be compared. Raises TradeError."""
    check_period(told.period, told.currency)
    found = _find(tx, peer, told.period, told.currency)
    plain = msgspec.to_builtins(told)
    if found is not None and found.told == plain:
        return found
    payload = {"peer": peer, "period": told.period, "currency": told.currency, "told": plain}
    number = found.id if found else tx.new_id("ns_")
    recorded: Settlement = tx.append(number, "settlement.told", payload)
    return recorded


def compare(tx: Transaction, number: str, lines: Sequence[SettlementLine]) -> Settlement:
    """Compare what both nodes have computed. Alike, the balance of the month moves to its settlement, once."""
    found: Settlement = tx.get(number)
    if not found.told or not found.digest:
        return found
    told = msgspec.convert(found.told, Statement)
    if found.status in (AGREED, PAID):
        # The other node has more, or less, than both agreed on: what it is, is known when this node has it too.
        return found
    if (told.digest, told.count, told.sums) == (found.digest, found.count, found.sums):
        agreed: Settlement = tx.append(number, "settlement.agreed", {"digest": found.digest}, postings=_moved(found))
        return agreed
    named = differences(lines, told.lines) if told.lines or not told.count else []
    payload = {"lines": msgspec.to_builtins(named[:MAX_LINES])}
    if found.status == DIFFERS and found.differences == tuple(named[:MAX_LINES]):
        return found
    differs: Settlement = tx.append(number, "settlement.differs", payload)
    return differs


def _moved(found: Settlement) -> tuple[Posting, ...]:
    rest = found.owed - found.moved
    if not rest:
        return ()
    return (
        Posting(accounts.seller(found.peer), found.currency, -rest),
        Posting(account_of(found.id), found.currency, rest),
    )


def record_paid(
    tx: Transaction,
    number: str,
    reference: str,
    *,
    claims: Mapping[str, int],
    digest: str,
    provider: str = "bank",
) -> Settlement:
    """Record that an agreed settlement was paid, or that the payment has arrived here. Raises TradeError.

    `reference`: of the transfer; `claims`: what the sellers here are owed of the month (`claims_of`), which can be paid
    out from now on; `digest`: of the lines that these are from; `provider`: whose account it went through.
    """
    found: Settlement = tx.get(number)
    if found.status == PAID:
        return found
    if not reference.strip():
        raise TradeError("reference_missing", "Name the reference of the transfer.", "reference")
    if found.status == AGREED and digest != found.digest:
        raise TradeError(
            "settlement_changed", "The month has other entries since both nodes agreed: settle it again first."
        )
    rest = found.moved - found.paid
    transfer = (
        Posting(account_of(number), found.currency, -rest),
        Posting(accounts.provider(provider), found.currency, rest),
    )
    payload = {"reference": reference.strip()[:60], "at": timestamp(tx.time), "released": dict(claims)}
    postings = (*(transfer if rest else ()), *_released(found, claims))
    paid: Settlement = tx.append(number, "settlement.paid", payload, postings=postings)
    return paid


def advance(tx: Transaction, number: str, *, claims: Mapping[str, int], by: str) -> Settlement:
    """Let sellers be paid out before the other node has paid: this node bears the risk. Raises TradeError.

    `claims`: what the sellers here are owed of the month (`claims_of`); `by`: the person who decides it.
    """
    found: Settlement = tx.get(number)
    postings = _released(found, claims)
    if not by:
        raise TradeError("person_missing", "Say who you are.", "by")
    if not postings:
        return found
    payload = {"by": by[:60], "released": dict(claims)}
    advanced: Settlement = tx.append(number, "settlement.advanced", payload, postings=postings)
    return advanced


def _released(found: Settlement, claims: Mapping[str, int]) -> tuple[Posting, ...]:
    """What becomes payable to sellers: their claims, less what is payable already."""
    rest = {each: amount - found.released.get(each, 0) for each, amount in claims.items()}
    moved: list[Posting] = []
    for whose, amount in rest.items():
        seller, _, node = whose.partition("/")
        if amount:
            moved.append(Posting(accounts.unsettled(seller, node), found.currency, -amount))
            moved.append(Posting(accounts.seller(seller), found.currency, amount))
    return tuple(moved)
