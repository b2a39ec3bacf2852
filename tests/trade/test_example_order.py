"""The example order of the page about the node: made by the commands of the node, and stored nowhere."""

from __future__ import annotations

import datetime as dt

from entrepot.trade_app import example_order


def test_an_order_is_delivered_and_its_invoice_verified() -> None:
    found = example_order.make(dt.date(2026, 3, 3))
    states = {event.kind: str(event.payload.get("status", "")) for event in found.events}  # the last state of each line
    assert states == {
        "order.placed": "",
        "order.payment_changed": "captured",
        "order.customs_changed": "released",
        "order.transport_changed": "delivered",
    }
    amounts = found.order.quote.amounts
    # Retail import: no duty, and 70 % of the VAT of 13 % on 68.00 + 12.00.
    assert (amounts.currency, amounts.duties, amounts.taxes, amounts.total) == ("CNY", 0, 728, 8728)
    assert [each.code for each in found.verdicts] == ["valid", "signature"]
    assert found.events[-1].time[:10] == "2026-03-03"
