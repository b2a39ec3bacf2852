"""Read commodity documents of the UK Trade Tariff API into dated tariff rows.

A document holds all measures of one commodity on the day of its download. The service `uk` is the tariff of Great
Britain; the service `xi`, that of Northern Ireland, states the duties of the European Union.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from entrepot.model.errors import LawError, ScheduleError, in_quotes
from entrepot.schedules.formats.gb import measures as m
from entrepot.schedules.formats.gb.document import Commodity, Groups, Measure, read_document, with_members
from entrepot.schedules.formats.gb.merge_measures import ended_notes, merge_rows, unknown_after_end
from entrepot.schedules.parsed import (
    AdditionalDuty,
    ParsedSchedule,
    ReadOptions,
    Row,
    ScheduleSource,
    TaxRow,
    UnreadCell,
)
from entrepot.schedules.partners import beneficiaries, programmes

#: Service -> the pack whose duties it states, and the trust of its documents there.
SERVICES = {"uk": ("gb", "official"), "xi": ("eu", "published")}
AUTHORITY = "HM Revenue and Customs; Department for Business and Trade"

#: The VAT classes of the pack, by percentage.
CLASSES = {Decimal(20): "standard", Decimal(5): "reduced", Decimal(0): "zero"}
#: Additional codes and types that mean exempt, which is not the same as a rate of zero.
EXEMPT = ("VATE", "VTE")


def read(files: Sequence[Path], options: ReadOptions) -> ParsedSchedule:
    """Read commodity documents. Raises ScheduleError if a file is not one, or two documents contradict each other."""
    if options.since is None:
        raise ScheduleError(
            "A commodity document does not say of which day it is. Say on which day it was downloaded (since).",
            files[0].name if files else "",
        )
    if not files:
        raise ScheduleError("No file was given.", "")
    documents = _documents(files)
    services = {commodity.service: name for name, commodity in documents}
    service = next(iter(services))
    pack = SERVICES[service][0]
    for other, name in services.items():
        if SERVICES[other][0] != options.pack:
            whose = (
                "Great Britain" if other == "uk" else "Northern Ireland, where the duties of the European Union hold"
            )
            packs = f"{in_quotes(SERVICES[other][0])}, not {in_quotes(options.pack)}"
            message = f"This is the tariff of {whose}: add it to the pack {packs}."
            raise ScheduleError(message, name)
    try:
        known = beneficiaries(pack, options.since)
    except LawError as error:
        raise ScheduleError(str(error), documents[0][0]) from None
    lines: dict[str, tuple[str, CommodityLine]] = {}
    for name, commodity in documents:
        line = CommodityLine(name, commodity, pack, known)
        if line.goods not in lines:
            lines[line.goods] = name, line
        elif lines[line.goods][1].said() != line.said():
            message = f"This and {lines[line.goods][0]} are of {commodity.goods_nomenclature_item_id} and differ."
            raise ScheduleError(f"{message} Give one of them.", name)
    return schedule_of([line for _, line in lines.values()], options, options.since, service)


def _documents(files: Sequence[Path]) -> list[tuple[str, Commodity]]:
    """The commodities with their file names; a list of areas among the files provides the members of groups."""
    groups: Groups = {}
    commodities: list[tuple[str, Commodity]] = []
    for path in files:
        found = read_document(path)
        if isinstance(found, Commodity):
            commodities.append((path.name, found))
        else:
            groups |= found
    if not commodities:
        raise ScheduleError(
            "This is a list of groups of countries. Give the documents of commodities with it.", files[0].name
        )
    return [(name, with_members(commodity, groups)) for name, commodity in commodities]


def schedule_of(lines: Sequence[CommodityLine], options: ReadOptions, since: dt.date, service: str) -> ParsedSchedule:
    """The schedule of the lines of some documents, complete for these goods alone."""
    not_in_pack = [each for line in lines for each in line.not_in_pack]
    known, incomplete_treatments = lines[0].known, set[str]().union(*(line.incomplete_treatments() for line in lines))
    trust = SERVICES[service][1]
    address = "https://www.trade-tariff.service.gov.uk" + ("/xi" if service == "xi" else "")
    return ParsedSchedule(
        pack=options.pack,
        id=options.id or f"{since}",
        source=ScheduleSource(
            title="Trade Tariff API, commodity documents" + (" of Northern Ireland" if service == "xi" else ""),
            authority=AUTHORITY,
            dated=since,
            url=f"{address}/api/v2/commodities",
        ),
        trust=trust,
        since=since,
        until=options.until,
        treatments=("mfn", "provisional", *(name for name in known if name not in incomplete_treatments)),
        rows=[row for line in lines for row in line.rows],
        names={line.goods: {"en": line.name} for line in lines if line.name},
        units={line.goods: line.unit for line in lines if line.unit},
        extras=[extra for line in lines for extra in line.extras],
        unread=[each for line in lines for each in line.unread],
        not_in_pack=not_in_pack,
        cells=sum(line.cells for line in lines),
        notes=(
            "Each document holds its own commodity only; the measures are those in force on the day it was asked for.",
            "Controls, documents and prohibitions are not read from these documents.",
            *ended_notes((row for line in lines for row in line.rows), since),
            *uncharged_notes(lines, options.pack, since),
            *_not_in_pack_notes(len(not_in_pack), options.pack),
        ),
        codes=tuple(sorted(line.goods for line in lines)),
        classes=[row for line in lines for row in line.classes],
    )


def _not_in_pack_notes(count: int, pack: str) -> list[str]:
    return [f"{count} measures have no place in the pack {pack} and are left out."] if count else []


def uncharged_notes(lines: Sequence[CommodityLine], pack: str, since: dt.date) -> list[str]:
    """The note about additional duties of these lines for which the pack has no charge."""
    there = {(extra.programme, line.goods) for line in lines for extra in line.extras}
    missing = sorted({programme for programme, _ in there} - programmes(pack, since))
    goods = sorted({goods for programme, goods in there if programme in missing})
    says = (
        f"The pack {pack} has no charge for {', '.join(missing)}: quotes leave these duties out, of {' '.join(goods)}."
    )
    return [says] if missing else []


def prefix_of(code: str) -> str:
    """The shortest code for this line alone: no other line has the same digits before the final zeros.

    >>> prefix_of("0809400500"), prefix_of("7202118000"), prefix_of("0702000007"), prefix_of("0100000000")
    ('08094005', '72021180', '0702000007', '01')
    """
    while len(code) > 2 and code.endswith("00"):
        code = code[:-2]
    return code


class CommodityLine:
    """The rows of one commodity, from its measures."""

    def __init__(self, file: str, commodity: Commodity, pack: str, known: Mapping[str, frozenset[str]]) -> None:
        self.file, self.pack, self.known = file, pack, known
        self.goods = prefix_of(commodity.goods_nomenclature_item_id)
        self.name = (commodity.description_plain or commodity.description or "").strip()
        self.unit, self.cells = "", 0
        self.classes: list[TaxRow] = []
        self.unread: list[UnreadCell] = []
        self.not_in_pack: list[UnreadCell] = []
        self._elsewhere: set[str] = set()
        rows: list[Row] = []
        apart: dict[str, list[tuple[int, Measure]]] = {"remedy": [], "vat": [], "excise": []}
        seen: set[str] = set()
        for number, measure in enumerate(commodity.import_measures, 1):
            where = m.classify(measure)
            if str(measure.id) in seen or where == "control":
                continue
            seen.add(str(measure.id))
            if where == "unit":
                self.unit = self.unit or measure.printed
                continue
            self.cells += 1
            if where == "duty":
                rows += self._duty(number, measure)
            elif where == "charge":
                self.cells -= 1
                why = f"A pack has no place for the type {measure.measure_type.id}."
                self.not_in_pack.append(self._unread_cell(number, measure, why))
            else:
                apart[where].append((number, measure))
        rows, merged = merge_rows(rows)
        self.unread += [UnreadCell(file=file, row=0, goods=self.goods, column=c, text=t, why=w) for c, t, w in merged]
        self.rows = rows + unknown_after_end(rows)
        self.extras = self._extras(apart["remedy"])
        if pack == "gb":  # the documents of Northern Ireland do not have the taxes of the European Union
            self._vat(apart["vat"])
            self._excise(apart["excise"])

    def said(self) -> tuple[Any, ...]:
        """The facts that decide a duty, to compare two documents of one commodity."""
        rows = {(row.treatment, row.origin, row.rate, row.scope, row.since, row.until) for row in self.rows}
        return rows, {extra.rate for extra in self.extras}, {(row.tax, row.name) for row in self.classes}

    def _duty(self, number: int, measure: Measure) -> Iterable[Row]:
        rate, why = m.rate_of(measure)
        claim = m.claim_of(measure, self.pack, self.known)
        if claim is None:
            area = measure.geographical_area
            if m.DUTIES[measure.measure_type.id][0] != m.BY_AREA:
                self._text(number, measure, "whom it leaves out is not named: give the list of geographical areas, too")
                return
            self._elsewhere |= m.members(area)
            if m.has_unknown_members(area):
                self._elsewhere |= frozenset[str]().union(*self.known.values())
            why = (
                f"The pack {self.pack} has no agreement or programme of {area.id} ({area.description or 'not named'})."
            )
            self.not_in_pack.append(self._unread_cell(number, measure, why))
            self.cells -= 1
            return
        scope = m.scope_of(measure)
        if why and (measure.measure_components or measure.measure_conditions or not scope):
            self._text(number, measure, why)
        yield Row(
            goods=self.goods,
            treatment=claim.treatment,
            rate=rate,
            origin=claim.origin,
            scope=scope,
            since=measure.since,
            until=measure.until,
            note=m.note_of(measure),
        )

    def _text(self, number: int, measure: Measure, why: str) -> None:
        self.unread.append(self._unread_cell(number, measure, f"Kept as text: {why}."))

    def _unread_cell(self, number: int, measure: Measure, why: str) -> UnreadCell:
        kind = measure.measure_type
        return UnreadCell(
            file=self.file,
            row=number,
            goods=self.goods,
            column=f"{kind.id} {kind.description or ''}".strip(),
            text=m.duty_text(measure),
            why=why,
        )

    def incomplete_treatments(self) -> set[str]:
        """Treatments that the document may have under an area that matches no treatment of the pack."""
        named = {row.treatment for row in self.rows}
        return {name for name, members in self.known.items() if members & self._elsewhere and name not in named}

    def _extras(self, found: Sequence[tuple[int, Measure]]) -> list[AdditionalDuty]:
        """One additional duty for each programme and origin; rates by producer or document become text."""
        groups: dict[tuple[str, str | None], list[tuple[int, Measure]]] = {}
        for number, measure in found:
            key = m.REMEDIES[measure.measure_type.id], m.origin_of(measure)
            groups.setdefault(key, []).append((number, measure))
        extras = []
        for (programme, origin), pairs in groups.items():
            number, measures = pairs[0][0], [measure for _, measure in pairs]
            rate, why = m.rate_of(measures[0])
            if origin is None:
                area = measures[0].geographical_area
                rate = f"text:{m.duty_text(measures[0])} for {area.description or area.id}"
                why = f"the members of the group {area.id} are not named: give the list of geographical areas, too"
            elif len(measures) > 1 or measures[0].additional_code:
                named = [(each.additional_code, m.duty_text(each)) for each in measures]
                rate = "text:" + "; ".join(f"{code.code}: {words}" if code else words for code, words in named)
                why = "the rate turns on the additional code of the producer"
            if why:
                self._text(number, measures[0], why)
            ends = [measure.until for measure in measures]
            extras.append(
                AdditionalDuty(
                    programme=programme,
                    goods=self.goods,
                    rate=rate,
                    name=measures[0].measure_type.description or programme,
                    origin=origin or "",
                    since=min(measure.since for measure in measures),
                    until=None if None in ends else max(end for end in ends if end),
                )
            )
        return extras

    def _vat(self, found: Sequence[tuple[int, Measure]]) -> None:
        """Add the VAT class, if the document allows only one."""
        measures = [measure for _, measure in found]
        percents = {part.duty_amount for measure in measures for part in measure.measure_components}
        coded = {measure.additional_code.code for measure in measures if measure.additional_code}
        exempt = (coded | {measure.measure_type.id for measure in measures}) & set(EXEMPT)
        if len(measures) == 1 and not exempt and len(percents) == 1 and (percent := percents.pop()) in CLASSES:
            self.classes.append(self._class("vat", CLASSES[percent], measures[0], m.note_of(measures[0])))
            return
        for number, measure in found:
            why = "Not entered: the document gives a choice of rates of VAT, or one that the pack has not."
            self.unread.append(self._unread_cell(number, measure, why))

    def _excise(self, found: Sequence[tuple[int, Measure]]) -> None:
        """Record that the goods bear excise; the pack does not know the rate, which depends on the kind of goods."""
        measures = [measure for _, measure in found]
        if measures:
            says = "; ".join(f"{m.note_of(measure)}: {m.duty_text(measure)}" for measure in measures)
            self.classes.append(self._class("excise", "standard", min(measures, key=_first_day), says))
        for number, measure in found:
            self._text(number, measure, "the rate of excise turns on the kind of goods")

    def _class(self, tax: str, name: str, measure: Measure, note: str) -> TaxRow:
        return TaxRow(goods=self.goods, tax=tax, name=name, since=measure.since, until=measure.until, note=note)


def _first_day(measure: Measure) -> dt.date:
    return measure.since
