"""Why an import procedure is not available to a sale, in terms of that sale: its buyer, its value, its channel."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from entrepot.engine.rules import wording
from entrepot.language.field_reasons import field_reason
from entrepot.language.remarks import condition
from entrepot.language.translate import N_, _, label, money, pack_text
from entrepot.law.compiled import Law
from entrepot.law.records import VALUES, Regime
from entrepot.law.records import Condition as LawCondition
from entrepot.model.quote import Condition, Option, Quote

#: What a limit is on, by its test: for the consignment, and for each item.
_BOUNDS = {
    "at_most": (N_("only for orders of at most {limit}"), N_("only for items of at most {limit}")),
    "below": (N_("only for orders below {limit}"), N_("only for items below {limit}")),
    "at_least": (N_("only for orders of at least {limit}"), N_("only for items of at least {limit}")),
    "above": (N_("only for orders above {limit}"), N_("only for items above {limit}")),
}
#: Which sales a procedure is for, by the field of the sale.
_FITS = {
    "buyer": N_("only for {whom}; the buyer is {own}"),
    "channel": N_("only for {whom}; this sale is {own}"),
    "transport": N_("only for transport by {whom}; this sale goes by {own}"),
}
#: The reasons of a procedure without a figure: a fact is missing.
_MISSING = ("rate.", "measure.", "exchange.", "tax.", "class.", "place.", "base.", "hs_code.")


class Cause(NamedTuple):
    """Why a procedure is not available: the sentence, the condition that says so, and the change that opens it.

    `change`: the field of the sale (`buyer`, `channel`, `transport`) and its value; empty where no single value does.
    """

    says: str
    condition: Condition | None = None
    change: tuple[str, str] = ("", "")


def causes(option: Option, quote: Quote, sale: Mapping[str, Any], law: Law) -> list[Cause]:
    """Why a closed procedure is not available to a sale: what it is for first, then its limits."""
    regime = next((each for each in law.regimes if each.id == option.regime), None)
    failed = [each for each in option.conditions if each.state == "failed"]
    failed.sort(key=lambda each: each.id not in wording.FITS)
    found = [_cause(each, option, quote, sale, law, regime) for each in failed]
    banned = [each for each in option.requirements if each.kind == "prohibition"]
    found += [Cause(_("prohibited: {says}").format(says=pack_text(each.says))) for each in banned]
    if not found:
        found = [Cause(field_reason(each)) for each in option.warnings if each.code.startswith(_MISSING)]
    return found or [Cause(label("closed"))]


def _cause(
    each: Condition, option: Option, quote: Quote, sale: Mapping[str, Any], law: Law, regime: Regime | None
) -> Cause:
    if each.id == "mandatory":
        return Cause(condition(each, option.regime, law), each)
    stated = condition(each, option.regime, law)
    if regime is not None and each.id in _FITS:
        words: tuple[str, ...] = getattr(regime, each.id)
        own = _own_word(each.id, quote, sale)
        if words:
            whom = _(" or ").join(label(word) for word in words)
            says = (
                _(_FITS[each.id]).format(whom=whom, own=label(own)) if own else _("only for {whom}").format(whom=whom)
            )
            return Cause(says, each, (each.id, words[0]))
    if regime is not None:
        # The quote may be older, and of another law: then its own sentence is shown.
        of_law = next((one for one in regime.conditions if (one.id, one.says) == (each.id, each.says)), None)
        if of_law is not None and (limit := _limit_text(of_law, option, quote, sale)):
            return Cause(limit, each)
    return Cause(_("not met: {says}").format(says=stated), each)


def _own_word(field: str, quote: Quote, sale: Mapping[str, Any]) -> str:
    """What the sale has in a field, or what was assumed."""
    if field == "buyer":
        return str((sale.get("buyer") or {}).get("kind") or "consumer")
    assumed = (each.values.get(field, "") for each in quote.assessment.reasons if each.code == f"{field}.assumed")
    return str(sale.get(field) or next(assumed, ""))


def _limit_text(of_law: LawCondition, option: Option, quote: Quote, sale: Mapping[str, Any]) -> str:
    """A limit of the law beside the sale's own value; empty for other conditions."""
    if of_law.test not in _BOUNDS and of_law.test != "annual":
        return ""
    limit = money(_plain(Decimal(of_law.amount_num) / of_law.amount_den), of_law.currency)
    own = _own_value(of_law, option)
    if of_law.test == "annual":
        text = _("only within {limit} in a calendar year").format(limit=limit)
        before = (sale.get("buyer") or {}).get("year_to_date")
        own = own and own + Decimal(str(before or 0))
    else:
        text = _(_BOUNDS[of_law.test][of_law.per == "item"]).format(limit=limit)
        if own is not None and of_law.per == "item":
            lines = sale["lines"]
            own = own / (Decimal(str(lines[0].get("quantity") or 1)) or 1) if len(lines) == 1 else None
    # Where the limit would hold for this value, the law tests another one than is shown.
    if own is None or (of_law.currency == quote.currency and _holds(of_law, own)):
        return text
    return _("{bound}; yours is {own}").format(bound=text, own=money(_plain(own), quote.currency))


def _holds(of_law: LawCondition, own: Decimal) -> bool:
    bound = Decimal(of_law.amount_num) / of_law.amount_den
    holds = {"below": own < bound, "at_least": own >= bound, "above": own > bound}
    return holds.get(of_law.test, own <= bound)


def _own_value(of_law: LawCondition, option: Option) -> Decimal | None:
    """The value of the consignment that a limit tests; None where it is not in the quote."""
    parts, name = option.amount_subtotals, VALUES[of_law.value]
    if name == "customs_value":
        values = [line.customs_value for line in option.lines]
    elif parts is not None and name in ("goods", "cif"):
        values = [parts.goods] if name == "goods" else [parts.goods, parts.shipping, parts.insurance]
    else:
        values = []
    known = [Decimal(each) for each in values if each is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(values) else None


def _plain(amount: Decimal) -> str:
    """An amount without needless decimals: whole where it is whole, else with two."""
    return str(int(amount)) if amount == int(amount) else f"{amount:.2f}"
