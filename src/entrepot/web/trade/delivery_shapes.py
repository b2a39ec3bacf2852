"""Deliveries of services as the API takes and shows them: terms, conditions, what happened. Never personal data.

An attempt to send a webhook is another thing, whose type is `shown.DeliveryShown`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, UnsetType

from entrepot.language import translate
from entrepot.language.translate import _
from entrepot.model.money import in_major
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.orders import Order
from entrepot.trade.ports import Books
from entrepot.trade.service_rules import CLOSED, CONSENT, GUARDIAN, LICENCE, Condition, ServiceRule
from entrepot.trade.service_terms import MAX_DAYS, MAX_DEPOSIT_DAYS, MAX_HOURS, MAX_MINUTES, MAX_STEPS, Licence, Terms

Kind = Literal["visit", "course", "booking", "workspace"]
Percent = Annotated[int, Meta(ge=0, le=100)]
Days = Annotated[int, Meta(ge=0, le=MAX_DAYS)]
DepositReason = Literal["damage", "cleaning", "missing_items", "late_return"]
Name = Annotated[str, Meta(min_length=1, max_length=120)]


class CancellationStepWritten(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A buyer who cancels at least so many hours before the start is paid back so many percent."""

    hours: Annotated[int, Meta(ge=0, le=MAX_HOURS)]
    percent: Percent


class LicenceWritten(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The licence of the provider, as it states it. The operator of the node says that it was checked."""

    number: Name
    authority: Name
    economy: Name


class DeliveryTermsWritten(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """How a service is delivered. A change replaces all terms.

    `resource`: the course, or the asset whose calendar is booked; `minutes`: how long a visit is (30); `days`: how long
    access lasts from the payment (30 for courses and workspaces); `acceptance_days`: after so many days without an
    objection it is accepted; `cancellation`: by default everything until 24 hours before the start, then nothing;
    `no_show_percent`: what a buyer is paid back who did not come; `deposit`: of a booking, paid besides and given back
    `deposit_days` (7) after the use at the latest; `deposit_reasons`: why a part of it may be kept.
    """

    kind: Kind
    resource: Annotated[str, Meta(max_length=60)] | UnsetType = msgspec.UNSET
    minutes: Annotated[int, Meta(ge=0, le=MAX_MINUTES)] | UnsetType = msgspec.UNSET
    days: Days | UnsetType = msgspec.UNSET
    acceptance_days: Days | UnsetType = msgspec.UNSET
    cancellation: Annotated[tuple[CancellationStepWritten, ...], Meta(max_length=MAX_STEPS)] | UnsetType = msgspec.UNSET
    no_show_percent: Percent | UnsetType = msgspec.UNSET
    licence: LicenceWritten | UnsetType | None = msgspec.UNSET
    deposit: Annotated[str, Meta(max_length=20)] | UnsetType = msgspec.UNSET
    deposit_days: Annotated[int, Meta(ge=0, le=MAX_DEPOSIT_DAYS)] | UnsetType = msgspec.UNSET
    deposit_reasons: tuple[DepositReason, ...] | UnsetType = msgspec.UNSET


class ConsentGiven(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The consent of the person concerned. `text`: the version of the text that was shown, as the condition names it.

    `guardian`: the consent of the guardian of a minor; `withdraw`: withdraws the consent, without a `text`.
    """

    text: Annotated[str, Meta(max_length=40)] = ""
    guardian: bool = False
    withdraw: bool = False


class DeliveryObjected(msgspec.Struct, forbid_unknown_fields=True):
    """Why a buyer objects: a code, since the ledger keeps it for ever."""

    reason: Literal["not_delivered", "interrupted", "not_as_described", "wrong_data", "other"]


class TokenAsked(msgspec.Struct, forbid_unknown_fields=True):
    """A token to ask for. `audience`: what it opens, by default the kind of the delivery."""

    audience: Literal["visit", "course", "workspace", "booking", ""] = ""


class CancellationStepShown(msgspec.Struct, kw_only=True):
    """A buyer who cancels at least so many hours before the start is paid back so many percent."""

    hours: int
    percent: int


class LicenceShown(msgspec.Struct, kw_only=True):
    """The licence of the provider. `checked_by`: the operator who checked it, null where nobody has."""

    number: str
    authority: str
    economy: str
    checked_by: str | None
    checked_on: str | None


class DeliveryTermsShown(msgspec.Struct, kw_only=True):
    """How a service is delivered, as in the request. `cancellation`: from the most hours to the fewest."""

    kind: Kind
    resource: str
    minutes: int
    days: int
    acceptance_days: int
    cancellation: tuple[CancellationStepShown, ...]
    no_show_percent: int
    licence: LicenceShown | None
    deposit: str
    deposit_days: int
    deposit_reasons: tuple[str, ...]


class ServiceRuleShown(msgspec.Struct, kw_only=True):
    """What the law of an economy says of the service, with how sure it is and its sources. `id`: of its row."""

    economy: str
    id: str
    kind: str
    authority: str
    says: str
    trust: str
    sources: tuple[str, ...]


class DeliveryConditionShown(msgspec.Struct, kw_only=True):
    """What must be met before anything opens.

    `says`: what it asks, in the language of the request; `by`, `changed_at`: who met or withdrew it, and when; `text`:
    the version of the text to consent to; `economies`: the jurisdictions that it names.
    """

    id: Literal["closed", "licence", "consent", "guardian"]
    status: Literal["open", "met", "withdrawn"]
    says: str
    by: str | None
    changed_at: str | None
    text: str
    economies: tuple[str, ...]


class DeliverySessionsShown(msgspec.Struct, kw_only=True):
    """The sessions as the connections show them: how many, their seconds together, the first begin, the last end."""

    count: int
    seconds: int
    under_way: bool
    begun_at: str | None
    ended_at: str | None


class ServiceDeliveryShown(msgspec.Struct, kw_only=True):
    """The delivery of a line of an order: of a service.

    `economies`: the provider's and the buyer's; `starts_at`: null for at once; `ends_at`: when access ends, if it does;
    `used`: quantities by unit (UN/ECE Recommendation 20); `evidence`: codes, ids and hashes, never content;
    `accept_until`: without an objection it is accepted then; `why`: of its last event that has a reason.
    """

    object: Literal["delivery"] = "delivery"
    id: str
    created: str
    status: Literal[
        "closed", "waiting", "ready", "started", "delivered", "accepted", "objected", "cancelled", "no_show"
    ]
    order: str
    line: int
    seller: str
    buyer: str
    kind: Kind
    service: str
    titles: Mapping[str, str]
    quantity: int
    unit: str
    currency: str
    amount: str
    amount_refunded: str
    economies: tuple[str, ...]
    starts_at: str | None
    ends_at: str | None
    booking: str | None
    terms: DeliveryTermsShown
    rules: tuple[ServiceRuleShown, ...]
    conditions: tuple[DeliveryConditionShown, ...]
    sessions: DeliverySessionsShown
    used: Mapping[str, str]
    evidence: tuple[str, ...]
    accept_until: str | None
    why: str


class DeliveryToken(msgspec.Struct, kw_only=True):
    """A token that opens one session of a delivery, once, within `expires_in` seconds. Keep it out of addresses."""

    object: Literal["delivery_token"] = "delivery_token"
    delivery: str
    audience: Kind
    token: str
    expires_in: int


def show_terms(terms: Terms | None) -> DeliveryTermsShown | None:
    """The terms of an offer or a delivery."""
    return None if terms is None else _terms(terms)


def _terms(terms: Terms) -> DeliveryTermsShown:
    licence = terms.licence
    return DeliveryTermsShown(
        kind=terms.kind,  # type: ignore[arg-type]  # these words only pass `read_terms`
        resource=terms.resource,
        minutes=terms.minutes,
        days=terms.days,
        acceptance_days=terms.acceptance_days,
        cancellation=tuple(
            CancellationStepShown(hours=each.hours, percent=each.percent) for each in terms.cancellation
        ),
        no_show_percent=terms.no_show_percent,
        licence=None if licence is None else _licence(licence),
        deposit=terms.deposit,
        deposit_days=terms.deposit_days,
        deposit_reasons=terms.deposit_reasons,
    )


def _licence(licence: Licence) -> LicenceShown:
    return LicenceShown(
        number=licence.number,
        authority=licence.authority,
        economy=licence.economy,
        checked_by=licence.checked_by or None,
        checked_on=licence.checked_on or None,
    )


def show_deliveries(
    books: Books, deliveries: Iterable[Delivery], decimals: Callable[[str], int | None]
) -> list[ServiceDeliveryShown]:
    """Deliveries, with what their orders keep of the law and the service."""
    orders: dict[str, Order] = {}
    shown = []
    for each in deliveries:
        order = orders.get(each.order) or orders.setdefault(each.order, books.read(each.order))
        shown.append(_delivery(each, order, decimals(each.currency) or 0))
    return shown


def _delivery(found: Delivery, order: Order, places: int) -> ServiceDeliveryShown:
    return ServiceDeliveryShown(
        **{name: getattr(found, name) for name in _AS_IT_IS},
        status=found.status,  # type: ignore[arg-type]  # its state table has these words only
        kind=found.kind,  # type: ignore[arg-type]  # as its terms
        titles=next(each.goods.titles for each in order.lines if each.number == found.line),
        amount=in_major(found.amount, places),
        # What is paid back is in the currency of the order, which is that of its lines.
        amount_refunded=in_major(found.refunded, places),
        starts_at=found.starts or None,
        ends_at=found.until or None,
        booking=found.booking or None,
        terms=_terms(found.terms),
        rules=tuple(map(_rule, (each for each in order.rules if each.service == found.service))),
        conditions=tuple(_condition(found, name, each) for name, each in found.conditions.items()),
        sessions=DeliverySessionsShown(
            count=found.sessions,
            seconds=found.seconds,
            under_way=bool(found.session),
            begun_at=found.begun or None,
            ended_at=found.ended or None,
        ),
        accept_until=found.accept_until or None,
    )


_AS_IT_IS = (
    "id", "created", "order", "line", "seller", "buyer", "service", "quantity", "unit", "currency", "economies",
    "used", "evidence", "why",
)  # fmt: skip


def _rule(rule: ServiceRule) -> ServiceRuleShown:
    return ServiceRuleShown(
        economy=rule.economy,
        id=rule.id,
        kind=rule.kind,
        authority=translate.pack_text(rule.authority),
        says=translate.pack_text(rule.says),
        trust=rule.trust,
        sources=rule.sources,
    )


def _condition(found: Delivery, name: str, condition: Condition) -> DeliveryConditionShown:
    return DeliveryConditionShown(
        id=name,  # type: ignore[arg-type]  # made by `conditions_of` only
        status=condition.state,  # type: ignore[arg-type]  # a condition has these states only
        says=says_of(found, name),
        by=condition.by or None,
        changed_at=condition.time or None,
        text=condition.text,
        economies=condition.economies,
    )


def says_of(found: Delivery, condition: str) -> str:
    """What a condition of a delivery asks, in the reader's language: what is consented to, too."""
    economies = [translate.place(each) for each in dict.fromkeys(found.economies)]
    sentences: Mapping[str, Any] = {
        CLOSED: _("A rule of {place} prohibits this service.").format(place=economies[-1] if economies else ""),
        LICENCE: _("The provider's licence is checked by the operator of the platform."),
        CONSENT: _(
            "Data about the health of the person concerned are processed in {places}, for this service only. The "
            "person consents, and can withdraw the consent at any time: then the service ends."
        ).format(places=" / ".join(economies)),
        GUARDIAN: _("The person is a minor: a guardian consents, too."),
    }
    return str(sentences[condition])


#: The bodies of the requests, and all answers, for the document of the API.
DELIVERY_BODIES = (ConsentGiven, DeliveryObjected, TokenAsked)
DELIVERY_SHAPES = (ServiceDeliveryShown, DeliveryToken)
