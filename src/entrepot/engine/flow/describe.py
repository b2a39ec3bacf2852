"""describe: what is sold, and between whom?

Codes are matched to the tariff schedule of the day, amounts are converted to minor units of the importer's currency. A
sale that is not valid raises SaleError; a valid sale that the law in the packs does not cover gets a reason to refuse.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from entrepot.engine.case import Case, CaseLine
from entrepot.engine.rules.currency import set_exchange_rates
from entrepot.engine.rules.measures import ONE, measure_read, measures_of
from entrepot.engine.rules.own_currency import law_in, needs_own_currency
from entrepot.engine.rules.own_rates import is_meant
from entrepot.engine.rules.places import check_state, place_of_law, state_code
from entrepot.engine.rules.possible_codes import check_possible_codes, percent_of
from entrepot.engine.rules.rate_amount import rate_left
from entrepot.engine.rules.reasons import reason
from entrepot.law.codes import LineGroup, LineMatch, codes_under, find_lines
from entrepot.law.compiled import Law, Memo, World
from entrepot.law.rates import Rate
from entrepot.law.subdivisions import find_subdivision
from entrepot.model import literals
from entrepot.model.codes import HINTS, dotted
from entrepot.model.errors import RateError, SaleError, WordedError, nearest
from entrepot.model.money import LARGEST, LARGEST_POWER, half_up, in_minor, is_bounded, split
from entrepot.model.quote import Exchange, Reason
from entrepot.model.rule_kinds import CHARGE_KINDS
from entrepot.model.sale import GENERAL_CLASSES, Line, PossibleCode, Sale

DIRECT = "direct_consignment"
#: Codes that a description may mean, at most.
MAX_POSSIBLE = 10
#: A service has no line in the schedule.
SERVICE = LineMatch((LineGroup(("",), -1),))


@dataclass(slots=True)
class _Derived:
    """What this step stores with a law: the usual registrations of sellers, by goods or services and kind of buyer."""

    usual_schemes: Memo[tuple[str, str], frozenset[str]] = field(default_factory=Memo)


def describe(
    sale: Sale,
    law: Law,
    on: dt.date,
    world: World,
    reference: Mapping[str, Exchange],
) -> Case:
    """The case of a sale under a law.

    `reference`: exchange rates where neither sale nor law has one, by currency: to the importer's currency; where there
    is none from the sale's currency to it, to the sale's currency, which then takes its place.
    """
    goods = [line for line in sale.lines if line.service is None]
    if not sale.lines:
        raise SaleError("missing", "A sale needs at least one line.", "lines")
    if goods and len(goods) < len(sale.lines):
        raise SaleError("mixed", "A sale contains goods or services, not both. Quote them separately.", "lines")
    case = _parties(sale, law, on, world, reference, "goods" if goods else "services")
    if sale.ship_from.country in law.economies:
        values = {"place": sale.ship_from.country, "other": case.importer}
        case.refused.append(reason("sale.domestic", "ship_from.country", **values))
    if not law.regimes or (goods and law.valuation is None):
        case.refused.append(_without_law(law, on.isoformat()))
    _check_reading(case)
    check_state(case, world)
    _check_names(case, world)
    _set_registrations(case)
    set_exchange_rates(case, world.decimals, reference)
    _amounts(case, world.decimals[sale.currency])
    for number, line in enumerate(sale.lines):
        case.lines.append(_describe_line(case, line, f"lines[{number}]", world))
    if len({each.param for each in case.unmatched}) == len(case.lines):
        case.refused += case.unmatched
    if len(case.lines) > 1:
        order = sorted(range(len(case.lines)), key=lambda i: _sort_key(sale.lines[i]))
        case.rank = [0] * len(order)
        for rank, i in enumerate(order):
            case.rank[i] = rank
        _convert_line_amounts(case, world.decimals[sale.currency])
    return case


def _without_law(law: Law, day: str) -> Reason:
    """The reason for a day on which a law has no import procedure: it starts later, or it has a gap there."""
    if day < law.first_day:
        return reason("law.before", "date", place=law.title, since=law.first_day, date=day)
    return reason("way.none", "date", place=law.title, date=day)


def _parties(sale: Sale, law: Law, on: dt.date, world: World, reference: Mapping[str, Exchange], of: str) -> Case:
    """A case with its parties, its place, its channel, and the currency of its law; `of`: goods or services."""
    importer, buyer = sale.ship_to.country, sale.buyer.kind or "consumer"
    own = sale.currency in world.decimals and needs_own_currency(sale, law, reference)
    case = Case(
        sale=sale,
        law=law_in(law, sale.currency, world.decimals[sale.currency]) if own else law,
        on=on,
        importer=importer,
        places=_places(sale, law, world),
        of=of,
        buyer=buyer,
        channel=sale.channel or ("ecommerce" if buyer == "consumer" else "trade"),
        transport=sale.transport or (None if of == "goods" else "digital"),
        rates_to={},
        exchange=None,
        reference={},
        lines=[],
        rank=[],
        home_currency=law.currency,
    )
    if own:
        values = {"currency": sale.currency, "importer": law.currency}
        case.reasons.append(reason("exchange.own_currency", f"exchange_rates.{sale.currency}", **values))
    if sale.buyer.kind is None:
        case.reasons.append(reason("buyer.assumed", "buyer.kind"))
    return case


def _places(sale: Sale, law: Law, world: World) -> tuple[str, ...]:
    """The places of the buyer, the nearest first: the state or province, `CA-ON` for `on` and `Ontario`; the economy.

    A state that the law does not name is `CA-`: its text, which may be long, would be in the keys of caches.
    """
    state, importer = (sale.ship_to.state or "").strip(), sale.ship_to.country
    if not state:
        return (importer, "")
    place = state_code(state, importer)
    if place not in law.places:
        place = find_subdivision(world, importer, state) or "" if law.places else ""
    return (place if place in law.places else f"{importer}-", importer, "")


def _check_reading(case: Case) -> None:
    """A day after the last on which the law was read: its law is assumed for a year, and then not known."""
    law, day = case.law, case.on.isoformat()
    state = law.reading(day)
    if state:
        found = case.reasons if state == "law.unread" else case.refused
        latest = {} if state == "law.unread" else {"latest": law.last_day}
        found.append(reason(state, "date", place=law.title, read=law.read_on, date=day, **latest))


def _check_names(case: Case, world: World) -> None:
    """Raises SaleError for an asserted condition or a registration that the law does not have."""
    law = case.law
    for place, name in enumerate(case.sale.asserted):
        if name not in law.conditions and name != DIRECT:
            raise SaleError(
                "unknown_condition",
                "{word!r} is not a condition of {law}.",
                f"asserted[{place}]",
                nearest(name, (*law.conditions, DIRECT)),
                word=name,
                law=place_of_law(law),
            )
    for place, name in enumerate(case.sale.seller.registrations or ()):
        param, prefix = f"seller.registrations[{place}]", name.partition("_")[0]
        if name in law.schemes or name == "none":
            continue
        if prefix == law.pack:
            raise SaleError(
                "unknown_scheme",
                "{word!r} is not a registration scheme of {law}.",
                param,
                nearest(name, law.schemes),
                word=name,
                law=place_of_law(law),
            )
        # A seller may be registered anywhere; the schemes of other economies are in their own packs.
        if prefix == name or not (prefix == "eu" or (prefix.upper() in world.economies and prefix.islower())):
            raise SaleError(
                "unknown_scheme",
                "{word!r} is not a registration scheme. Write economy and scheme, for example eu_ioss or au_gst.",
                param,
                _nearest_scheme(name.lower(), law.schemes),
                word=name,
            )


def _nearest_scheme(name: str, schemes: Collection[str]) -> str:
    """The scheme that is most similar with or without its economy; empty if none is similar.

    >>> _nearest_scheme("ioss", ["eu_ioss"]), _nearest_scheme("ioss", ["au_gst"]), _nearest_scheme("foo", ["eu_ioss"])
    ('eu_ioss', '', '')
    """
    by_name = {scheme.partition("_")[2]: scheme for scheme in schemes}
    return nearest(name, schemes) or by_name.get(nearest(name, by_name), "")


def _set_registrations(case: Case) -> None:
    """The seller's registrations; where the sale does not give them, those that the law says are usual."""
    given = case.sale.seller.registrations
    if given is not None:
        case.registrations = tuple(name for name in given if name != "none")
        return
    memo, key = case.law.derived(_Derived).usual_schemes, (case.of, case.buyer)
    usual = memo.get(key)
    if usual is None:
        usual = memo.store(key, _usual_schemes(case.law, *key))
    case.registrations, case.assumed_schemes = tuple(sorted(usual)), usual


def _usual_schemes(law: Law, of: str, buyer: str) -> frozenset[str]:
    """The schemes for which the law says that sellers of goods or of services to such buyers are usually registered."""
    return frozenset(
        condition.name
        for regime in law.regimes
        if regime.of == of and (not regime.buyer or buyer in regime.buyer)
        for condition in regime.conditions
        if condition.test == "registered" and condition.assume
    )


def _convert_line_amounts(case: Case, decimals: int) -> None:
    """Converts the lines' amounts as one sum and splits it: converted one by one, rounding would change the sum."""
    if case.sale.currency != case.law.currency:
        own = [in_minor(line.sale_line.amount, decimals) or 0 for line in case.lines]
        num, den = case.rates_to.get(case.sale.currency, ONE)
        whole = half_up(sum(own) * num, den * 10**decimals)
        for line, part in zip(case.lines, split(whole, own, case.rank), strict=True):
            line.amount = part


def _sort_key(line: Line) -> tuple[str, ...]:
    return (line.reference or "", line.hs_code or "", line.service or "", line.country_of_origin or "", str(line))


def _minor(case: Case, amount: Decimal, param: str, decimals: int) -> int:
    """An amount in the sale's currency, in minor units of the importer's currency. Raises SaleError."""
    if not amount.is_finite() or amount < 0:
        raise SaleError(
            "invalid_amount", "{amount} is not an amount. Write a number that is not negative.", param, amount=amount
        )
    if not is_bounded(amount) or (own := in_minor(amount, decimals)) is None:
        raise SaleError(
            "invalid_amount",
            "{amount} has too many digits: {currency} has {decimals} decimals.",
            param,
            amount=amount,
            currency=case.sale.currency,
            decimals=decimals,
        )
    if own > LARGEST:
        most = f"10^{LARGEST_POWER - decimals} {case.sale.currency}"
        raise SaleError("invalid_amount", "{amount} is too large: at most {most}.", param, amount=amount, most=most)
    if case.sale.currency == case.law.currency:
        return own
    num, den = case.rates_to.get(case.sale.currency, ONE)
    return half_up(own * num, den * 10**decimals)


def _amounts(case: Case, places: int) -> None:
    sale = case.sale
    if sale.shipping_cost is not None:
        case.shipping = _minor(case, sale.shipping_cost, "shipping_cost", places)
    if sale.insurance_cost is not None:
        case.insurance = _minor(case, sale.insurance_cost, "insurance_cost", places)
    if sale.discount_amount is not None:
        case.discount = _minor(case, sale.discount_amount, "discount_amount", places)
    spent = sale.buyer.year_to_date
    if spent is not None and (not is_bounded(spent) or spent < 0):
        raise SaleError(
            "invalid_amount", "buyer.year_to_date must be a number that is not negative.", "buyer.year_to_date"
        )


def _describe_line(case: Case, line: Line, param: str, world: World) -> CaseLine:
    has_code = line.hs_code is not None or line.classification is not None
    if not has_code and line.service is None:
        raise SaleError(
            "missing", "A line needs the hs_code of the goods, or their description, or a service.", f"{param}.hs_code"
        )
    if has_code and line.service is not None:
        raise SaleError("missing", "A line needs either an hs_code or a service, not both.", f"{param}.hs_code")
    amount = _minor(case, line.amount, f"{param}.amount", world.decimals[case.sale.currency])
    if line.amount == 0:
        raise SaleError("invalid_amount", "The amount of a line must be above zero.", f"{param}.amount")
    origin = line.country_of_origin or case.sale.ship_from.country
    given, match, unsure = "", SERVICE, None
    if line.service is None:
        if line.hs_code is None:
            given, match, unsure = _match_possible_codes(case, line, param, world)
        else:
            given, match = _match_code(case, line, line.hs_code, f"{param}.hs_code", world)
        if line.country_of_origin is None:
            case.reasons.append(reason("origin.assumed", f"{param}.country_of_origin", origin=origin))
        elif origin not in world.economies:
            at, near = f"{param}.country_of_origin", nearest(origin, world.economies)
            raise SaleError(
                "unknown_economy",
                "{word!r} is not an economy. Use an ISO 3166-1 alpha-2 code, for example VN.",
                at,
                near,
                word=origin,
            )
    elif line.service not in world.services:
        raise _unknown_service(line.service, f"{param}.service", world)
    _check_proof_and_class(case, line, param, world)
    quantity, measures = measures_of(line, param, one_piece=case.buyer == "consumer")
    return CaseLine(
        sale_line=line,
        param=param,
        given_code=given,
        code=match.groups[0].codes[0] if match.groups else given,
        row=match.groups[0].row if match.groups else -1,
        service=line.service or "",
        origin=origin,
        quantity=quantity,
        measures=measures,
        amount=amount,
        rates=_read_own_rates(case, line, param) if line.rates else {},
        groups=match.groups if len(match.groups) > 1 else (),
        unknown_code=bool(match.reason),
        unsure=unsure,
    )


def _check_proof_and_class(case: Case, line: Line, param: str, world: World) -> None:
    """Raises SaleError for a proof of origin or a class of tax that is not known; one that has no effect is allowed."""
    proof = line.proof_of_origin
    if proof is not None and proof != "none" and proof not in world.proofs:
        known = {*world.proofs, *(name for names in world.proofs.values() for name in names), *case.law.proofs}
        if proof not in known:
            raise SaleError(
                "unknown_proof",
                "{word!r} is not a known proof of origin.",
                f"{param}.proof_of_origin",
                nearest(proof, known),
                word=proof,
            )
    if line.tax_class is not None:
        classes = {*GENERAL_CLASSES, *case.law.classes}
        if line.tax_class not in classes:
            raise SaleError(
                "unknown_tax_class",
                "{word!r} is not a tax class here.",
                f"{param}.tax_class",
                nearest(line.tax_class, classes),
                word=line.tax_class,
            )


def _match_code(case: Case, line: Line, code: str, param: str, world: World) -> tuple[str, LineMatch]:
    """The digits of a code, and the lines of the schedule that they stand for. Raises SaleError."""
    given, match = _find_code(case, line, code, param, world)
    if match.reason:
        case.unmatched.append(reason(match.reason, param, **match.values))
    if match.assessed_as:
        case.reasons.append(reason("hs_code.unlisted", param, code=given, known=match.assessed_as))
    return given, match


def _find_code(case: Case, line: Line, code: str, param: str, world: World) -> tuple[str, LineMatch]:
    given = _digits(code, param, case.law, world)
    origin = line.country_of_origin or case.sale.ship_from.country
    return given, find_lines(case.law, given, origin, "duty" in line.rates, world)


def _digits(code: str, param: str, law: Law | None = None, world: World | None = None) -> str:
    """The digits of a code. Raises SaleError; for the beginning of a code with what is under it."""
    given = code.replace(".", "").replace(" ", "")
    if law is not None and world is not None and given.isascii() and given.isdigit() and len(given) in (2, 4):
        kind, values = codes_under(law, given, world)
        values = {name: ", ".join(map(dotted, value.split(", "))) for name, value in values.items()}
        raise SaleError(
            "invalid_hs_code",
            "{word!r} is the beginning of a code, and a sale needs 6 to 10 digits. {hint}",
            param,
            word=code,
            hint=WordedError(HINTS[kind], **values),
        )
    if not (given.isascii() and given.isdigit() and 6 <= len(given) <= 10):
        raise SaleError(
            "invalid_hs_code",
            "{word!r} is not a code of the Harmonized System. Use 6 to 10 digits, for example 0901.21.",
            param,
            literals.code_meant(code),
            word=code,
        )
    return given


def _match_possible_codes(case: Case, line: Line, param: str, world: World) -> tuple[str, LineMatch, Reason | None]:
    """The first code that a description may mean, the lines of all of them, and why they are several. Raises SaleError.

    Codes that do not exist are named and left out, unless none exists.
    """
    found, field = line.classification, f"{param}.hs_code"
    if found is None or not found.candidates:
        raise SaleError("missing", "The field {field!r} is required.", f"{param}.classification", field="candidates")
    if len(found.candidates) > MAX_POSSIBLE:
        where = f"{param}.classification.candidates"
        raise SaleError("invalid", "A line has at most {most} possible codes.", where, most=MAX_POSSIBLE)
    case.reasons += [measure_read(line, name, param) for name in found.measures_read]
    if found.left_out:
        case.reasons.append(reason("hs_code.left_out", field, codes=_codes(found.left_out, param, field)))
    if len(found.candidates) == 1:
        given, match = _match_code(case, line, found.candidates[0].hs_code, field, world)
        key = "hs_code.chosen" if found.corrected else "hs_code.classified"
        percent = {} if found.corrected else {"percent": percent_of(found.candidates[0], param)}
        case.reasons.append(reason(key, field, code=dotted(given), **percent))
        return given, match, None
    matches = [_find_code(case, line, each.hs_code, field, world) for each in found.candidates]
    known = [each for each in matches if not each[1].reason] or matches[:1]
    check_possible_codes(found.candidates, [code for code, _ in matches], f"{param}.classification.candidates")
    (case.unmatched if known[0][1].reason else case.reasons).extend(
        [reason(match.reason, field, **match.values) for _, match in matches if match.reason]
    )
    codes = ", ".join(
        f"{dotted(code)} ({percent_of(each, param)} %)"
        for each, (code, _) in zip(found.candidates, matches, strict=True)
    )
    unsure = reason("hs_code.unsure", field, codes=codes, question=found.question or "")
    case.reasons.append(unsure)
    groups = tuple(group for _, match in known for group in match.groups)
    return known[0][0], known[0][1]._replace(groups=groups), unsure


def _codes(left_out: tuple[PossibleCode, ...], param: str, field: str) -> str:
    """Codes that are not assessed, with their probabilities. Raises SaleError."""
    if len(left_out) > MAX_POSSIBLE:
        where = f"{param}.classification.left_out"
        raise SaleError("invalid", "A line has at most {most} possible codes.", where, most=MAX_POSSIBLE)
    return ", ".join(f"{dotted(_digits(each.hs_code, field))} ({percent_of(each, param)} %)" for each in left_out)


def _unknown_service(word: str, param: str, world: World) -> SaleError:
    """The error of a category that is none: the nearest one, or all of them."""
    if near := nearest(word, world.services):
        return SaleError("unknown_service", "{word!r} is not a category of services.", param, near, word=word)
    code, known = "unknown_service", ", ".join(sorted(world.services))
    return SaleError(
        code, "{word!r} is not a category of services. The categories: {known}.", param, word=word, known=known
    )


def _unknown_kind(word: str, param: str, known: Collection[str]) -> SaleError:
    """The error of a kind of charge that is none: the nearest one, or all of them."""
    if near := nearest(word, known):
        return SaleError("unknown_kind", "{word!r} is not a kind or id of a charge.", param, near, word=word)
    names = ", ".join(sorted(known))
    return SaleError(
        "unknown_kind", "{word!r} is not a kind or id of a charge. Known: {known}.", param, word=word, known=names
    )


def _read_own_rates(case: Case, line: Line, param: str) -> dict[str, Rate]:
    """The caller's own rates, by the kind or the id of a charge. Raises SaleError."""
    from entrepot.law.grammar import read_rate  # a parser is needed only where a rate comes as text

    found = {}
    known = {*CHARGE_KINDS, *(charge.id for regime in case.law.regimes for charge in regime.charges)}
    for kind, text in line.rates.items():
        where = f"{param}.rates.{kind}"
        if kind not in known:
            raise _unknown_kind(kind, where, known)
        try:
            rate = read_rate(text)
        except RateError as error:
            raise SaleError.of(error, "invalid_rate", where) from None
        if rate.kind not in ("free", "share", "sum", "mixed"):
            raise SaleError("invalid_rate", "{rate!r} is not a rate that can be charged.", where, rate=text)
        impossible = any(
            charge.inclusive and is_meant(case.law, charge, kind) and rate_left(charge, rate) <= 0
            for regime in case.law.regimes
            for charge in regime.charges
        )
        if impossible:
            raise SaleError(
                "invalid_rate", "{rate!r} is not possible for a tax that is part of its own base.", where, rate=text
            )
        found[kind] = rate
    return found
