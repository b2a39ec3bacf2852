"""What EN 16931 asks of an invoice that a business in the European Union gets for goods from outside it.

The supply is not subject to the VAT of a member state: the importer pays VAT to customs. So the invoice has category O
("not subject to VAT") throughout and no VAT identifier, and names the seller and the buyer as its rules want them.
Whether a sale is taxed otherwise, as where the seller has an establishment in the Union, is not known here.
"""

from __future__ import annotations

from entrepot.trade.papers.paper import Paper

#: Member states by their codes (ISO 3166-1), since 2020-02-01.
MEMBERS = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
#: The specification that the invoice follows (BT-24).
CUSTOMIZATION = "urn:cen.eu:en16931:2017"
#: The category of VAT, the code of its reason, and the reason.
CATEGORY, REASON_CODE = "O", "VATEX-EU-O"
REASON = "Not subject to VAT: goods supplied outside the European Union, VAT is paid on importation"


def applies(paper: Paper) -> bool:
    """Whether an invoice is one for a business in the Union, of goods that come from outside it."""
    seller = paper.party("exporter")
    return (
        paper.business
        and paper.ship_to in MEMBERS
        and paper.ship_from not in MEMBERS
        and bool(seller.country)
        and seller.country not in MEMBERS
    )
