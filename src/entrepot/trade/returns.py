"""A return: pieces of lines that the buyer sends back, and the taxes that customs does not levy for them.

Two things happen in either order: the goods arrive, and customs approves. The return is completed when both are done;
where customs was not involved, when the goods have arrived.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from entrepot.trade.ledger.events import Event
from entrepot.trade.objects import Kind, Moves, NotAllowed, after, check_first

MOVES: Moves = {
    ("asked", "return.received"): "received",
    ("asked", "return.approved"): "approved",
    ("asked", "return.refused"): "refused",
    ("asked", "return.lapsed"): "lapsed",
    ("asked", "return.withdrawn"): "withdrawn",
    ("received", "return.approved"): "completed",
    ("received", "return.refused"): "refused",
    ("approved", "return.received"): "completed",
    ("approved", "return.lapsed"): "lapsed",
    # Goods that arrive after the return has lapsed.
    ("lapsed", "return.lapsed"): "lapsed",
    # Customs approves a return that had ended here: the event names the state, one of `AFTER_LATE_APPROVAL`.
    ("refused", "return.approved"): "refused",
    ("lapsed", "return.approved"): "lapsed",
    # Only of a return that customs has approved late: no tax is levied, so goods that come later are paid back.
    ("lapsed", "return.received"): "completed",
    # A refund changes what was paid back, not where the return is.
    ("asked", "return.refunded"): "asked",
    ("received", "return.refunded"): "received",
    ("approved", "return.refunded"): "approved",
    ("completed", "return.refunded"): "completed",
    ("refused", "return.refunded"): "refused",
    ("lapsed", "return.refunded"): "lapsed",
}
#: What may become of a return that had ended when customs approved it.
AFTER_LATE_APPROVAL = {"refused": ("refused", "approved", "completed"), "lapsed": ("lapsed", "completed")}
#: Why a return was refused that only customs had refused, or could not be asked about.
REFUSED_BY_CUSTOMS = ("customs", "not_sent")
#: Why a buyer sends goods back: codes, because a text of their own can hold personal data.
RETURN_REASONS = ("changed_mind", "damaged", "wrong_goods", "not_as_described", "too_late", "other")
#: Why a seller refuses one: codes, for the same reason.
REFUSAL_REASONS = ("damaged", "used", "incomplete", "wrong_goods", "too_late", "other")


class ReturnLine(msgspec.Struct, frozen=True, kw_only=True):
    """Pieces of a line that go back, and what was paid for them, in minor units: the goods, and each charge by its id.

    `customs_value`: what an annual limit gets back, in the currency of the quote.
    """

    line: int
    quantity: int
    goods: int
    charges: Mapping[str, int]
    customs_value: int = 0

    @property
    def taxes(self) -> int:
        """All charges of these pieces."""
        return sum(self.charges.values())


class Refund(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was paid back for a return, in minor units of the order's currency. `refund`: its id at the payment.

    `freight`: of the whole order, with insurance, by the policy of its offers: once all of its pieces are back.
    """

    refund: str
    goods: int
    taxes: int
    freight: int = 0


class Return(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A return.

    `declaration`: whose list it corrects, "" where customs was not involved; `arrive_until`: the last day (ISO) for the
    arrival of the goods, where there is one; `restocked`: whether the pieces can be sold again; `untaxed`: customs
    approved it after it had ended here.
    """

    id: str
    status: str
    order: str
    owners: tuple[str, ...]
    reason: str
    currency: str
    lines: tuple[ReturnLine, ...]
    created: str
    request: str = ""
    declaration: str = ""
    arrive_until: str = ""
    received: str = ""
    restocked: bool = False
    why: str = ""
    untaxed: bool = False
    refunds: tuple[Refund, ...] = ()

    @property
    def approved(self) -> bool:
        """Whether customs levies no tax on the goods, as far as it has said."""
        return self.status in ("approved", "completed") or self.untaxed

    @property
    def goods(self) -> int:
        """What the goods of the return cost."""
        return sum(each.goods for each in self.lines)

    @property
    def taxes(self) -> int:
        """What the charges of the return were."""
        return sum(each.taxes for each in self.lines)

    @property
    def due(self) -> int:
        """What is still to be paid back: of a completed return all, of one that is only untaxed the taxes."""
        if self.status == "completed":
            return self.goods + self.taxes - sum(each.goods + each.taxes for each in self.refunds)
        return self.taxes - sum(each.taxes for each in self.refunds) if self.untaxed else 0


def apply(state: Return | None, event: Event) -> Return:
    """The return after an event. Raises NotAllowed."""
    given = event.payload
    if state is None:
        check_first(event, "return.asked")
        return msgspec.convert({**given, "id": event.stream, "status": "asked", "created": event.time}, Return)
    status = after(MOVES, state.id, state.status, event.kind)
    if status == "received" and not state.declaration:
        status = "completed"
    if state.status == "lapsed" and event.kind == "return.received" and not state.untaxed:
        raise NotAllowed("return_state", "{number} has lapsed: goods that come now are not paid back.", number=state.id)
    if event.kind == "return.approved" and state.status in AFTER_LATE_APPROVAL:
        status = given["status"]
        if status not in AFTER_LATE_APPROVAL[state.status]:
            raise NotAllowed(
                "return_state",
                "{number} is {status}: it cannot become {after}.",
                number=state.id,
                status=state.status,
                after=status,
            )
    return msgspec.structs.replace(state, status=status, **_CHANGES.get(event.kind, _because)(state, given, event))


def _received(_state: Return, given: Mapping[str, Any], event: Event) -> dict[str, Any]:
    return {"received": given.get("time") or event.time, "restocked": given["restocked"]}


def _refunded(state: Return, given: Mapping[str, Any], _event: Event) -> dict[str, Any]:
    refunds = (*state.refunds, msgspec.convert(given, Refund))
    for name, most in (("goods", state.goods), ("taxes", state.taxes)):
        total = sum(getattr(each, name) for each in refunds)
        if total > most:
            raise NotAllowed(
                "refund_exceeds",
                "{number} has {name} of {most} {currency} in minor units; {total} cannot be refunded.",
                number=state.id,
                name=name,
                most=most,
                currency=state.currency,
                total=total,
            )
    return {"refunds": refunds}


def _lapsed(_state: Return, given: Mapping[str, Any], _event: Event) -> dict[str, Any]:
    """The goods came too late, or not at all."""
    found = {"why": given["reason"]}
    return found | ({"received": given["time"], "restocked": given["restocked"]} if "time" in given else {})


def _because(state: Return, given: Mapping[str, Any], _event: Event) -> dict[str, Any]:
    return {"why": given.get("reason", state.why)}


def _approved(state: Return, given: Mapping[str, Any], _event: Event) -> dict[str, Any]:
    late = state.status in AFTER_LATE_APPROVAL
    return {"why": given.get("reason", state.why)} | ({"untaxed": True} if late else {})


_CHANGES = {
    "return.approved": _approved,
    "return.received": _received,
    "return.refunded": _refunded,
    "return.lapsed": _lapsed,
}


def _due(state: Return) -> Mapping[str, str]:
    """When a return may lapse: where clocks are 14 hours ahead, its last day ends first. The command knows the day."""
    waits = state.status in ("asked", "approved") and state.arrive_until
    return {"end": f"{state.arrive_until}T10:00:00.000Z"} if waits else {}


RETURN = Kind(
    "re_",
    "return",
    Return,
    apply,
    lambda state: state.owners,
    lambda state: (state.request,) if state.request else (),
    due=_due,
)
