"""What a sale must give so that the rest of a lowest total is known: its fields, and the charges that need them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from entrepot.engine.rules.reasons import FIELDS
from entrepot.engine.rules.wording import ENDS, ENDS_OF_MEASURE
from entrepot.language.rate_words import fields_of_rate, rate_words
from entrepot.language.translate import N_, _, label, money, pack_text, reason
from entrepot.model.quote import Option, Quote, Reason

#: Reasons that name a charge of which the rate is not known.
WITHOUT_RATE = frozenset({"rate.unknown", "rate.none", "tax.none"})
#: The reason of a line that no row of the law can be found for.
UNKNOWN_CODE = "hs_code.unknown"
LOWEST_ENDS = (ENDS["low"], ENDS_OF_MEASURE["low"])
#: Reasons that name a charge of which the lowest and the highest rate are known.
WITH_RANGE = frozenset({"rate.range", "rate.range_tax", "rate.range_fee"})
#: The title of the questions.
_KNOWN = N_("{amount} is known. To calculate the rest, give:")
#: The charge of a reason that names none.
_DUTY = N_("Customs duty")


class Question(NamedTuple):
    """Fields of the sale to give together, as `lines[0].litres`, and what they decide, each charge in words.

    `names`: the names of these charges in the pack.
    """

    params: tuple[str, ...]
    says: tuple[str, ...]
    names: frozenset[str]

    def title(self) -> str:
        """The names of the fields, as `Litres, Alcohol, % vol`; the rate where that is not known."""
        names = [label(param.rpartition(".")[2]) for param in self.params if ".rates" not in param]
        return "; ".join(names) or _("The rate, if you know it")


def known_part(quote: Quote) -> str:
    """The title of the questions, with the part of the total that is known."""
    option = quote.best or quote.best_conditional
    return _(_KNOWN).format(amount=money(None if option is None else _known_amount(option), quote.currency))


def _known_amount(option: Option) -> str | None:
    """The lowest total; that of the lowest end of one fact, if a charge is missing only in that of the highest."""
    lowest = option.amount_landed_low or option.amount_landed
    ends = {each.label: each.amount_landed for each in option.candidates or ()}
    if len(ends) == 2 == len(option.candidates or ()) and lowest:
        least = next((ends[label] for label in LOWEST_ENDS if ends.get(label)), None)
        return max(lowest, least or lowest, key=Decimal)
    return lowest


def questions(quote: Quote, sale: Mapping[str, Any]) -> list[Question]:
    """The questions whose answers make a lowest total an amount or a range; none where it has a highest amount."""
    option = quote.best or quote.best_conditional
    if option is None or option.amount_landed_high or _known_amount(option) is None:
        return []
    if option.amount_landed is not None and not option.at_least:
        return []
    reasons = (*quote.assessment.reasons, *quote.assessment.assumptions)
    ranges = _ranges(option, reasons)
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for each in sorted(reasons, key=lambda each: each.code in WITHOUT_RATE):
        if each.code == "measure.missing":
            rate = ranges.get((_line(each), each.values["name"]), each.values["rate"])
            says = _("{name}: {rate}").format(name=pack_text(each.values["name"]), rate=rate_words(rate))
            found.setdefault(_fields(each, rate, sale), {})[says] = each.values["name"]
        elif each.code in WITHOUT_RATE and each.param:
            found.setdefault((each.param,), {})[_without_rate(each, ranges)] = each.values.get("name") or _DUTY
        elif each.code == UNKNOWN_CODE and each.param:
            found.setdefault((each.param,), {})[reason(each)] = ""
    return [Question(params, tuple(says), frozenset(says.values())) for params, says in found.items()]


def _ranges(option: Option, reasons: Sequence[Reason]) -> dict[tuple[str, str], str]:
    """Both ends of a charge's rate, by its line and name: of a single line those of the charge."""
    found = {
        (_line(each), each.values.get("name", "")): each.values["rate"] for each in reasons if each.code in WITH_RANGE
    }
    if len(option.lines) == 1:
        whole = {each.name: each.rate_details.text for each in option.charges if fields_of_rate(each.rate_details.text)}
        found |= {("lines[0]", name): text for name, text in whole.items()}
    return found


def is_asked(each: Reason, asked: list[Question]) -> bool:
    """Whether questions say what a reason says, so that it need not stand among the remarks."""
    if not asked:
        return False
    if each.code in ("measure.missing", UNKNOWN_CODE) or each.code in WITHOUT_RATE:
        return each.param is not None
    return each.code == "charge.unknown" and any(each.values.get("name", "") in one.names for one in asked)


def _without_rate(each: Reason, ranges: Mapping[tuple[str, str], str]) -> str:
    rate = ranges.get((_line(each), each.values.get("name", "")))
    name = pack_text(each.values.get("name", "")) or _(_DUTY)
    if rate is None:
        return _("{name}: the pack does not have the rate.").format(name=name)
    return _("{name}: {rate}; the pack does not have the highest rate.").format(name=name, rate=rate_words(rate))


def _line(each: Reason) -> str:
    return (each.param or "").partition(".")[0]


def _fields(each: Reason, rate: str, sale: Mapping[str, Any]) -> tuple[str, ...]:
    """The measures that a rate needs and the line of the sale does not give, first the one that the reason names."""
    line = _line(each)
    number = int(line[6:-1]) if line.startswith("lines[") else 0
    given = sale["lines"][number] if number < len(sale["lines"]) else {}
    needed = [field for field in fields_of_rate(rate) if not given.get(field)]
    named = each.values["measure"].split(FIELDS)
    return tuple(f"{line}.{field}" for field in dict.fromkeys([*named, *needed]))
