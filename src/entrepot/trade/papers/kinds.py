"""The kinds of documents: what each is called, how it is numbered, who may issue it, and what it is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from entrepot.model.errors import TradeError, nearest

INVOICE = "commercial_invoice"
PACKING_LIST = "packing_list"
LABEL = "chinese_label"
DECLARATION = "declaration_of_origin"
FORM_RCEP = "form_rcep_draft"
FORM_E = "form_e_draft"
PHYTOSANITARY = "phytosanitary_request"
RETURN_SLIP = "return_slip"


class DocumentKind(NamedTuple):
    """A kind of document.

    `title`: as printed; `prefix`: of its numbers; `draft`: what stands on every page of a draft; `agreement`: the
    agreement whose origin it concerns; `days`: for how long its credential is valid; None: it has no credential, since
    nobody else verifies it.
    """

    title: str
    prefix: str
    draft: str = ""
    agreement: str = ""
    days: int | None = None


#: A proof of origin is valid for one year (RCEP). The credential of an invoice is valid for ten years, in which tax
#: authorities ask for it: a choice of this node, not a rule of law.
KINDS: Mapping[str, DocumentKind] = {
    INVOICE: DocumentKind("Commercial invoice", "CI", days=3650),
    PACKING_LIST: DocumentKind("Packing list", "PL"),
    LABEL: DocumentKind("Label in Chinese", "LB", draft="Text of a label, not yet approved by the importer"),
    DECLARATION: DocumentKind("Declaration of origin", "DO", agreement="rcep", days=365),
    FORM_RCEP: DocumentKind(
        "Certificate of origin, Form RCEP",
        "FR",
        draft="DRAFT. Not a certificate: only the issuing body of the exporting party issues it",
        agreement="rcep",
    ),
    FORM_E: DocumentKind(
        "Certificate of origin, Form E",
        "FE",
        draft="DRAFT. Not a certificate: only the issuing authority of the exporting party issues it",
        agreement="acfta",
    ),
    PHYTOSANITARY: DocumentKind(
        "Request for a phytosanitary certificate",
        "PR",
        draft="REQUEST. Not a certificate: only the plant protection organization issues it",
    ),
    RETURN_SLIP: DocumentKind("Return slip", "RS"),
}
#: What somebody declares or asks of an authority on the origin of goods.
OF_ORIGIN = frozenset({DECLARATION, FORM_RCEP, FORM_E})
#: What exists only for goods that are carried.
OF_GOODS = OF_ORIGIN | {PACKING_LIST, LABEL, PHYTOSANITARY, RETURN_SLIP}


def kind_of(name: str) -> DocumentKind:
    """A kind by its name. Raises TradeError."""
    found = KINDS.get(name)
    if found is None:
        raise TradeError(
            "document_kind",
            "{value!r} is not a kind of document. Use one of: {known}.",
            "kind",
            nearest(name, KINDS),
            value=name,
            known=", ".join(KINDS),
        )
    return found
