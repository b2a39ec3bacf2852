"""reasons: the keys of reasons that an answer may carry, each with its bit; the first ones come in the loop."""

from __future__ import annotations

from entrepot.batch.kernel import layout as f

#: Of an open way: what was assumed, unchecked or unknown.
OPEN = (
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
)
#: Of a refusal alone.
REFUSED = (
    "condition.asked",
    "way.conditional",
    "way.closed",
    "way.none",
    "hs_code.unknown",
    "hs_code.ambiguous",
    "sale.domestic",
    "law.before",
)
CODES = OPEN + REFUSED
BIT = {code: 1 << place for place, code in enumerate(OPEN)}
PLACE = {code: place for place, code in enumerate(CODES)}

#: For each way in which an amount is not known, the place of its reason; of a duty without a row, and of a tax.
LACKS = [0] * f.LACKS_STATED + [0]
LACKS[f.LACKS_ROW] = PLACE["tax.none"]
LACKS[f.LACKS_RATE] = PLACE["rate.unknown"]
LACKS[f.LACKS_READING] = PLACE["rate.text"]
LACKS[f.LACKS_MEASURE] = PLACE["measure.missing"]
LACKS[f.LACKS_EXCHANGE] = PLACE["exchange.missing"]
LACKS[f.LACKS_CLASS] = PLACE["class.unknown"]
LACKS[f.LACKS_PLACE] = PLACE["place.missing"]
LACKS[f.LACKS_STATED] = PLACE["tax_class.unknown"]
