"""say: the sentences of the engine, in English, by key.

The engine gives a key and its values; the sentence is made from this table, and translated at the edge by its English text.
"""

from __future__ import annotations

from entrepot.model.quote import Reason
from entrepot.model.rule_kinds import REASONS, require_same

SENTENCES = {
    "origin.assumed": "The country of origin is not given; the country it ships from ({origin}) is taken.",
    "buyer.assumed": "Who buys is not said; a consumer is taken.",
    "channel.assumed": "How it is sold is not said; {channel} is taken.",
    "transport.assumed": "The means of transport is not given, and {regime} depends on it.",
    "cost.assumed_nil": "No {cost} is given; it is taken as nil.",
    "quantity.assumed": "No quantity is given; one piece is taken.",
    "insurance.imputed": "Insurance is not known; the law adds {amount} to the customs value.",
    "freight.imputed": "Freight is not known; the law adds {amount} to the customs value.",
    "tax_class.assumed": "No class of {tax} is entered for {code}; the standard rate is taken.",
    "tax_class.unknown": "The pack of {place} has no class {tax_class!r} of {name} on this day.",
    "rate.caller": "The rate of {kind} ({rate}) is the caller's, not the law's.",
    "exchange.reference": "{currency} is converted at {rate}, {source}, {date}; the customs' own rate may differ.",
    "limit.reference": "What the law writes in {currency} is converted at {rate}, {source}, {date}.",
    "exchange.missing": 'There is no exchange rate from {currency} to {importer}. Give one: exchange_rates {{"{currency}": …}}.',
    "law.before": "The law of {place} begins later than {date} in the packs; they do not reach that day.",
    "sale.domestic": "{place} and {other} are one customs territory: the sale crosses no border and is no import.",
    "hs_code.unknown": "{code} is not in the Harmonized System of 2022. {hint}",
    "hs_code.ambiguous": "The lines under {code} differ: {lines}. Give the whole code.",
    "rate.none": "The pack of {place} has no rate of duty for {code}. Give it with `rates`, or add a schedule.",
    "tax.none": "The pack of {place} has no rate of {name} for {code} on this day. Give it with `rates`.",
    "class.unknown": "Whether {code} bears {name} depends on its value for each unit. Give its mass, litres or pieces.",
    "place.missing": "{name} in {place} differs by state or province. Give ship_to.state.",
    "rate.unknown": "The rate of {name} for {code} is not known to the pack ({row}).",
    "rate.text": "The rate of {name} for {code} cannot be read: {text}.",
    "place.assumed": "Charges in {place} differ by state or province ({parts}); ship_to.state names none of these.",
    "rate.unused": "The rate of {kind} ({rate}) given is not used: the goods bear no such charge here.",
    "measure.missing": "{name} is charged by measure, and the line does not give {measure}.",
    "charge.unknown": "{name} is due, but its amount is not known; it is in no total.",
    "condition.assumed": "Assumed: {says}",
    "condition.asked": "Not known: {says} Assert it with `asserted` ({id}).",
    "trust.unchecked": "Some of the rows that decide rest on general knowledge and were not checked against the law: {rows}.",
    "additional.partial": "The list of {name} is not complete in the pack; that none applies is not certain.",
    "proof.other": "The proof {proof} is none of a treatment that {origin} has here.",
    "preference.unknown": "{title} may give a lower rate, which the pack does not hold.",
    "way.closed": "Every way in is closed.",
    "way.conditional": "No way is open until this is settled: {conditions}",
    "way.none": "The pack of {place} has no way in for such a sale on {date}.",
    "ddp.unsolved": "No price before charges adds up to the DDP amount under {regime}.",
    "buyer.registered": "What a business recovers is counted as if the buyer is registered for the tax.",
}

require_same(REASONS, SENTENCES, "rules.reasons.SENTENCES")


def reason(key: str, param: str | None = None, **values: str) -> Reason:
    """A reason with its English sentence.

    >>> reason("cost.assumed_nil", "shipping_cost", cost="shipping cost").message
    'No shipping cost is given; it is taken as nil.'
    """
    return Reason(code=key, values=values, message=SENTENCES[key].format(**values), param=param)
