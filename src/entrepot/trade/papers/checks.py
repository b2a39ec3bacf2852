"""Consistency checks of a paper with the others of its order, before it is issued.

The rules are drawn from the layouts of the documents: they are no law, and say so (`trust`). A contradiction stops the
issue; a value that is missing is listed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.match.compare import FAILED, NOT_APPLICABLE, NOT_CHECKABLE, PASSED
from entrepot.trade.papers.kinds import FORM_E, FORM_RCEP, INVOICE, LABEL, OF_ORIGIN, PACKING_LIST, PHYTOSANITARY
from entrepot.trade.papers.paper import Paper
from entrepot.trade.papers.sheet import line_text

#: For how many days a proof of origin is valid (RCEP: one year).
PROOF_DAYS = 365
#: Days after the departure within which it stays open whether a form needs the tick: three working days are said to be
#: allowed without it, and which days an issuing body works is not known here. Long holidays are in the span.
UNDECIDED_DAYS = 14


class Value(NamedTuple):
    """What a document says: the document, the field, and its value, "" where it says nothing."""

    document: str
    field: str
    value: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a rule. `result`: passed, failed, not_checkable or not_applicable; `values`: what was compared."""

    rule: str
    says: str
    result: str
    values: tuple[Value, ...]
    source: str
    trust: str


class Case(NamedTuple):
    """A paper that is to be issued, the last of each kind that the order has, and the day of its declaration (ISO)."""

    paper: Paper
    others: Mapping[str, Paper]
    declared: str = ""

    @property
    def papers(self) -> tuple[Paper, ...]:
        """All papers: the new one replaces the one of its kind."""
        return tuple({**self.others, self.paper.kind: self.paper}.values())

    def of(self, *kinds: str) -> tuple[Paper, ...]:
        """The papers of these kinds."""
        return tuple(each for each in self.papers if each.kind in kinds)


class Rule(NamedTuple):
    """A rule. `says`: what must hold; `compare`: its result and the values; `source`: an id of `trade.sources`."""

    name: str
    says: str
    compare: Callable[[Case], tuple[str, list[Value]]]
    source: str = "own-reading"
    trust: str = "unchecked"


def check(case: Case) -> tuple[Finding, ...]:
    """All rules over a paper and the others of its order."""
    found = []
    for rule in RULES:
        result, values = rule.compare(case)
        found.append(
            Finding(
                rule=rule.name,
                says=rule.says,
                result=result,
                values=tuple(values),
                source=rule.source,
                trust=rule.trust,
            )
        )
    return tuple(found)


def refuse_contradictions(findings: Iterable[Finding]) -> None:
    """Raise TradeError for the first rule that failed."""
    for each in findings:
        if each.result == FAILED:
            values = "; ".join(f"{one.document} {one.field}: {one.value}" for one in each.values if one.value)
            raise TradeError(
                "documents_contradict",
                "The document was not issued, because documents of the order contradict each other ({rule}): "
                "{values}. Correct the details, or withdraw the other document.",
                "details",
                rule=each.rule,
                values=values[:600],
            )


def _equal(values: Sequence[Value], same: Callable[[str], object] = str) -> tuple[str, list[Value]]:
    """Whether all that is said is the same. With one value or none there is nothing to compare."""
    said = [each for each in values if each.value]
    if len(said) < 2:
        return (NOT_CHECKABLE if values else NOT_APPLICABLE), list(values)
    return (PASSED if len({same(each.value) for each in said}) == 1 else FAILED), list(values)


def _gross(case: Case) -> tuple[str, list[Value]]:
    paper = case.paper
    values = [
        Value("transport document", "gross_kg", text)
        for text in [_total(each.gross_kg for each in paper.parcels)]
        if text
    ]
    values += [Value(each.kind, "gross_kg", each.gross_kg) for each in _of_parcels(case)]
    return _equal(values, Decimal)


def _packages(case: Case) -> tuple[str, list[Value]]:
    paper = case.paper
    count = sum(each.packages for each in paper.parcels)
    values = [Value("transport document", "packages", str(count))] if count else []
    values += [Value(each.kind, "packages", str(each.packages or "")) for each in _of_parcels(case)]
    values += [
        Value("phytosanitary certificate", "packages", each.details["phytosanitary_packages"])
        for each in case.papers
        if "phytosanitary_packages" in each.details
    ]
    return _equal(values)


def _of_parcels(case: Case) -> tuple[Paper, ...]:
    """The papers that speak of the same parcels as the new one."""
    parcels = [each.shipment for each in case.paper.parcels]
    found = case.of(INVOICE, PACKING_LIST, PHYTOSANITARY, *OF_ORIGIN)
    return tuple(each for each in found if [one.shipment for one in each.parcels] == parcels)


def _quantity(case: Case) -> tuple[str, list[Value]]:
    """Of papers that are for the same parcel or for the whole order: an invoice of all parcels has more in it."""
    found = [each for each in case.of(INVOICE, PACKING_LIST) if each.shipment == case.paper.shipment]
    same = [each for each in found if {one.number for one in each.lines} == {one.number for one in found[0].lines}]
    values = [
        Value(each.kind, "quantity", ", ".join(f"{one.number}: {one.quantity}" for one in each.lines)) for each in same
    ]
    return _equal(values)


def _code(case: Case) -> tuple[str, list[Value]]:
    """The first six digits, line by line, on proofs of origin and as sold and declared."""
    if case.paper.kind not in OF_ORIGIN:
        return NOT_APPLICABLE, []
    values: list[Value] = []
    for line in case.paper.lines:
        sold = line.goods.hs_code.replace(".", "")[:6]
        values += [
            Value("declaration", f"lines[{line.number}].hs_code", sold),
            Value(case.paper.kind, f"lines[{line.number}].hs_code", line.hs_six),
        ]
    return _pairs(values)


def _origin(case: Case) -> tuple[str, list[Value]]:
    if case.paper.kind not in OF_ORIGIN:
        return NOT_APPLICABLE, []
    values: list[Value] = []
    for line in case.paper.lines:
        values += [
            Value("declaration", f"lines[{line.number}].origin", line.goods.country_of_origin),
            Value(case.paper.kind, f"lines[{line.number}].origin", line.origin),
        ]
    return _pairs(values)


def _pairs(values: list[Value]) -> tuple[str, list[Value]]:
    """Whether each value equals the one after it; a pair in which one is missing cannot be compared."""
    pairs = list(zip(values[::2], values[1::2], strict=True))
    if any(left.value and right.value and left.value != right.value for left, right in pairs):
        return FAILED, [each for pair in pairs if pair[0].value != pair[1].value for each in pair]
    return (PASSED if all(left.value and right.value for left, right in pairs) else NOT_CHECKABLE), values


def _invoice(case: Case) -> tuple[str, list[Value]]:
    """The invoice that papers name. An invoice of a third party is not one of this order."""
    invoices = [each for each in case.papers if each.kind == INVOICE]
    named = [each for each in case.papers if each.kind in OF_ORIGIN | {PACKING_LIST} and each.invoice]
    named = [each for each in named if not each.details.get("third_party_invoicing")]
    if not named:
        return NOT_APPLICABLE, []
    values = [Value(each.kind, "number and date", f"{each.number} {each.date}") for each in invoices]
    values += [
        Value(each.kind, "invoice", f"{each.invoice.number} {each.invoice.date}".strip())
        for each in named
        if each.invoice
    ]
    return _equal(values)


def _described(case: Case) -> tuple[str, list[Value]]:
    """A description that was written for a proof contains the name under which the goods are sold and declared."""
    if case.paper.kind not in OF_ORIGIN:
        return NOT_APPLICABLE, []
    values: list[Value] = []
    failed = False
    for line in case.paper.lines:
        names = [each.casefold() for each in line.goods.titles.values()]
        failed = failed or not any(name in line.description.casefold() for name in names)
        values += [
            Value("declaration", f"lines[{line.number}].name", " / ".join(line.goods.titles.values())),
            Value(case.paper.kind, f"lines[{line.number}].description", line.description),
        ]
    return (FAILED if failed else PASSED), values


def _valid(case: Case) -> tuple[str, list[Value]]:
    """A proof is at most one year old on the day of the declaration."""
    paper = case.paper
    if paper.kind not in OF_ORIGIN:
        return NOT_APPLICABLE, []
    values = [Value(paper.kind, "date", paper.date), Value("declaration", "date", case.declared)]
    if not case.declared:
        return NOT_CHECKABLE, values
    age = (dt.date.fromisoformat(case.declared) - dt.date.fromisoformat(paper.date)).days
    return (PASSED if age <= PROOF_DAYS else FAILED), values


def _retroactive(case: Case) -> tuple[str, list[Value]]:
    """A form that is issued long after the shipment has the tick, and one before it has not."""
    paper = case.paper
    if paper.kind not in (FORM_RCEP, FORM_E):
        return NOT_APPLICABLE, []
    tick = paper.details.get("retroactive", "no")
    values = [
        Value(paper.kind, "date", paper.date),
        Value("transport document", "departure", paper.departure),
        Value(paper.kind, "retroactive", tick),
    ]
    if not paper.departure:
        return NOT_CHECKABLE, values
    late = (dt.date.fromisoformat(paper.date) - dt.date.fromisoformat(paper.departure)).days
    if 0 < late <= UNDECIDED_DAYS:
        return NOT_CHECKABLE, values
    return (PASSED if (late > 0) == (tick == "yes") else FAILED), values


def _phytosanitary(case: Case) -> tuple[str, list[Value]]:
    """A certificate that was issued is dated before the departure, and names the importing country."""
    paper = case.paper
    issued = paper.details.get("phytosanitary_date", "")
    if not issued:
        return NOT_APPLICABLE, []
    importer = paper.details.get("phytosanitary_importer", "")
    values = [
        Value("phytosanitary certificate", "date", issued),
        Value("transport document", "departure", paper.departure),
        Value("phytosanitary certificate", "importing country", importer),
        Value("order", "importing country", paper.ship_to),
    ]
    if (paper.departure and issued > paper.departure) or (importer and importer != paper.ship_to):
        return FAILED, values
    return (PASSED if paper.departure and importer else NOT_CHECKABLE), values


def _registrations(case: Case) -> tuple[str, list[Value]]:
    """The numbers of a producer, orchard or packing house are the same on the packing list, the label and the offer."""
    values: list[Value] = []
    failed = False
    for name, scheme in (
        ("producer_registration", "cn_food"),
        ("orchard", "cn_orchard"),
        ("packing_house", "cn_packing_house"),
    ):
        for number in sorted({line.number for each in case.papers for line in each.lines}):
            said = [
                Value(each.kind, f"lines[{number}].{name}", line_text(line, name, scheme))
                for each in case.of(PACKING_LIST, LABEL, PHYTOSANITARY)
                for line in each.lines
                if line.number == number and line_text(line, name, scheme)
            ]
            said += [
                Value("offer", f"lines[{number}].{scheme}", line.goods.registrations[scheme])
                for line in case.paper.lines
                if line.number == number and scheme in line.goods.registrations
            ]
            if len({each.value for each in said}) > 1:
                failed = True
            values += said
    if not values:
        return NOT_APPLICABLE, []
    return (FAILED if failed else PASSED), values


def _third_party(case: Case) -> tuple[str, list[Value]]:
    """The exporter on a proof is the seller of the invoice, or the tick of third-party invoicing is set."""
    proofs = [each for each in case.papers if each.kind in OF_ORIGIN]
    invoices = case.of(INVOICE)
    if not proofs or not invoices:
        return NOT_APPLICABLE, []
    values = [Value(each.kind, "exporter", each.party("exporter").name) for each in (*invoices, *proofs)]
    ticked = [each for each in proofs if each.details.get("third_party_invoicing")]
    names = {each.party("exporter").name.casefold() for each in (*invoices, *proofs) if each not in ticked}
    if not all(each.value for each in values):
        return NOT_CHECKABLE, values
    return (PASSED if len(names) <= 1 else FAILED), values


def _total(values: Iterable[str]) -> str:
    found = list(values)
    return str(sum(map(Decimal, found), Decimal(0))) if found and all(found) else ""


RULES: tuple[Rule, ...] = (
    Rule("gross_mass", "The gross weight is the same on the transport document and on all papers.", _gross),
    Rule("packages", "The number of packages is the same on the transport document and on all papers.", _packages),
    Rule("quantity", "The packing list has the quantities of the invoice.", _quantity),
    Rule("code", "The first six digits of the code are the same on the proof of origin and in the declaration.", _code),
    Rule("origin", "The country of origin on the proof is that of the declared line.", _origin),
    Rule("invoice", "Papers name the number and the date of the invoice.", _invoice),
    Rule("description", "The description on the proof contains the declared name of the goods.", _described),
    Rule(
        "proof_age",
        "The proof of origin is at most one year old on the day of the declaration.",
        _valid,
        "rcep-chapter-3",
        "published",
    ),
    Rule(
        "retroactive",
        "A proof that is issued after the departure has the tick for it, and no other. In the first days after the "
        "departure this cannot be checked.",
        _retroactive,
    ),
    Rule(
        "phytosanitary", "The phytosanitary certificate is dated before departure, for this importer.", _phytosanitary
    ),
    Rule(
        "registrations", "Registration numbers are the same on cartons, packing list and declaration.", _registrations
    ),
    Rule(
        "third_party",
        "The exporter on the proof is the seller of the invoice, or the tick for it is set.",
        _third_party,
    ),
)
