"""The documents of the three-document match, from the messages that carry them."""

from __future__ import annotations

from typing import Any

from entrepot.connect.customs.cn.messages import Inventory, Logistics, Order, Payment
from entrepot.trade.match import documents as neutral

#: The ISO 4217 code of the only currency of these messages.
_CURRENCIES = {"142": "CNY"}


def documents_of(
    order: Order | None, payment: Payment | None, waybill: Logistics | None, listed: Inventory | None
) -> neutral.Documents:
    """The documents to match, with the fields that the rules compare. A message that does not exist yet is None."""
    return neutral.Documents(
        order=_converted(neutral.Order, "order", order.head, order.lines, neutral.OrderLine) if order else None,
        payment=_converted(neutral.Payment, "payment", payment.head) if payment else None,
        waybill=_converted(neutral.Waybill, "waybill", waybill.head) if waybill else None,
        list=_converted(neutral.ImportList, "list", listed.head, listed.lines, neutral.ListLine) if listed else None,
    )


def _converted(kind: type[Any], name: str, head: Any, lines: tuple[Any, ...] = (), line_kind: Any = None) -> Any:
    values = _values(neutral.ELEMENTS[name], head)
    if line_kind is not None:
        values["lines"] = tuple(line_kind(**_values(neutral.ELEMENTS[f"{name}.lines"], each)) for each in lines)
    return kind(**values)


def _values(elements: dict[str, str], record: Any) -> dict[str, Any]:
    values = {name: getattr(record, element) for name, element in elements.items()}
    if "currency" in values:
        values["currency"] = _CURRENCIES.get(values["currency"], values["currency"])
    return values
