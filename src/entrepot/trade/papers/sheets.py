"""The sheet of each kind of paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from entrepot.trade.papers import kinds
from entrepot.trade.papers.label_sheet import label_sheet
from entrepot.trade.papers.origin_sheets import declaration_sheet, form_e_sheet, phytosanitary_sheet, rcep_sheet
from entrepot.trade.papers.paper import Paper
from entrepot.trade.papers.sheet import OF_AUTHORITIES, Gap, Names, Sheet
from entrepot.trade.papers.trade_sheets import invoice_sheet, packing_sheet, return_sheet

SHEETS: Mapping[str, Callable[[Paper, Names], Sheet]] = {
    kinds.INVOICE: invoice_sheet,
    kinds.PACKING_LIST: packing_sheet,
    kinds.LABEL: label_sheet,
    kinds.DECLARATION: declaration_sheet,
    kinds.FORM_RCEP: rcep_sheet,
    kinds.FORM_E: form_e_sheet,
    kinds.PHYTOSANITARY: phytosanitary_sheet,
    kinds.RETURN_SLIP: return_sheet,
}
#: Boxes without which a document still says who sold what for how much, or what originates where: its credential is
#: issued without them. The others are the statement itself.
NOT_OF_A_CREDENTIAL = frozenset(
    {"transport", "waybill", "incoterm", "packages", "gross_kg", "net_kg", "signatory", "exporter_code", "invoice"}
)


def sheet_of(paper: Paper, names: Names) -> Sheet:
    """The sheet of a paper. `names`: of countries."""
    return SHEETS[paper.kind](paper, names)


def codes(code: str, _language: str) -> str:
    """Countries by their codes, where no names are needed."""
    return code


def missing_of_credential(paper: Paper) -> tuple[Gap, ...]:
    """What a paper lacks for a credential: nobody can write into what is signed."""
    found = sheet_of(paper, codes).gaps
    return tuple(each for each in found if each.key not in NOT_OF_A_CREDENTIAL and each.by not in OF_AUTHORITIES)
