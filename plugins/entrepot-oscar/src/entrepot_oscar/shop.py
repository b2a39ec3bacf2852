"""The models of the shop, as the shop has them: imported after all applications are loaded."""

from __future__ import annotations

from oscar.core.loading import get_model

Order, Line = get_model("order", "Order"), get_model("order", "Line")
ShippingEvent, ShippingEventType = get_model("order", "ShippingEvent"), get_model("order", "ShippingEventType")
PaymentEvent, PaymentEventType = get_model("order", "PaymentEvent"), get_model("order", "PaymentEventType")
ShippingEventQuantity = get_model("order", "ShippingEventQuantity")
PaymentEventQuantity = get_model("order", "PaymentEventQuantity")
OrderNote = get_model("order", "OrderNote")
