"""gb: commodity documents of the UK Trade Tariff API become dated tariff rows.

A document holds all measures of one commodity on the day on which it was asked for. The service `uk` is the tariff of
Great Britain; the service `xi`, that of Northern Ireland, gives the duties of the European Union.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from entrepot.model.errors import LawError, ScheduleError
from entrepot.schedules.formats.gb import measures as m
from entrepot.schedules.formats.gb.document import Commodity, Groups, Measure, read_document, with_members
from entrepot.schedules.formats.gb.merge_measures import afterwards, ended, settled
from entrepot.schedules.parsed import Asked, Extra, Origin, Reading, Row, TaxRow, Unread
from entrepot.schedules.partners import beneficiaries, programmes

#: Service -> the pack whose duties it gives, and how far it is to be trusted there.
SERVICES = {"uk": ("gb", "official"), "xi": ("eu", "published")}
AUTHORITY = "HM Revenue and Customs; Department for Business and Trade"

#: The classes of VAT of the pack, by the percentage.
CLASSES = {Decimal(20): "standard", Decimal(5): "reduced", Decimal(0): "zero"}
#: Additional codes and types that say exempt, which is not the same as a rate of nil.
EXEMPT = ("VATE", "VTE")


def read(files: Sequence[Path], asked: Asked) -> Reading:
    """The rows of commodity documents. Raises ScheduleError where a file is none, or two do not say the same."""
    if asked.since is None:
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
        if SERVICES[other][0] != asked.pack:
            whose = (
                "Great Britain" if other == "uk" else "Northern Ireland, where the duties of the European Union hold"
            )
            message = f"This is the tariff of {whose}: add it to the pack {SERVICES[other][0]!r}, not {asked.pack!r}."
            raise ScheduleError(message, name)
    try:
        known = beneficiaries(pack, asked.since)
    except LawError as error:
        raise ScheduleError(str(error), documents[0][0]) from None
    lines: dict[str, tuple[str, _Line]] = {}
    for name, commodity in documents:
        line = _Line(name, commodity, pack, known)
        if line.goods not in lines:
            lines[line.goods] = name, line
        elif lines[line.goods][1].said() != line.said():
            message = f"This and {lines[line.goods][0]} are of {commodity.goods_nomenclature_item_id} and differ."
            raise ScheduleError(f"{message} Give one of them.", name)
    return _reading([line for _, line in lines.values()], asked, asked.since, service)


def _documents(files: Sequence[Path]) -> list[tuple[str, Commodity]]:
    """The commodities by the names of their files; a list of groups among the files says who is in a group."""
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


def _reading(lines: Sequence[_Line], asked: Asked, since: dt.date, service: str) -> Reading:
    left = [each for line in lines for each in line.left]
    known, not_whole = lines[0].known, set[str]().union(*(line.not_whole() for line in lines))
    trust = SERVICES[service][1]
    address = "https://www.trade-tariff.service.gov.uk" + ("/xi" if service == "xi" else "")
    return Reading(
        pack=asked.pack,
        id=asked.id or f"{since}",
        source=Origin(
            title="Trade Tariff API, commodity documents" + (" of Northern Ireland" if service == "xi" else ""),
            authority=AUTHORITY,
            dated=since,
            url=f"{address}/api/v2/commodities",
        ),
        trust=trust,
        since=since,
        until=asked.until,
        treatments=("mfn", "provisional", *(name for name in known if name not in not_whole)),
        rows=[row for line in lines for row in line.rows],
        names={line.goods: {"en": line.name} for line in lines if line.name},
        units={line.goods: line.unit for line in lines if line.unit},
        extras=[extra for line in lines for extra in line.extras],
        unread=[each for line in lines for each in line.unread],
        left=left,
        cells=sum(line.cells for line in lines),
        notes=(
            "Each document holds its own commodity only; the measures are those in force on the day it was asked for.",
            "Controls, documents and prohibitions are not read from these documents.",
            *ended((row for line in lines for row in line.rows), since),
            *_uncharged(lines, asked.pack, since),
            *([f"{len(left)} measures have no place in the pack {asked.pack} and are left out."] if left else []),
        ),
        codes=tuple(sorted(line.goods for line in lines)),
        classes=[row for line in lines for row in line.classes],
    )


def _uncharged(lines: Sequence[_Line], pack: str, since: dt.date) -> list[str]:
    """What to know where a document has additional duties for which the pack has no charge."""
    there = {(extra.programme, line.goods) for line in lines for extra in line.extras}
    missing = sorted({programme for programme, _ in there} - programmes(pack, since))
    goods = sorted({goods for programme, goods in there if programme in missing})
    says = (
        f"The pack {pack} has no charge for {', '.join(missing)}: quotes leave these duties out, of {' '.join(goods)}."
    )
    return [says] if missing else []


def prefix_of(code: str) -> str:
    """The shortest code that is this line and no other: a declarable line has none beside it under the same digits.

    >>> prefix_of("0809400500"), prefix_of("7202118000"), prefix_of("0702000007")
    ('08094005', '72021180', '0702000007')
    """
    while len(code) > 4 and code.endswith("00"):
        code = code[:-2]
    return code


class _Line:
    """One commodity: what its measures become."""

    def __init__(self, file: str, commodity: Commodity, pack: str, known: Mapping[str, frozenset[str]]) -> None:
        self.file, self.pack, self.known = file, pack, known
        self.goods = prefix_of(commodity.goods_nomenclature_item_id)
        self.name = (commodity.description_plain or commodity.description or "").strip()
        self.unit, self.cells = "", 0
        self.classes: list[TaxRow] = []
        self.unread: list[Unread] = []
        self.left: list[Unread] = []
        self._elsewhere: set[str] = set()
        rows: list[Row] = []
        apart: dict[str, list[tuple[int, Measure]]] = {"remedy": [], "vat": [], "excise": []}
        seen: set[str] = set()
        for number, measure in enumerate(commodity.import_measures, 1):
            where = m.sort_of(measure)
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
                self.left.append(self._cell(number, measure, why))
            else:
                apart[where].append((number, measure))
        rows, merged = settled(rows)
        self.unread += [Unread(file=file, row=0, goods=self.goods, column=c, text=t, why=w) for c, t, w in merged]
        self.rows = rows + afterwards(rows)
        self.extras = self._extras(apart["remedy"])
        if pack == "gb":  # the taxes of Northern Ireland are not those of the European Union
            self._vat(apart["vat"])
            self._excise(apart["excise"])

    def said(self) -> tuple[Any, ...]:
        """What decides a duty, to compare two documents of one commodity."""
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
            if m.unnamed(area):
                self._elsewhere |= frozenset[str]().union(*self.known.values())
            why = (
                f"The pack {self.pack} has no agreement or programme of {area.id} ({area.description or 'not named'})."
            )
            self.left.append(self._cell(number, measure, why))
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
        self.unread.append(self._cell(number, measure, f"Kept as text: {why}."))

    def _cell(self, number: int, measure: Measure, why: str) -> Unread:
        kind = measure.measure_type
        return Unread(
            file=self.file,
            row=number,
            goods=self.goods,
            column=f"{kind.id} {kind.description or ''}".strip(),
            text=m.words_of(measure),
            why=why,
        )

    def not_whole(self) -> set[str]:
        """Treatments that the document may have under an area that stands for no treatment of the pack."""
        named = {row.treatment for row in self.rows}
        return {name for name, members in self.known.items() if members & self._elsewhere and name not in named}

    def _extras(self, found: Sequence[tuple[int, Measure]]) -> list[Extra]:
        """One additional duty for each programme and origin; rates by producer or by document are its text."""
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
                rate = f"text:{m.words_of(measures[0])} for {area.description or area.id}"
                why = f"the members of the group {area.id} are not named: give the list of geographical areas, too"
            elif len(measures) > 1 or measures[0].additional_code:
                named = [(each.additional_code, m.words_of(each)) for each in measures]
                rate = "text:" + "; ".join(f"{code.code}: {words}" if code else words for code, words in named)
                why = "the rate turns on the additional code of the producer"
            if why:
                self._text(number, measures[0], why)
            ends = [measure.until for measure in measures]
            extras.append(
                Extra(
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
        """The class of VAT, where the document leaves no choice."""
        measures = [measure for _, measure in found]
        percents = {part.duty_amount for measure in measures for part in measure.measure_components}
        coded = {measure.additional_code.code for measure in measures if measure.additional_code}
        exempt = (coded | {measure.measure_type.id for measure in measures}) & set(EXEMPT)
        if len(measures) == 1 and not exempt and len(percents) == 1 and (percent := percents.pop()) in CLASSES:
            self.classes.append(self._class("vat", CLASSES[percent], measures[0], m.note_of(measures[0])))
            return
        for number, measure in found:
            why = "Not entered: the document gives a choice of rates of VAT, or one that the pack has not."
            self.unread.append(self._cell(number, measure, why))

    def _excise(self, found: Sequence[tuple[int, Measure]]) -> None:
        """That goods bear excise; at which rate, by kind of goods, the pack does not know."""
        measures = [measure for _, measure in found]
        if measures:
            says = "; ".join(f"{m.note_of(measure)}: {m.words_of(measure)}" for measure in measures)
            self.classes.append(self._class("excise", "standard", min(measures, key=_began), says))
        for number, measure in found:
            self._text(number, measure, "the rate of excise turns on the kind of goods")

    def _class(self, tax: str, name: str, measure: Measure, note: str) -> TaxRow:
        return TaxRow(goods=self.goods, tax=tax, name=name, since=measure.since, until=measure.until, note=note)


def _began(measure: Measure) -> dt.date:
    return measure.since
