"""The import procedures of an economy: for whom they are, their conditions, charges and reliefs, with the law."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from entrepot.language import translate
from entrepot.language.translate import pack_text
from entrepot.law.compiled import Law
from entrepot.law.records import VALUES, Charge, Condition, Regime, Threshold, Who
from entrepot.model.sources import TRUST
from entrepot.web.api.shapes.law_rows import LawSource


class Basis(msgspec.Struct, kw_only=True):
    """The basis of a statement: its dates, its trust, the row of law and its sources."""

    since: str
    until: str | None
    trust: str
    row: str
    sources: list[LawSource]


class WayCondition(Basis, kw_only=True):
    """A condition of a procedure. `unknown`: assumed, or asked, if the sale does not say. `goods`: only for these."""

    id: str
    says: str
    test: str
    unknown: str
    goods: list[str]


class WayCharge(Basis, kw_only=True):
    """A charge of a procedure, in the order of calculation.

    `base`: the values and earlier charges that the rate applies to. `rate_from`: `tariff`, `tax`, `additional` (those
    rows, by the goods) or `literal`, given in `rate`. `factor`: the part of it that is owed. `buyer`, `channel`,
    `transport`, `place`: only for these, for all if empty; `origin`: of these economies, `origin_not`: of others.
    """

    id: str
    kind: str
    name: str
    base: list[str]
    rate_from: str
    tax: str | None
    rate: str | None
    factor: str
    buyer: list[str]
    channel: list[str]
    transport: list[str]
    place: list[str]
    origin: list[str]
    origin_not: list[str]
    collected_by: str
    charged_to: str
    recoverable: str


class WayRelief(Basis, kw_only=True):
    """A relief of a procedure: its limit (`below`: only under it), what is measured, and what it relieves."""

    id: str
    says: str
    relieves: list[str]
    measured: list[str]
    amount: str
    currency: str
    below: bool
    per: str


class Way(Basis, kw_only=True):
    """An import procedure. `of`: goods or services. `buyer`, `channel`, `transport`: for whom; for all if empty.

    `treatments`: which tariff treatments it allows: all, mfn, preferences or none. `mandatory`: if it applies, it must
    be used; `closes`: the procedures that are then closed.
    """

    id: str
    title: str
    of: str
    buyer: list[str]
    channel: list[str]
    transport: list[str]
    treatments: str
    mandatory: bool
    closes: list[str]
    conditions: list[WayCondition]
    charges: list[WayCharge]
    reliefs: list[WayRelief]


class Ways(msgspec.Struct, kw_only=True):
    """The import procedures of an economy on a day. From `since` to `until` nothing of the law changes."""

    object: str = "list"
    economy: str
    pack: str
    date: str
    since: str
    until: str | None
    hash: str
    data: list[Way]


def ways_of(law: Law) -> list[Way]:
    """Every procedure of a law, in the order of the pack, with its texts in the reader's language."""
    translate.use_law(law)
    return [_way(law, regime) for regime in law.regimes]


def _way(law: Law, regime: Regime) -> Way:
    return Way(
        id=regime.id,
        title=pack_text(regime.title),
        of=regime.of,
        buyer=list(regime.buyer),
        channel=list(regime.channel),
        transport=list(regime.transport),
        treatments=regime.treatments,
        mandatory=regime.mandatory,
        closes=list(regime.closes),
        conditions=[_condition(law, each) for each in regime.conditions],
        charges=[_charge(law, each) for each in regime.charges],
        reliefs=[_relief(law, each) for each in regime.thresholds],
        **_basis(law, regime.basis),
    )


def _condition(law: Law, each: Condition) -> WayCondition:
    return WayCondition(
        id=each.id,
        says=pack_text(each.says),
        test=each.test,
        unknown="assumed" if each.assume else "asked",
        goods=list(each.goods),
        **_basis(law, each.basis),
    )


def _charge(law: Law, each: Charge) -> WayCharge:
    return WayCharge(
        id=each.id,
        kind=each.kind,
        name=pack_text(each.name),
        base=[term.charge or VALUES[term.value] for term in each.base],
        rate_from=each.source,
        tax=each.tax or None,
        rate=law.rates[each.rate].text if each.rate >= 0 else None,
        factor=_decimal(each.factor_num, each.factor_den),
        buyer=list(each.buyer),
        channel=list(each.channel),
        transport=list(each.transport),
        place=list(each.place),
        origin=_codes(each.origin, but=False),
        origin_not=_codes(each.origin, but=True),
        collected_by=each.collected_by,
        charged_to=each.charged_to,
        recoverable=each.recoverable,
        **_basis(law, each.basis),
    )


def _relief(law: Law, each: Threshold) -> WayRelief:
    return WayRelief(
        id=each.id,
        says=pack_text(each.says),
        relieves=list(each.relieves),
        measured=list(each.charges) or [VALUES[each.value]],
        amount=_decimal(each.amount_num, each.amount_den),
        currency=each.currency,
        below=each.below,
        per=each.per,
        **_basis(law, each.basis),
    )


def _basis(law: Law, number: int) -> dict[str, Any]:
    basis = law.bases[number]
    cited = [(cite, law.sources[cite]) for cite in basis.cites]
    sources = [LawSource(cite, pack_text(source.title), pack_text(source.authority)) for cite, source in cited]
    return {
        "since": basis.since,
        "until": basis.until,
        "trust": TRUST[basis.trust],
        "row": basis.where,
        "sources": sources,
    }


def _codes(who: Who | None, *, but: bool) -> list[str]:
    return sorted(who.codes) if who is not None and who.but is but else []


def _decimal(num: int, den: int) -> str:
    return format((Decimal(num) / Decimal(den)).normalize(), "f")
