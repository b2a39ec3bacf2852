"""What the buyer would save: with a certificate of origin, or under a procedure that waits for a confirmation."""

from __future__ import annotations

from decimal import Decimal

from entrepot.language.remarks import condition, proof_name, saved_by
from entrepot.language.translate import _, money, pack_text
from entrepot.model.quote import Option, OptionLine, Treatment
from entrepot.web.pages.quote_context import QuoteView


def savings(view: QuoteView, option: Option) -> list[dict[str, str]]:
    """The savings that this sale misses, each with the address that supposes what it needs."""
    return [*_by_certificates(view, option), *_by_procedures(view, option)]


def _by_certificates(view: QuoteView, option: Option) -> list[dict[str, str]]:
    found = [(line, *best) for line in option.lines if (best := _best_saving(line, option)) is not None]
    if not found:
        return []
    if len(found) > 1:
        amount = money(str(sum(saved for _line, _treatment, saved in found)), view.quote.currency)
        return [{"says": _("You save {amount} with certificates of origin.").format(amount=amount), "suppose": ""}]
    _line, treatment, saved = found[0]
    proof = treatment.proofs[0]
    text = _("You save {amount} with this certificate: {proof}, {treatment}.").format(
        amount=money(str(saved), view.quote.currency), proof=proof_name(proof), treatment=pack_text(treatment.title)
    )
    return [{"says": text, "suppose": view.url_with(proof=proof)}]


def _best_saving(line: OptionLine, option: Option) -> tuple[Treatment, Decimal] | None:
    """The treatment that saves most of a line, where only its proof of origin is missing."""
    charges = option.line_charges(line)
    found: list[tuple[Treatment, Decimal]] = []
    for each in line.treatments:
        missing = {one.id for one in each.conditions if one.state in ("asked", "failed")}
        saved = saved_by(each, line, charges)
        if saved is not None and each.proofs and missing == {"proof_of_origin"}:
            found.append((each, saved))
    return max(found, key=lambda each: each[1], default=None)


def _by_procedures(view: QuoteView, option: Option) -> list[dict[str, str]]:
    """The cheapest procedure that waits for a confirmation, if it costs less than the one that is open."""
    if option.status != "open" or (paid := _cost(option)) is None:
        return []
    waiting = [
        (cost, each)
        for each in view.quote.options
        if each.status == "conditional" and (cost := _cost(each)) is not None and cost < paid
    ]
    if not waiting:
        return []
    cost, cheapest = min(waiting, key=lambda each: each[0])
    asked = [each for each in cheapest.conditions if each.state == "asked"]
    says = " ".join(condition(each, cheapest.regime, view.law) for each in asked)
    text = _("You save {amount} under {way}, if: {says}").format(
        amount=money(str(paid - cost), view.quote.currency), way=pack_text(cheapest.title), says=says
    )
    return [{"says": text, "suppose": view.url_with(*[each.id for each in asked])}]


def _cost(option: Option) -> Decimal | None:
    """What an option costs without what the buyer recovers; None where it is not one known amount."""
    if option.amount_landed is None or option.at_least:
        return None
    return Decimal(option.amount_landed) - Decimal(option.amount_recoverable or 0)
