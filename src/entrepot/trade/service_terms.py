"""How an offer of a service is delivered: its terms, which an order keeps a copy of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from entrepot.model.errors import TradeError, nearest
from entrepot.model.literals import decimal_of

#: How a service is delivered: a visit (a call between two people), a course, the booking of a shared asset, or a
#: workspace (seats with documents).
KINDS = ("visit", "course", "booking", "workspace")
#: Categories of services (`model.sale`) that concern a person's health.
HEALTH = frozenset({"telemedicine"})
MAX_DAYS, MAX_MINUTES, MAX_HOURS, MAX_STEPS = 3660, 24 * 60, 24 * 366, 5
#: A deposit is given back so many days after the use at most: providers pay back for some months only.
MAX_DEPOSIT_DAYS = 30
FIELDS = (
    "kind", "resource", "minutes", "days", "acceptance_days", "cancellation", "no_show_percent", "licence", "deposit",
    "deposit_days", "deposit_reasons",
)  # fmt: skip


class CancellationStep(msgspec.Struct, frozen=True):
    """Who cancels at least so many hours before the start is paid back so many percent."""

    hours: int
    percent: int


#: Why a part of a deposit may be kept: codes, because a text of their own can hold personal data.
DEPOSIT_REASONS = ("damage", "cleaning", "missing_items", "late_return")
#: What a seller states of its licence. Who checked it is never in a request: an operator says it.
LICENCE_FIELDS = ("number", "authority", "economy")
#: Free until a day before the start.
USUAL_CANCELLATION = (CancellationStep(24, 100),)


class Licence(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The licence of a provider. `checked_by`: who checked it (an id), `checked_on`: when; "" where nobody has."""

    number: str
    authority: str
    economy: str
    checked_by: str = ""
    checked_on: str = ""


class Terms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The terms of the delivery of a service.

    `kind`: one of `KINDS`; `resource`: the asset whose calendar is booked, or the course; `minutes`: how long a visit
    is; `days`: how long access lasts from the payment, 0 where the booking says it; `acceptance_days`: after so many
    days a delivery that the buyer has not objected to is accepted; `cancellation`: what a buyer is paid back, by the
    hours before the start, from the most hours to the fewest; without a step nothing is. `no_show_percent`: what a
    buyer is paid back who did not come. A provider that cancels or does not come pays everything back.
    `deposit`: of a booking, what is paid besides its price and given back afterwards, a decimal in the currency of the
    offer; `deposit_days`: so many days after the use at the latest; `deposit_reasons`: why a part of it may be kept.
    """

    kind: str
    resource: str = ""
    minutes: int = 0
    days: int = 0
    acceptance_days: int = 7
    cancellation: tuple[CancellationStep, ...] = USUAL_CANCELLATION
    no_show_percent: int = 0
    licence: Licence | None = None
    deposit: str = ""
    deposit_days: int = 7
    deposit_reasons: tuple[str, ...] = DEPOSIT_REASONS

    def refund_percent(self, hours_left: int) -> int:
        """What a buyer is paid back who cancels so many hours before the start.

        >>> terms = Terms(kind="visit", cancellation=(CancellationStep(48, 100), CancellationStep(4, 50)))
        >>> terms.refund_percent(72), terms.refund_percent(5), terms.refund_percent(3)
        (100, 50, 0)
        """
        return max((each.percent for each in self.cancellation if hours_left >= each.hours), default=0)


def keep_check(new: Terms | None, old: Terms | None) -> Terms | None:
    """Changed terms with the check of the licence, if it is still the licence that somebody has checked."""
    if new is None or old is None or new.licence is None or old.licence is None:
        return new
    return msgspec.structs.replace(new, licence=old.licence) if is_same_licence(new.licence, old.licence) else new


def is_same_licence(one: Licence, other: Licence) -> bool:
    """Whether two are one licence, whoever has checked it.

    >>> licence = Licence(number="88", authority="Department of Health", economy="VN")
    >>> is_same_licence(licence, msgspec.structs.replace(licence, checked_by="us_1"))
    True
    """
    return all(getattr(one, name) == getattr(other, name) for name in LICENCE_FIELDS)


def read_terms(given: Any, clean: Callable[[str, str, int], str]) -> Terms:
    """The terms of an offer from a request. `clean` checks a text. Raises TradeError with the field that is wrong.

    >>> read_terms({"kind": "course", "resource": "cs_1", "days": 90}, lambda _name, text, _most: text).days
    90
    """
    if not isinstance(given, Mapping):
        raise TradeError("field_invalid", "{field} is an object.", "delivery", field="delivery")
    for name in given:
        if name not in FIELDS:
            raise TradeError(
                "unknown_field", "Unknown field {field!r}.", f"delivery.{name}", nearest(name, FIELDS), field=name
            )
    kind = clean("delivery.kind", str(given.get("kind") or ""), 60)
    if kind not in KINDS:
        raise TradeError(
            "field_invalid",
            "{value!r} is not a value of {field}. Use one of: {known}.",
            "delivery.kind",
            nearest(kind, KINDS),
            value=kind,
            field="delivery.kind",
            known=", ".join(KINDS),
        )
    terms = Terms(
        kind=kind,
        resource=clean("delivery.resource", str(given.get("resource") or ""), 60),
        minutes=_number(given, "minutes", MAX_MINUTES, 30 if kind == "visit" else 0),
        days=_number(given, "days", MAX_DAYS, 30 if kind in ("course", "workspace") else 0),
        acceptance_days=_number(given, "acceptance_days", MAX_DAYS, 7),
        cancellation=_steps(given),
        no_show_percent=_number(given, "no_show_percent", 100, 0),
        licence=_licence(given, clean),
        **_deposit(given, kind),
    )
    needed = {"visit": terms.minutes, "course": terms.resource and terms.days, "booking": terms.resource}
    if not needed.get(kind, terms.days):
        field = {"visit": "minutes", "booking": "resource", "course": "resource" if not terms.resource else "days"}
        name = f"delivery.{field.get(kind, 'days')}"
        raise TradeError("field_missing", "The field {field} is missing.", name, field=name)
    return terms


def _number(given: Mapping[str, Any], name: str, most: int, default: int) -> int:
    value = given.get(name)
    if value is None or value == "":
        return default
    text = str(value).strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) <= most):
        raise TradeError(
            "number_invalid",
            "{value!r} is not a value of {field}: write a whole number from 0 to {most}.",
            f"delivery.{name}",
            value=text[:60],
            field=f"delivery.{name}",
            most=most,
        )
    return int(text)


def _steps(given: Mapping[str, Any]) -> tuple[CancellationStep, ...]:
    value = given.get("cancellation")
    if value is None:
        return USUAL_CANCELLATION
    if not isinstance(value, list | tuple) or len(value) > MAX_STEPS:
        raise TradeError(
            "field_invalid",
            "{field} is a list of at most {most} steps with hours and percent.",
            "delivery.cancellation",
            field="delivery.cancellation",
            most=MAX_STEPS,
        )
    found = []
    for each in value:
        if not isinstance(each, Mapping) or set(each) != {"hours", "percent"}:
            raise TradeError(
                "field_invalid",
                "A step of {field} has hours and percent.",
                "delivery.cancellation",
                field="delivery.cancellation",
            )
        found.append(CancellationStep(_number(each, "hours", MAX_HOURS, 0), _number(each, "percent", 100, 0)))
    return tuple(sorted(found, key=lambda each: -each.hours))


def _deposit(given: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """The deposit of a booking; nothing where none is asked for."""
    text = str(given.get("deposit") or "").strip()
    amount = decimal_of(text) if text else Decimal()
    if amount is None or not amount.is_finite() or amount < 0:
        raise TradeError(
            "deposit_invalid",
            "{value!r} is not a deposit. Write an amount in the currency of the offer, for example 200.00.",
            "delivery.deposit",
            value=text[:60],
        )
    if not amount:
        return {}
    if kind != "booking":
        raise TradeError(
            "deposit_invalid", "Only a booking of a shared asset has a deposit.", "delivery.deposit", value=text[:60]
        )
    value = given.get("deposit_reasons")
    reasons = DEPOSIT_REASONS if value is None else tuple(value) if isinstance(value, list | tuple) else ("",)
    unknown = next((str(each) for each in reasons if each not in DEPOSIT_REASONS), None)
    if unknown is not None:
        raise TradeError(
            "field_invalid",
            "{value!r} is not a value of {field}. Use one of: {known}.",
            "delivery.deposit_reasons",
            nearest(unknown, DEPOSIT_REASONS),
            value=unknown[:60],
            field="delivery.deposit_reasons",
            known=", ".join(DEPOSIT_REASONS),
        )
    return {
        "deposit": f"{amount:f}",
        "deposit_days": _number(given, "deposit_days", MAX_DEPOSIT_DAYS, 7),
        "deposit_reasons": tuple(each for each in DEPOSIT_REASONS if each in reasons),
    }


def _licence(given: Mapping[str, Any], clean: Callable[[str, str, int], str]) -> Licence | None:
    """The licence as the seller states it."""
    value = given.get("licence")
    if not value:
        return None
    if not isinstance(value, Mapping) or set(value) != set(LICENCE_FIELDS):
        raise TradeError(
            "field_invalid",
            "{field} has number, authority and economy.",
            "delivery.licence",
            field="delivery.licence",
        )
    texts = {name: clean(f"delivery.licence.{name}", str(value[name]), 120) for name in LICENCE_FIELDS}
    for name, text in texts.items():
        if not text:
            field = f"delivery.licence.{name}"
            raise TradeError("field_missing", "The field {field} is missing.", field, field=field)
    return Licence(**texts)
