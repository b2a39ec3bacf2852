"""The codes of reasons that a result may carry; those of an open regime have a bit each in the compiled loops."""

from __future__ import annotations

from entrepot.batch.kernel import layout
from entrepot.model.rule_kinds import WITHOUT_EFFECT

#: Reasons of an open regime: what was assumed, not checked or not known.
OPEN_REASONS = (
    "buyer.assumed",
    "origin.assumed",
    "exchange.reference",
    "proof.other",
    "cost.assumed_nil",
    "insurance.imputed",
    "freight.imputed",
    "tax_class.assumed",
    "preference.unknown",
    "quantity.assumed",
    "place.assumed",
    "transport.assumed",
    "condition.assumed",
    "charge.unknown",
    "channel.assumed",
    "buyer.registered",
    "additional.partial",
    "limit.reference",
    "trust.unchecked",
    "rate.none",
    "tax.none",
    "rate.unknown",
    "rate.text",
    "measure.missing",
    "exchange.missing",
    "class.unknown",
    "place.missing",
    "tax_class.unknown",
    "rate.vintage",
    "law.unread",
    "hs_code.ambiguous",
    "exchange.own_currency",
    "base.unstated",
    "law.limit",
    *WITHOUT_EFFECT,
)
#: Reasons that only a refusal has.
REFUSAL_REASONS = (
    "condition.asked",
    "way.conditional",
    "way.closed",
    "goods.prohibited",
    "way.none",
    "hs_code.unknown",
    "sale.domestic",
    "law.before",
    "law.outdated",
    "rate.range",
    "rate.range_tax",
    "rate.range_fee",
)
REASON_CODES = OPEN_REASONS + REFUSAL_REASONS
REASON_BIT = {code: 1 << number for number, code in enumerate(OPEN_REASONS)}
REASON_NUMBER = {code: number for number, code in enumerate(REASON_CODES)}
#: The bits of the reasons that make an answer estimated.
ESTIMATING = sum(bit for code, bit in REASON_BIT.items() if code not in WITHOUT_EFFECT)

#: For each state LACKS_… of a charge, the number of its reason (a duty without a row has "rate.none" instead).
MISSING_REASONS = [0] * (layout.LACKS_BASE + 1)
MISSING_REASONS[layout.LACKS_ROW] = REASON_NUMBER["tax.none"]
MISSING_REASONS[layout.LACKS_RATE] = REASON_NUMBER["rate.unknown"]
MISSING_REASONS[layout.LACKS_READING] = REASON_NUMBER["rate.text"]
MISSING_REASONS[layout.LACKS_MEASURE] = REASON_NUMBER["measure.missing"]
MISSING_REASONS[layout.LACKS_EXCHANGE] = REASON_NUMBER["exchange.missing"]
MISSING_REASONS[layout.LACKS_CLASS] = REASON_NUMBER["class.unknown"]
MISSING_REASONS[layout.LACKS_PLACE] = REASON_NUMBER["place.missing"]
MISSING_REASONS[layout.LACKS_STATED] = REASON_NUMBER["tax_class.unknown"]
MISSING_REASONS[layout.LACKS_BASE] = REASON_NUMBER["base.unstated"]
