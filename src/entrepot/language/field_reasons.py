"""Reasons as they stand beside the form field that settles them: without the names of the API."""

from __future__ import annotations

from entrepot.engine.rules.reasons import SENTENCES as ENGINE_SENTENCES
from entrepot.language import translate
from entrepot.language.rate_words import rate_words
from entrepot.language.translate import N_, _
from entrepot.model.quote import Reason

#: The sentence of a reason beside its field, where the engine's own sentence names a field of the API.
SENTENCES = {
    "exchange.own_currency": N_(
        "No exchange rate from {currency} to {importer} is known: amounts are in {currency}, and limits, fees and "
        "roundings in units of {importer} are not applied. One {currency} is how many {importer}?"
    ),
    "exchange.missing": N_(
        "No exchange rate from {currency} to {importer} is known. One {currency} is how many {importer}?"
    ),
    "rate.none": N_("The pack of {place} has no rate of duty for {code}. Enter it if you know it."),
    "tax.none": N_("The pack of {place} has no rate of {name} for {code} on this date. Enter it if you know it."),
    "rate.unknown": N_("The pack does not have the rate of {name} for {code}. Enter it if you know it."),
    "rate.range": N_("The rate of {name} for {code} is known only as a range, {rate}. Enter it if you know it."),
    "rate.range_tax": N_("The rate of {name} for {code} is known only as a range, {rate}. Enter it if you know it."),
    "rate.range_fee": N_("{name} is known only as a range, {rate}. Enter it if you know it."),
    "place.missing": N_("{name} in {place} differs by state or province."),
    "place.assumed": N_("Charges in {place} differ by state or province ({parts})."),
    "place.elsewhere": N_("{word} ({other}) is a state or province of {of}, not of {place}: it changes nothing."),
    "place.similar": N_(
        "The state or province is not one of {place}: it changes nothing. The most similar one is {near}."
    ),
    "place.unused": N_("The pack of {place} has no law of this state or province: it changes nothing."),
    "base.unstated": N_(
        "{name} on {code} is a percentage of a value that a sale does not state, such as the suggested retail price. "
        "Enter its amount if you know it."
    ),
    "measure.missing": N_("{name} is {rate}, and the sale does not give the measure."),
    "condition.asked": N_("Not known: {says}"),
}


def field_reason(each: Reason) -> str:
    """A reason as a sentence for a form.

    >>> field_reason(Reason(code="exchange.missing", values={"currency": "VND", "importer": "THB"}))
    'No exchange rate from VND to THB is known. One VND is how many THB?'
    """
    template = SENTENCES.get(each.code)
    by_unit = "/" in (rate := each.values.get("rate", ""))
    if template is None and not by_unit:
        return translate.reason(each)
    try:
        values = translate.reason_values(each) | ({"rate": rate_words(rate)} if by_unit else {})
        return _(template or ENGINE_SENTENCES[each.code]).format(**values)
    except (KeyError, IndexError):
        return translate.reason(each)
