"""What an organization can do with a delivery of a service. Somebody else's delivery is not found.

`organization`: the caller's; `person`: the member who acts, whose id a consent keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from entrepot.language import translate
from entrepot.model.errors import TradeError
from entrepot.trade import selling
from entrepot.trade.delivery import commands, grants
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.orders import Order
from entrepot.trade.ports import NotFound, Transaction
from entrepot.trade.service_rules import CONSENT, ServiceRule, is_met
from entrepot.trade_app.books import open_books
from entrepot.trade_app.services import health


def find(organization: str, number: str) -> Delivery:
    """A delivery of its provider or its buyer. Raises NotFound."""
    if not number.startswith("dl_"):
        raise NotFound(number)
    found: Delivery = open_books().read(number)
    if organization not in found.owners:
        raise NotFound(number)
    return found


def rules_of(delivery: Delivery) -> tuple[ServiceRule, ...]:
    """What the law of both economies says of it, as it was when the order was placed: the buyer's economy first."""
    order: Order = open_books().read(delivery.order)
    return tuple(each for each in order.rules if each.service == delivery.service)


def titles_of(delivery: Delivery) -> Mapping[str, str]:
    """The titles of what is delivered, by language."""
    order: Order = open_books().read(delivery.order)
    return next(each.goods.titles for each in order.lines if each.number == delivery.line)


def consent(organization: str, number: str, person: str, text: str, *, guardian: bool = False) -> Delivery:
    """Consent to what a delivery asks for. Raises TradeError and NotFound.

    A visit about health has a record, with whom it concerns and what was agreed to: it is consented to there.
    """
    found = find(organization, number)
    if health.is_health_visit(found) and found.buyer == organization:
        who = health.Person(organization, person)
        try:
            health.consent(who, number, version=text, language=translate.current_language())
        except NotFound:
            raise TradeError(
                "patient_missing",
                "First say on the page of the visit who the patient is: the consent is that of this person.",
                "text",
            ) from None
        return find(organization, number)
    return _run(commands.consent, number, by=organization, person=person, text=text, guardian=guardian)


def withdraw_consent(organization: str, number: str, person: str) -> Delivery:
    """Withdraw a consent: nothing is open from that moment. Raises TradeError and NotFound."""
    found = find(organization, number)
    if health.is_health_visit(found) and found.buyer == organization and is_met(found.conditions, CONSENT):
        health.withdraw(health.Person(organization, person), number)
        return find(organization, number)
    return _run(commands.withdraw_consent, number, by=organization, person=person)


def accept(organization: str, number: str) -> Delivery:
    """Accept a delivery, as its buyer. Raises NotFound and NotAllowed."""
    return _run(commands.accept, number, by=organization)


def object_to(organization: str, number: str, reason: str) -> Delivery:
    """Object to a delivery, as its buyer. Raises TradeError, NotFound and NotAllowed."""
    return _run(commands.object_to, number, reason, by=organization)


def cancel(organization: str, number: str) -> Delivery:
    """Cancel a delivery, as buyer or provider. Raises TradeError, NotFound and NotAllowed."""
    return _run(commands.cancel, number, by=organization)


def report_no_show(organization: str, number: str) -> Delivery:
    """Report that the other side did not come. Raises TradeError, NotFound and NotAllowed."""
    return _run(commands.report_no_show, number, by=organization)


def finish(organization: str, number: str) -> Delivery:
    """Say that a service was delivered, as its provider. Raises NotFound and NotAllowed.

    Where nothing shows that it began, only the provider's word does; the buyer objects until the term of acceptance.
    """
    if find(organization, number).seller != organization:
        raise NotFound(number)
    return _run(commands.finish, number)


def confirm_licence(number: str, person: str, *, later: bool = False) -> Delivery:
    """Say that the licence of a delivery was checked: for operators. Raises TradeError and NotFound.

    `later`: also of its offer, so that it counts for orders that are placed from now on, until the licence changes.
    Raises TradeError if the offer has another licence by now; then nothing is confirmed.
    """

    def command(tx: Transaction) -> Delivery:
        found = commands.confirm_licence(tx, number, person=person)
        if later:
            order: Order = tx.get(found.order)
            (line,) = (each for each in order.lines if each.number == found.line)
            selling.check_licence(tx, line.offer, person=person, licence=found.terms.licence)
        return found

    return open_books().run(command)


def decide_objection(number: str, percent: int, person: str) -> Delivery:
    """Decide an objection: for operators. Raises TradeError, NotFound and NotAllowed."""
    return _run(commands.decide_objection, number, percent, person=person)


def own_token(organization: str, number: str, audience: str = "") -> str:
    """A token of the caller, for one session. Raises Refusal, NotFound.

    `audience`: for what, else the kind of the delivery.
    """
    kind = audience or find(organization, number).kind

    def command(tx: Transaction) -> str:
        grant = commands.own_grant(tx, number, by=organization)
        return grants.make_token(tx, grant.id, kind)

    return open_books().run(command)


def _run(command: Callable[..., Delivery], number: str, *given: Any, **named: Any) -> Delivery:
    return open_books().run(partial(_called, command, number, given, named))


def _called(
    command: Callable[..., Delivery], number: str, given: tuple[Any, ...], named: Mapping[str, Any], tx: Transaction
) -> Delivery:
    return command(tx, number, *given, **named)
