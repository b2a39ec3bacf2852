"""Compile the regimes of a day with their charges, reliefs and conditions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from entrepot.law import records as L
from entrepot.law.cells import read_money, read_rounding
from entrepot.law.check import in_force
from entrepot.law.condition_tests import kind_of
from entrepot.law.grammar import rate_source, read_rate
from entrepot.law.interning import Interner, economy_filter
from entrepot.law.read import Pack, Row
from entrepot.model.rule_kinds import CONDITION_TESTS, RATE_SOURCES

#: Fields that limit a charge to some sales or lines.
BEARING = ("buyer", "channel", "transport", "origin", "place", "registered", "unregistered", "unless")


class RegimeCompiler:
    """Compiles the entries of `pack.toml` for a day; `rows` are those of the tables in force."""

    def __init__(self, interner: Interner, pack: Pack, rows: dict[str, list[Row]], on: dt.date) -> None:
        self.interner, self.pack, self.rows, self.on = interner, pack, rows, on

    def _each(self, kind: str) -> list[tuple[str, Any]]:
        return [(where, entry) for where, entry in self.pack.entries_of(kind) if in_force(entry, self.on)]

    def _round(self, text: str | None) -> L.Round | None:
        if text is None:
            return None
        direction, unit = read_rounding(text)
        unit *= 10**self.interner.decimals
        return L.Round(direction, unit.numerator, unit.denominator)

    def valuation(self) -> L.Valuation | None:
        """How goods are valued on the day; None if the pack does not cover the day."""
        for where, entry in self._each("valuation"):
            return L.Valuation(
                cif=entry.basis == "cif",
                landing=self._rate(entry.landing),
                impute_insurance=self._rate(entry.impute_insurance),
                impute_freight=self._rate(entry.impute_freight),
                round=self._round(entry.round) or L.Round("half_up", 1, 1),
                basis=self.interner.basis(entry, where),
            )
        return None

    def _share(self, text: str | None) -> Fraction:
        rate = read_rate(text or "100 %")
        return Fraction(rate.num, rate.den)

    def _rate(self, text: str | None) -> int:
        return -1 if text is None else self.interner.rate(text)

    def regimes(self) -> tuple[L.Regime, ...]:
        """The regimes of the day in the order of the file."""
        return tuple(self._regime(where, entry) for where, entry in self._each("regime"))

    def _regime(self, where: str, entry: Any) -> L.Regime:
        order: dict[str, int] = {}
        for _, charge in self.pack.entries_of("charge"):
            order.setdefault(charge.id, len(order))
        charges = [pair for pair in self._each("charge") if entry.id in pair[1].regime]
        charges.sort(key=lambda pair: order[pair[1].id])
        ids = {charge.id: None for _, charge in charges}
        full = {term.split()[0] for _, charge in charges for term in charge.base if term.endswith(" before_factor")}
        share = self._share(entry.value_factor)
        thresholds = tuple(
            self._threshold(row, list(ids))
            for row in self.rows.get("thresholds", ())
            if "*" in row["regime"] or entry.id in row["regime"]
        )
        conditions = tuple(
            self._condition(place, condition)
            for place, condition in self._each("condition")
            if entry.id in condition.regime
        )
        stack = tuple(self._charge(place, charge, ids, full) for place, charge in charges)
        counted = any(CONDITION_TESTS[each.test].counts_pieces or each.per == "item" for each in conditions)
        return L.Regime(
            id=entry.id,
            title=entry.title,
            of=entry.of,
            buyer=tuple(entry.buyer),
            channel=tuple(entry.channel),
            transport=tuple(entry.transport),
            treatments=entry.treatments,
            value_basis=entry.value_basis or "",
            value_num=share.numerator,
            value_den=share.denominator,
            mandatory=entry.mandatory,
            closes=tuple(entry.closes),
            asks_transport=any(each.transport for each in stack) or any(each.transport for each in thresholds),
            counts_pieces=counted or any(each.per == "item" for each in thresholds),
            tested=frozenset(each.after for each in thresholds if each.after),
            charges=stack,
            thresholds=thresholds,
            conditions=conditions,
            basis=self.interner.basis(entry, where),
            by_line=all(each.per == "line" and each.round_total is None and not each.waived_below for each in stack)
            and not any(each.after for each in thresholds),
        )

    def _charge(self, where: str, entry: Any, ids: Mapping[str, None], full: set[str]) -> L.Charge:
        factor, within = self._share(entry.factor), self._share(entry.inclusive_share)
        source, name = rate_source(entry.rate)
        column = f"{RATE_SOURCES[source].column}:{name}"
        return L.Charge(
            id=entry.id,
            kind=entry.kind,
            name=entry.name,
            # A term that this regime does not charge counts as zero.
            base=tuple(
                self._term(term) for term in entry.base if term.split()[0] in L.VALUES or term.split()[0] in ids
            ),
            unstated=not entry.base,
            source=source,
            column=self.interner.by_name.get(column, -1),
            tax=name,
            rate=self.interner.rate(entry.rate) if source == "literal" else -1,
            inclusive=entry.inclusive,
            inclusive_num=within.numerator,
            inclusive_den=within.denominator,
            factor_num=factor.numerator,
            factor_den=factor.denominator,
            full=entry.id in full,
            round_base=self._round(entry.round_base),
            round_line=self._round(entry.round_line) or L.Round("half_up", 1, 1),
            round_total=self._round(entry.round_total),
            per=entry.per,
            waived_below=self.interner.minor(entry.waived_below) or 0,
            without_exchange=None if entry.without_exchange is None else read_rate(entry.without_exchange),
            unless=tuple(entry.unless),
            buyer=tuple(entry.buyer),
            channel=tuple(entry.channel),
            transport=tuple(entry.transport),
            origin=economy_filter(entry.origin),
            place=tuple(entry.place),
            registered=entry.registered,
            unregistered=entry.unregistered,
            always=not any(getattr(entry, name) for name in BEARING),
            plain=bool(entry.base)
            and not entry.inclusive
            and factor == 1
            and entry.id not in full
            and entry.round_line is None,
            complete=source != "additional" or self.pack.complete(f"additional.{name}"),
            collected_by=entry.collected_by,
            charged_to=entry.charged_to,
            recoverable=entry.recoverable,
            basis=self.interner.basis(entry, where),
        )

    def _term(self, text: str) -> L.Term:
        name, _, rule = text.partition(" ")
        value = L.VALUES.index(name) if name in L.VALUES else -1
        full = rule == "before_factor"
        return L.Term(value, "" if value >= 0 else name, self._round(None if full else rule or None), full)

    def _threshold(self, row: Row, ids: list[str]) -> L.Threshold:
        value = L.VALUES.index(row["tests"][0]) if row["tests"][0] in L.VALUES else -1
        amount = Fraction(row["amount"])
        low, high, known_currency = row["without_exchange"] or (Fraction(0), Fraction(0), "")
        return L.Threshold(
            id=row["id"],
            relieves=tuple(ids) if "*" in row["relieves"] else row["relieves"],
            value=value,
            charges=() if value >= 0 else row["tests"],
            after=next((name for name in reversed(ids) if value < 0 and name in row["tests"]), ""),
            per=row["per"] or "consignment",
            below=row["compare"] == "below",
            amount_num=amount.numerator,
            amount_den=amount.denominator,
            currency=row["currency"],
            known_low=low.as_integer_ratio(),
            known_high=high.as_integer_ratio(),
            known_currency=known_currency,
            buyer=row["buyer"] or "",
            channel=row["channel"] or (),
            transport=row["transport"] or (),
            registered=row["registered"] or "",
            unregistered=row["unregistered"] or "",
            origin=economy_filter(row["origin"]),
            ship_from=economy_filter(row["ship_from"]),
            goods=row["goods"] or (),
            excludes=row["excludes"] or (),
            says=row["says"] or "",
            basis=self.interner.basis(row, row.where),
        )

    def _condition(self, where: str, entry: Any) -> L.Condition:
        test = entry.test
        kind = kind_of(test)
        given, argument = test[kind], CONDITION_TESTS[kind].argument
        amount, currency = read_money(given) if argument == "money" else (0, "")
        limit = Fraction(amount)
        name = given if argument in ("scheme", "list") else ""
        return L.Condition(
            id=entry.id,
            says=entry.says,
            test=kind,
            value=L.VALUES.index(test["value"]) if "value" in test else -1,
            per=test.get("per", "consignment"),
            amount_num=limit.numerator,
            amount_den=limit.denominator,
            currency=currency,
            name=name,
            column=self.interner.by_name.get(f"list:{name}", -1) if argument == "list" else -1,
            goods_in=tuple(given) if argument == "goods" else (),
            economies=economy_filter(given if argument == "economies" else None),
            assume=entry.unknown == "assume",
            goods=tuple(entry.goods),
            origin=economy_filter(entry.origin),
            ship_from=economy_filter(entry.ship_from),
            basis=self.interner.basis(entry, where),
        )

    def permits(self) -> tuple[L.Permit, ...]:
        """Prohibitions, required documents and permits of the day."""
        return tuple(self._permit(row, row["kind"], row["authority"]) for row in self.rows.get("permits", ()))

    def limits(self) -> tuple[L.Permit, ...]:
        """What the pack says of itself that it lacks on the day, for some sales."""
        return tuple(self._permit(row, "limit", "") for row in self.rows.get("limits", ()))

    def _permit(self, row: Row, kind: str, authority: str) -> L.Permit:
        return L.Permit(
            id=row["id"],
            kind=kind,
            goods=row["goods"] or (),
            origin=economy_filter(row["origin"]),
            ship_from=economy_filter(row["ship_from"]),
            ship_to=economy_filter(row["ship_to"]),
            regime=row["regime"] or (),
            buyer=row["buyer"] or "",
            authority=authority,
            says=row["says"],
            basis=self.interner.basis(row, row.where),
        )
