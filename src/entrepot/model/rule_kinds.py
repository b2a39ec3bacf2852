"""The kinds of rule that a law pack may use: every other list of kinds is derived from this one or compared with it.

To add a kind, add its entry here. An error names every other place where it is still missing: the functions of the
engine and the codes of the kernel are tables by name beside the code that uses them, and each is compared with this
list when it is imported.

    here                the engine's part                            the kernel's code (tables of many rows)
    CHARGE_KINDS        the fields of the entry                      batch.plans.kernel_codes.CHARGE_KINDS
    RATE_SOURCES        engine.flow.rate.RATES_BY_SOURCE             batch.plans.kernel_codes.RATE_SOURCES
    CONDITION_TESTS     engine.rules.conditions.TESTS                batch.plans.kernel_codes.CONDITION_TESTS
    TREATMENT_MODES     engine.flow.choose.ADMITTED                  batch.plans.kernel_codes.TREATMENT_MODES
    REASONS             engine.rules.reasons.SENTENCES               batch.plans.kernel_codes.REASONS
    TRANSPORTS          none: a rule names the transport             none: settled before the kernel runs

A kind that is SINGLE_QUOTE_ONLY has no kernel code: rows of a table that use it are assessed one by one, with the same
functions as a single quote. A pack that uses a kind without an entry does not load.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from entrepot.model.errors import in_quotes, meant

IN_KERNEL, SINGLE_QUOTE_ONLY = True, False

#: The kinds of charge and the means of transport as types, from which the API's schema is generated.
ChargeKindName = Literal["duty", "additional_duty", "excise", "vat", "income_tax", "fee"]
Transport = Literal["air", "sea", "post", "express", "road", "rail", "digital"]
#: Which subtotal a charge is part of.
Subtotal = Literal["duties", "taxes", "fees"]
#: The argument of a condition's test: `at_most = "5000 CNY"` (money), `single_item = true` (flag), `registered =
#: "eu_ioss"` (scheme), `listed = "cbec"` (list), `goods_in = ["4901"]` (goods), `origin_in = ["VN"]` (economies).
Argument = Literal["money", "flag", "scheme", "list", "goods", "economies"]


@dataclass(frozen=True, slots=True)
class ChargeKind:
    """A kind of charge (`kind` of a `[[charge]]`).

    `required`: if its amount is unknown, the procedure cannot be assessed; any other unknown amount is left out of a
    total marked `at_least`. `general_classes`: the general tax classes (standard, reduced, zero, exempt) belong to
    this tax, and goods without a class bear its standard rate.
    """

    subtotal: Subtotal
    required: bool = False
    general_classes: bool = False
    in_kernel: bool = SINGLE_QUOTE_ONLY


CHARGE_KINDS: dict[str, ChargeKind] = {
    "duty": ChargeKind("duties", required=True, in_kernel=IN_KERNEL),
    "additional_duty": ChargeKind("duties", in_kernel=IN_KERNEL),
    "excise": ChargeKind("taxes", in_kernel=IN_KERNEL),
    "vat": ChargeKind("taxes", required=True, general_classes=True, in_kernel=IN_KERNEL),
    "income_tax": ChargeKind("taxes", in_kernel=IN_KERNEL),
    "fee": ChargeKind("fees", in_kernel=IN_KERNEL),
}


@dataclass(frozen=True, slots=True)
class RateSource:
    """The source of a charge's rate (`rate` of a `[[charge]]`): `tariff`, `tax:NAME`, `additional:NAME` or a rate.

    `table`: the table of the pack in which NAME must occur. `column`: the column of the schedule that it becomes.
    """

    table: str = ""
    column: str = ""
    in_kernel: bool = SINGLE_QUOTE_ONLY


RATE_SOURCES: dict[str, RateSource] = {
    "literal": RateSource(in_kernel=IN_KERNEL),
    "tariff": RateSource(in_kernel=IN_KERNEL),
    "tax": RateSource("taxes", "class", in_kernel=IN_KERNEL),
    "additional": RateSource("additional", "additional", in_kernel=IN_KERNEL),
}


@dataclass(frozen=True, slots=True)
class ConditionTest:
    """A test of a condition (the one key of its `test` besides `value` and `per`).

    `counts_pieces`: it depends on the number of pieces, so that a missing quantity is reported as assumed.
    """

    argument: Argument
    counts_pieces: bool = False
    in_kernel: bool = SINGLE_QUOTE_ONLY


CONDITION_TESTS: dict[str, ConditionTest] = {
    "at_most": ConditionTest("money", in_kernel=IN_KERNEL),
    "below": ConditionTest("money", in_kernel=IN_KERNEL),
    "at_least": ConditionTest("money", in_kernel=IN_KERNEL),
    "above": ConditionTest("money", in_kernel=IN_KERNEL),
    "annual": ConditionTest("money", in_kernel=IN_KERNEL),
    "single_item": ConditionTest("flag", counts_pieces=True, in_kernel=IN_KERNEL),
    "several_items": ConditionTest("flag", counts_pieces=True, in_kernel=IN_KERNEL),
    "at_most_one_litre": ConditionTest("flag", in_kernel=IN_KERNEL),
    "registered": ConditionTest("scheme", in_kernel=IN_KERNEL),
    "unregistered": ConditionTest("scheme", in_kernel=IN_KERNEL),
    "listed": ConditionTest("list", in_kernel=IN_KERNEL),
    "unlisted": ConditionTest("list", in_kernel=IN_KERNEL),
    "goods_in": ConditionTest("goods", in_kernel=IN_KERNEL),
    "goods_not_in": ConditionTest("goods", in_kernel=IN_KERNEL),
    "origin_in": ConditionTest("economies", in_kernel=IN_KERNEL),
    "ship_from_in": ConditionTest("economies", in_kernel=IN_KERNEL),
    "asserted": ConditionTest("flag", in_kernel=IN_KERNEL),
}


@dataclass(frozen=True, slots=True)
class TreatmentMode:
    """Which tariff treatments a procedure admits (`treatments` of a `[[regime]]`).

    `required`: each line of goods needs one of them, or the procedure cannot be assessed.
    """

    required: bool = True
    in_kernel: bool = SINGLE_QUOTE_ONLY


TREATMENT_MODES: dict[str, TreatmentMode] = {
    "all": TreatmentMode(in_kernel=IN_KERNEL),
    "mfn": TreatmentMode(in_kernel=IN_KERNEL),
    "none": TreatmentMode(required=False, in_kernel=IN_KERNEL),
    "preferences": TreatmentMode(in_kernel=IN_KERNEL),
}

#: The keys of the reasons that a quote may contain, and whether the kernel can give them.
REASONS: dict[str, bool] = {
    "seller.assumed": SINGLE_QUOTE_ONLY,
    "buyer.assumed": IN_KERNEL,
    "origin.assumed": IN_KERNEL,
    "channel.assumed": IN_KERNEL,
    "transport.assumed": IN_KERNEL,
    "quantity.assumed": IN_KERNEL,
    "place.assumed": IN_KERNEL,
    "place.unused": IN_KERNEL,
    "place.read": IN_KERNEL,
    "place.elsewhere": IN_KERNEL,
    "place.similar": IN_KERNEL,
    "tax_class.assumed": IN_KERNEL,
    "condition.assumed": IN_KERNEL,
    "cost.assumed_nil": IN_KERNEL,
    "insurance.imputed": IN_KERNEL,
    "freight.imputed": IN_KERNEL,
    "exchange.reference": IN_KERNEL,
    "limit.reference": IN_KERNEL,
    "proof.other": IN_KERNEL,
    "preference.unknown": IN_KERNEL,
    "charge.unknown": IN_KERNEL,
    "additional.partial": IN_KERNEL,
    "buyer.registered": IN_KERNEL,
    "trust.unchecked": IN_KERNEL,
    "rate.none": IN_KERNEL,
    "rate.unknown": IN_KERNEL,
    "base.unstated": IN_KERNEL,
    "rate.text": IN_KERNEL,
    "rate.range": IN_KERNEL,
    "rate.range_fee": IN_KERNEL,
    "rate.range_tax": IN_KERNEL,
    "rate.vintage": IN_KERNEL,
    "rate.caller": SINGLE_QUOTE_ONLY,
    "rate.caller_several": SINGLE_QUOTE_ONLY,
    "rate.unused": SINGLE_QUOTE_ONLY,
    "tax.none": IN_KERNEL,
    "measure.missing": IN_KERNEL,
    "measure.read": SINGLE_QUOTE_ONLY,
    "exchange.missing": IN_KERNEL,
    "exchange.odd": SINGLE_QUOTE_ONLY,
    "exchange.inverse": SINGLE_QUOTE_ONLY,
    "exchange.own_currency": IN_KERNEL,
    "class.unknown": IN_KERNEL,
    "place.missing": IN_KERNEL,
    "tax_class.unknown": IN_KERNEL,
    "condition.asked": IN_KERNEL,
    "way.conditional": IN_KERNEL,
    "way.closed": IN_KERNEL,
    "goods.prohibited": IN_KERNEL,
    "way.none": IN_KERNEL,
    "way.differs": SINGLE_QUOTE_ONLY,
    "hs_code.unknown": IN_KERNEL,
    "hs_code.ambiguous": IN_KERNEL,
    "hs_code.unlisted": SINGLE_QUOTE_ONLY,
    "hs_code.classified": SINGLE_QUOTE_ONLY,
    "hs_code.chosen": SINGLE_QUOTE_ONLY,
    "hs_code.left_out": SINGLE_QUOTE_ONLY,
    "hs_code.unsure": SINGLE_QUOTE_ONLY,
    "sale.domestic": IN_KERNEL,
    "law.before": IN_KERNEL,
    "law.unread": IN_KERNEL,
    "law.outdated": IN_KERNEL,
    "law.limit": IN_KERNEL,
    "ddp.unsolved": SINGLE_QUOTE_ONLY,
}

#: The reasons that are said for the reader and leave every figure as it is: a quote with no others is complete.
WITHOUT_EFFECT = ("place.unused", "place.read", "place.elsewhere", "place.similar")

TRANSPORTS: tuple[str, ...] = get_args(Transport)


def in_kernel(kinds: Mapping[str, ChargeKind | RateSource | ConditionTest | TreatmentMode]) -> set[str]:
    """The names of the kinds with a kernel code.

    >>> sorted(in_kernel(RATE_SOURCES))
    ['additional', 'literal', 'tariff', 'tax']
    """
    return {name for name, kind in kinds.items() if kind.in_kernel}


def require_same(listed: Collection[str], given: Collection[str], where: str) -> None:
    """Compare the names of a table with the list of kinds. Raises LookupError with the names that only one of them has.

    >>> require_same(["air", "sea"], ["air", "ship"], "ports.SHIPS")
    Traceback (most recent call last):
    LookupError: ports.SHIPS and entrepot.model.rule_kinds differ: ports.SHIPS lacks sea; only ports.SHIPS has ship.
    """
    parts = []
    if lacks := sorted(set(listed) - set(given)):
        parts.append(f"{where} lacks {', '.join(lacks)}")
    if more := sorted(set(given) - set(listed)):
        parts.append(f"only {where} has {', '.join(more)}")
    if parts:
        raise LookupError(f"{where} and entrepot.model.rule_kinds differ: {'; '.join(parts)}.")


def unknown(name: str, known: Iterable[str], what: str) -> str:
    """The message for the author of a pack about a kind without an entry.

    >>> unknown("boat", ("sea", "road"), "transport")
    '"boat" is not a transport. Known: sea, road.'
    """
    known = list(known)
    return f"{in_quotes(name)} is not a {what}. Known: {', '.join(known)}.{meant(name, known)}"


require_same(get_args(ChargeKindName), CHARGE_KINDS, "ChargeKindName")
