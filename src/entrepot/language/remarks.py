"""Remarks on charges, treatments and conditions that the terminal and the pages show beside the figures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from entrepot.engine.rules import wording
from entrepot.language import translate
from entrepot.language.rate_words import is_above_an_amount, rate_words
from entrepot.language.translate import LABELS, N_, _, label, pack_text
from entrepot.law.compiled import Law, World
from entrepot.model.codes import dotted
from entrepot.model.quote import Candidate, Charge, Condition, Option, OptionLine, Quote, Reason, Treatment

#: The reason of a refusal where the goods may not be imported by any procedure.
PROHIBITED = "goods.prohibited"
#: Reasons of a refusal where the law is known: it closes every procedure, or a fact is missing.
_OF_LAW = frozenset({"way.closed", "way.conditional", "condition.asked"})


def prohibited_by(quote: Quote) -> list[Reason]:
    """The prohibitions that close every procedure; empty where there are none."""
    return [each for each in quote.assessment.reasons if each.code == PROHIBITED]


def without_total(quote: Quote) -> str:
    """The text in place of a total: the goods are prohibited, no procedure is open by law, or a figure is not known."""
    if prohibited_by(quote):
        return _("Import prohibited")
    of_law = {each.code for each in quote.assessment.reasons} <= _OF_LAW
    return _("No import procedure is available") if of_law else _("No amount can be calculated")


def period_of_law(quote: Quote) -> list[str]:
    """The days on which the law of a quote is the same; nothing for a day that it does not include.

    Before its first day the pack has some rows already, from which no law follows.
    """
    law = quote.law
    if any(each.code == "law.before" for each in quote.assessment.reasons):
        return []
    text = _("unchanged from {since} until {until}") if law.until else _("unchanged since {since}")
    return [text.format(since=translate.day(law.since), until=translate.day(law.until))]


def if_confirmed(option: Option, currency: str, law: Law) -> str:
    """The total of a conditional procedure and what must be confirmed, as `CNY 276.38 if: The goods are listed`.

    The total alone where only a measure is missing, for which the reasons ask.
    """
    total = total_text(option, currency)
    asked = [condition(each, option.regime, law) for each in option.conditions if each.state == "asked"]
    for treatment in (line.treatment for line in option.lines if line.treatment is not None):
        asked += [pack_text(each.says) for each in treatment.conditions if each.state == "asked"]
    return _("{total} if: {says}").format(total=total, says=" ".join(dict.fromkeys(asked))) if asked else total


def nearest(quote: Quote) -> Option | None:
    """If no procedure is open, the one that is shown: a conditional one before a closed one."""
    waiting = [option for option in quote.options if option.status == "conditional"]
    whom = ("buyer", "channel", "transport")
    fitting = [option for option in quote.options if not any(each.id in whom for each in option.conditions)]
    return quote.best_conditional or next(iter(waiting or fitting), None)


def total_text(option: Option, currency: str) -> str:
    """The landed amount of an option: a figure, a range, or a lowest amount."""
    if option.amount_landed is None and option.amount_landed_low and not option.amount_landed_high:
        return _("at least {amount}").format(amount=translate.money(option.amount_landed_low, currency))
    amount = translate.figure(option, "amount_landed", currency)
    at_least = option.at_least and option.amount_landed is not None
    return _("at least {amount}").format(amount=amount) if at_least else amount


def open_facts(option: Option) -> dict[str, list[Candidate]]:
    """The candidates of each fact that changes the landed amount, by the field of the sale that gives the fact."""
    facts: dict[str, list[Candidate]] = {}
    for each in option.candidates or ():
        facts.setdefault(each.settles, []).append(each)
    return facts


def can_be_chosen(values: Sequence[Candidate]) -> bool:
    """Whether the values of a fact are single ones, not the ends of a range; one may be a line without a code."""
    return any(each.value for each in values)


#: The titles of the facts that a sale may leave open, by the field that gives them.
FACT_TITLES = {
    "hs_code": N_("The amount depends on the full tariff code"),
    "state": N_("The amount depends on the state or province"),
    "rates": N_("The amount depends on the rate"),
    "exchange_rates": N_("The amount depends on the exchange rate"),
    "lines": N_("The amount depends on the value of a unit"),
    "net_mass_kg": N_("The amount depends on the weight"),
    "gross_mass_kg": N_("The amount depends on the weight with the packing"),
    "litres": N_("The amount depends on the volume"),
    "items": N_("The amount depends on the number of items"),
    "pairs": N_("The amount depends on the number of pairs"),
    "square_metres": N_("The amount depends on the area"),
    "cubic_metres": N_("The amount depends on the volume"),
    "head": N_("The amount depends on the number of animals"),
    "alcohol_percent": N_("The amount depends on the alcoholic strength"),
}


def fact_title(settles: str) -> str:
    """The title of a fact that would change the landed amount.

    >>> fact_title("lines[1].hs_code"), fact_title("ship_to.state")
    ('The amount depends on the full tariff code, line 2', 'The amount depends on the state or province')
    >>> fact_title("lines[0].rates.vat"), fact_title("exchange_rates.USD")
    ('The amount depends on the rate', 'The amount depends on the exchange rate')
    """
    line = re.match(r"lines\[(\d+)\]", settles)
    named = re.match(r"exchange_rates|.*\.(rates)\.", settles)
    key = settles.rpartition(".")[2].partition("[")[0] if named is None else named.group(1) or named.group()
    title = _(FACT_TITLES.get(key, key))
    if line is None or line.group(1) == "0":
        return title
    return _("{title}, line {n}").format(title=title, n=int(line.group(1)) + 1)


def candidate_name(each: Candidate, law: Law, world: World) -> str:
    """A candidate in words: the code and the name of a tariff line or a province, or what its label says."""
    value = dotted(each.value) if each.settles.endswith(".hs_code") else each.value
    parts = each.label.split("; ") if each.label.startswith(wording.OTHER_LINE) else [each.label]
    name = "; ".join(_candidate_label(part) for part in parts if part)
    if each.settles == "ship_to.state":
        name = next((subdivision_name(place, world) for place in law.places if place.endswith(f"-{value}")), "")
    return f"{value} {name}".strip()


def _candidate_label(text: str) -> str:
    if text.startswith(wording.MFN):
        return f"{label('mfn')}: {rate_words(text.removeprefix(wording.MFN))}"
    return label(text)


def subdivision_name(place: str, world: World) -> str:
    """A state or province in the reader's language: `Ontario` for `CA-ON`; its code where no name is known."""
    names = world.subdivisions.get(place, {})
    return names.get(translate.current_language()) or names.get("en", place.partition("-")[2])


def sum_of(charge: Charge) -> str:
    """How an amount was calculated: its formula, or the rate alone if it does not apply to the base."""
    kind = charge.rate_details.rate_type
    if kind == "unknown":
        return ""
    if charge.reason == "base":
        return _("{rate} of a value that the sale does not state").format(rate=rate_words(charge.rate_details.text))
    if kind in ("flat_amount", "per_unit") or not charge.formula:
        return rate_words(charge.rate_details.text)
    if is_above_an_amount(charge.rate_details.text):
        base = translate.formula(charge.formula.partition(" × ")[0])
        return f"{base}: {rate_words(charge.rate_details.text)}"
    return translate.formula(charge.formula)


def remarks(charge: Charge, business: bool) -> list[str]:
    """Remarks on a charge: relieved, paid by the seller, recoverable, collected by whom."""
    why = {
        "relief": _("relieved"),
        "waived": _("waived"),
        "caller": _("rate you gave"),
        "unless": _("another charge applies instead"),
    }
    if charge.at_least is True:
        del why["relief"]  # whether the amount is within the limit is not known
    said = [why[charge.reason]] if charge.reason in why else []
    if charge.charged_to == "seller":
        said.append(_("paid by the seller"))
    if business and charge.recoverable == "yes":
        said.append(_("recoverable"))
    if charge.collected_by == "buyer":
        said.append(_("accounted for by the buyer"))
    elif charge.collected_by != "customs":
        said.append(_("collected by {who}").format(who=label(charge.collected_by)))
    return said


def lacks(treatment: Treatment, part: str) -> str:
    """Why the duty under a treatment is not known; `part`: the text if the rate is for part of the line only."""
    details = treatment.rate_details
    if details.text == "part":
        return part
    if details.rate_type == "none":
        return _("no preference for these goods")
    if details.text.startswith("text:"):
        return _("this rate of the law cannot be calculated")
    if details.rate_type != "unknown":
        return _("the rate needs a measure that the sale does not give")
    return _("the rate is not in the pack")


def saved_by(treatment: Treatment, line: OptionLine, charges: Iterable[Charge]) -> Decimal | None:
    """How much less a line owes under a treatment than under the one used; None if it saves nothing.

    `charges`: those of the line.
    """
    chosen = line.treatment
    # Where no duty is collected, a treatment saves nothing.
    if any(charge.kind == "duty" and charge.reason in ("relief", "waived") for charge in charges):
        return None
    if chosen is None or treatment.charges is None or chosen.charges is None:
        return None
    saved = Decimal(chosen.charges) - Decimal(treatment.charges)
    return saved if saved > 0 else None


#: Words in the ids of proofs of origin that are no names or abbreviations.
_PROOF_WORDS = frozenset(
    (
        "approved", "back", "certificate", "certification", "claim", "declaration", "exporter", "form", "invoice", "of",
        "origin", "statement", "to",
    )
)  # fmt: skip


def proof_name(proof: str) -> str:
    """The name of a proof of origin, from its id.

    >>> proof_name("form_e"), proof_name("rcep_exporter_declaration"), proof_name("eur_1")
    ('Form E', 'RCEP exporter declaration', 'EUR 1')
    """
    words = [word if word in _PROOF_WORDS else word.upper() for word in proof.split("_")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def condition(each: Condition, regime: str, law: Law) -> str:
    """The text of a procedure's condition, translated: the engine's own sentences by their template."""
    for template, words in _stated(each.id, regime, law):
        # The quote may be older and of another law: then its own sentence is shown.
        if template.format(" / ".join(words)) == each.says:
            return _(template).format(" / ".join(pack_text(LABELS.get(word, word)) for word in words))
    return pack_text(each.says)


def _stated(key: str, regime: str, law: Law) -> Iterator[tuple[str, Sequence[str]]]:
    """The templates of the engine's own conditions, by their key, each with the words of the law that fill it."""
    for each in law.regimes:
        if key == "mandatory" and regime in each.closes:
            yield wording.MANDATORY, (each.title,)
        elif key in wording.FITS and each.id == regime:
            yield wording.FITS[key], getattr(each, key)
