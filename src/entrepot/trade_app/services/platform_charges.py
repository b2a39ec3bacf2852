"""What the platform charges a seller, as a service of its own, from its own economy to the seller's, with its tax.

It is calculated from the fees of a statement and posts nothing.
"""

from __future__ import annotations

import datetime as dt
import os
from typing import NamedTuple

from entrepot import app
from entrepot.language.translate import _, error_text
from entrepot.model.errors import EntrepotError
from entrepot.model.money import in_major
from entrepot.payment_settings import read_payments
from entrepot.trade.payments.statements import Statement, bounds

#: The category of services (`packs/world/services.csv`).
SERVICE = "platform_intermediation"


class PlatformTax(NamedTuple):
    """A tax on the fee: its amount in major units, and who collects it (`buyer`: the seller declares it itself)."""

    name: str
    amount: str
    currency: str
    collected_by: str


class PlatformCharge(NamedTuple):
    """The fee of a month before taxes, in major units; the residences; the taxes, or why they are open."""

    net: str
    platform: str
    seller: str
    law_date: str
    taxes: tuple[PlatformTax, ...]
    why: str


def charge_of(made: Statement, seller: str, decimals: int) -> PlatformCharge | None:
    """What the platform charged in the month of a statement; None without a fee or where no economy is set."""
    platform = read_payments(os.environ).economy
    fee = -sum(made.totals.get(kind, 0) for kind in ("fee", "fee_returned"))
    if not platform or not seller or fee <= 0:
        return None
    net = in_major(fee, decimals)
    nothing = PlatformCharge(net, platform, seller, "", (), "")
    if platform == seller:
        return nothing._replace(why=_("Both are in one economy: the law of domestic sales is not known here."))
    day = dt.date.fromisoformat(bounds(made.month)[1][:10]) - dt.timedelta(days=1)
    sale = {
        "ship_from": {"country": platform},
        "ship_to": {"country": seller},
        "buyer": {"kind": "business"},
        "date": day.isoformat(),
        "currency": made.currency,
        "lines": [{"service": SERVICE, "amount": net, "quantity": "1"}],
    }
    try:
        document = app.quote(app.normal_sale(sale)).document()
    except EntrepotError as error:
        return nothing._replace(why=error_text(error))
    option = next((each for each in document.options if each.id == (document.best or document.best_conditional)), None)
    if option is None:
        return nothing._replace(why=_("The tax is open: the law of the seller's economy does not say it."))
    taxes = tuple(
        PlatformTax(each.name, each.amount, document.currency, each.collected_by)
        for each in option.charges
        if each.amount is not None and each.charged_to == "buyer"
    )
    unknown = any(each.amount is None for each in option.charges)
    why = _("The tax is open: the law of the seller's economy does not say it.") if unknown else ""
    return nothing._replace(law_date=document.law.date, taxes=taxes, why=why)
