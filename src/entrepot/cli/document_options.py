"""The options of the commands `documents`."""

from __future__ import annotations

from entrepot.cli.options import CONTEXT, RESULT, WITHOUT_PACKS
from entrepot.cli.parameters import Option
from entrepot.language.translate import N_

DOCUMENT = N_("The document")
#: The words of `trade.papers`; not imported from there, so that a quote starts fast.
KINDS = (
    "commercial_invoice", "packing_list", "chinese_label", "declaration_of_origin", "form_rcep_draft", "form_e_draft",
    "phytosanitary_request", "return_slip",
)  # fmt: skip
#: Who fills in what a document lacks, as `trade.papers.sheet` names them.
WHO = (
    N_("the exporter"), N_("the importer"), N_("the carrier"), N_("the producer"), N_("the issuing authority"),
    N_("the customs of the importing party"),
)  # fmt: skip
REASONS = ("wrong_data", "replaced", "order_cancelled", "other")
FORMS = ("json", "pdf", "xml", "jwt")

_ID = Option("document", (), N_("The id of a document, do_…"), metavar="ID", kind="required")

LIST = (
    Option("order", ("--order",), N_("Only documents of this order."), DOCUMENT, "ID"),
    Option("limit", ("--limit",), N_("How many documents; by default 50."), DOCUMENT, "NUMBER"),
    *WITHOUT_PACKS,
)
DEFAULT = (CONTEXT, *LIST)
ISSUE = (
    Option("order", (), N_("The id of an order, or_…"), metavar="ORDER", kind="required"),
    Option("kind", (), N_("The kind of document."), metavar="|".join(KINDS), kind="required", choices=KINDS),
    Option("set", ("--set",), N_("A detail: NAME=VALUE. Repeatable."), DOCUMENT, "NAME=VALUE", "many"),
    Option(
        "line",
        ("--line",),
        N_("A detail of a line: NUMBER.NAME=VALUE. Repeatable."),
        DOCUMENT,
        "1.criterion=WO",
        "many",
    ),
    Option("shipment", ("--shipment",), N_("Only this parcel of the order."), DOCUMENT, "ID"),
    Option("returned", ("--return",), N_("The return of a return slip."), DOCUMENT, "ID"),
    *WITHOUT_PACKS,
)
SHOW = (
    _ID,
    Option(
        "form",
        ("--form",),
        N_("json (by default), pdf, xml (UBL 2.1) or jwt."),
        DOCUMENT,
        "|".join(FORMS),
        choices=FORMS,
    ),
    Option("to", ("--out", "--to"), N_("A new file; by default standard output."), RESULT, "FILE"),
    *WITHOUT_PACKS,
)
WITHDRAW = (
    _ID,
    Option("reason", ("--reason",), N_("Why."), DOCUMENT, "|".join(REASONS), choices=REASONS),
    *WITHOUT_PACKS,
)
VERIFY = (
    Option(
        "file",
        (),
        N_("A .jwt file, or a PDF with one inside; - for standard input."),
        metavar="FILE|-",
        kind="required",
    ),
    Option(
        "keys",
        ("--keys",),
        N_("The key document of the issuer (did.json), where it is another node."),
        DOCUMENT,
        "FILE",
    ),
    *WITHOUT_PACKS,
)
KEYS = WITHOUT_PACKS
REVOKE = (
    Option("key", (), N_("The key, as `entrepot documents keys` lists it."), metavar="KEY", kind="required"),
    *WITHOUT_PACKS,
)
