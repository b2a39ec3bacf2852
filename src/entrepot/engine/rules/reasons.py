"""The English sentences of the engine's reasons, by key.

The engine returns a key and its values. The English sentence comes from this table; interfaces translate it by its text.
"""

from __future__ import annotations

from functools import lru_cache

from entrepot.model.quote import Reason
from entrepot.model.rule_kinds import REASONS, require_same

#: Between the titles of several things in one reason.
TITLES = "; "
#: Between the fields of several measures in one reason.
FIELDS = ", "
SENTENCES = {
    "origin.assumed": "Country of origin not given; assumed: {origin}, the country the goods ship from.",
    "seller.assumed": (
        "Seller's registrations not given; assumed: {schemes}, as of marketplaces and large sellers. "
        "Landed amount if the seller has none: {currency} {amount}."
    ),
    "buyer.assumed": "Buyer type not given; assumed: consumer.",
    "channel.assumed": "Sales channel not given; assumed: {channel}.",
    "transport.assumed": "Mode of transport not given, and {regime} depends on it.",
    "cost.assumed_nil": "No {cost} given; assumed: zero.",
    "quantity.assumed": "Quantity not given; assumed: one piece.",
    "insurance.imputed": "Insurance cost unknown; the law adds {amount} to the customs value.",
    "freight.imputed": "Freight cost unknown; the law adds {amount} to the customs value.",
    "tax_class.assumed": "The pack has no class of {tax} for {code}; assumed: the standard rate.",
    "tax_class.unknown": 'The pack of {place} has no class "{tax_class}" of {name} on this date.',
    "rate.caller": "The rate of {kind} ({rate}) is the one you gave, not the law's.",
    "rate.caller_several": (
        "The rate of {kind} ({rate}) you gave is used for each of these charges: {ids}. For one of them only, give the "
        "rate by its id."
    ),
    "exchange.reference": "{currency} is converted at {rate}, {source}, {date}; the rate used by customs may differ.",
    "limit.reference": "Limits and rates in {currency} are converted at {rate}, {source}, {date}.",
    "exchange.odd": (
        "{currency} is converted at {rate}, the rate you gave. The reference rate of {date} is {reference} {importer} for "
        "one {currency}, more than a fifth away."
    ),
    "exchange.inverse": (
        "{currency} is converted at {rate}, the rate you gave, which looks inverted. The reference rate of {date} is "
        "{reference} {importer} for one {currency}."
    ),
    "exchange.own_currency": (
        "No exchange rate from {currency} to {importer}: amounts are in {currency}, and limits, fees and roundings in "
        'units of {importer} are not applied. Give one: exchange_rates {{"{currency}": …}}.'
    ),
    "exchange.missing": (
        'No exchange rate from {currency} to {importer}. Give one: exchange_rates {{"{currency}": …}}.'
    ),
    "law.before": "The law of {place} is included from {since}, not on {date}. Give {since} or a later date.",
    "law.unread": "The law of {place} was last read on {read}; assumed: unchanged on {date}.",
    "law.outdated": (
        "The law of {place} was last read on {read}, more than a year before {date}. Give {latest} or an earlier date."
    ),
    "sale.domestic": (
        "From {place} to {other} no customs border is crossed: the sale is not an import, and its taxes are not included "
        "here. Change one of the two countries."
    ),
    "hs_code.unknown": "{code} is not a code of the Harmonized System 2022. {hint}",
    "hs_code.unlisted": (
        "{code} is not among the tariff lines of the pack or of an added schedule; assessed as other goods of {known}."
    ),
    "hs_code.classified": (
        "The code {code} was found from the description ({percent} % probable); assumed. Give the code if it is another."
    ),
    "hs_code.chosen": "The code {code} is the one that was chosen before for this description.",
    "measure.read": "{measure}: {amount}, read from the description; assumed. Give it if it is another.",
    "hs_code.left_out": "Less probable codes of the description are not assessed: {codes}.",
    "hs_code.unsure": "The description fits goods of several codes: {codes}. {question}",
    "hs_code.ambiguous": "The tariff lines under {code} have different rates: {lines}. Give the full code.",
    "rate.none": "The pack of {place} has no rate of duty for {code}. Give it with `rates`, or add a schedule.",
    "tax.none": "The pack of {place} has no rate of {name} for {code} on this date. Give it with `rates`.",
    "class.unknown": (
        "Whether {name} applies to {code} depends on its value per unit. Give its mass, litres or pieces."
    ),
    "place.missing": "{name} in {place} differs by state or province. Give ship_to.state.",
    "rate.unknown": "The pack does not have the rate of {name} for {code} ({row}).",
    "base.unstated": (
        "{name} on {code} is a percentage of a value that a sale does not state, such as the suggested retail price. "
        "Give its amount with `rates`."
    ),
    "rate.range": (
        "The rate of {name} for {code} is known only as a range, {rate} ({row}). Fields that settle it: {fields}."
    ),
    "rate.range_tax": (
        "The rate of {name} for {code} is known only as a range, {rate} ({row}). Fields that settle it: {fields}."
    ),
    "rate.range_fee": "{name} is known only as a range, {rate} ({row}). Fields that settle it: {fields}.",
    "rate.text": "The rate of {name} for {code} cannot be read: {text}.",
    "place.unused": "The pack of {place} has no law of this state or province: ship_to.state changes nothing.",
    "place.read": '"{word}" is read as the state or province {part}.',
    "place.elsewhere": "{word} ({other}) is a state or province of {of}, not of {place}: ship_to.state changes nothing.",
    "place.similar": (
        "The state or province is not one of {place}: ship_to.state changes nothing. The most similar one is {near}."
    ),
    "place.assumed": "Charges in {place} differ by state or province ({parts}); the sale gives none of these.",
    "rate.vintage": "The rate of duty is that of {as_of} ({title}); later changes are not included.",
    "rate.unused": "The rate of {kind} ({rate}) you gave is not used: the goods have no such charge here.",
    "measure.missing": "{name} is {rate}, and the line does not give: {measure}.",
    "charge.unknown": "The amount of {name} is not known; the totals exclude it.",
    "condition.assumed": "Assumed: {says}",
    "law.limit": "A known limit of the pack: {says}",
    "condition.asked": "Unknown: {says} To confirm it, give {id} in `asserted`.",
    "trust.unchecked": (
        "Some of the rows used come from general knowledge or a file you added, not checked against the law: {rows}."
    ),
    "additional.partial": "The list of {name} in the pack is incomplete; one may apply.",
    "proof.other": 'The proof "{proof}" does not prove a preference that {origin} has here.',
    "preference.unknown": "{titles} may give a lower rate, which the pack does not contain.",
    "way.closed": "Every import procedure is closed.",
    "goods.prohibited": ("{code} may not be imported for {buyer}: {says} In force since {since} ({authority}; {row})."),
    "way.conditional": "No procedure is available until this is answered: {conditions}",
    "way.differs": "Which procedure costs least depends on the open questions; {regime} has the lowest maximum cost.",
    "way.none": "The pack of {place} has no import procedure for this kind of sale on {date}.",
    "ddp.unsolved": "No price before charges gives the DDP amount under {regime}.",
    "buyer.registered": "Recoverable tax assumes a buyer registered for the tax.",
}

require_same(REASONS, SENTENCES, "rules.reasons.SENTENCES")


@lru_cache(maxsize=4096)
def reason(key: str, param: str | None = None, **values: str) -> Reason:
    """A reason with its English sentence; cached, because most sales have the same ones.

    >>> reason("cost.assumed_nil", "shipping_cost", cost="shipping cost").message
    'No shipping cost given; assumed: zero.'
    """
    return Reason(code=key, values=values, message=SENTENCES[key].format(**values), param=param)
