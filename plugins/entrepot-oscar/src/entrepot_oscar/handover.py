"""An order of the shop becomes orders of the node: queued with the order, sent by the worker, once."""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from typing import Any

from django.db import transaction
from django.utils import timezone

from entrepot.client import ApiError, Client, InvalidRequest
from entrepot_oscar.configuration import configuration
from entrepot_oscar.landed import Landed, place_of
from entrepot_oscar.models import Handover, Job, NodeLine, NodeOrder
from entrepot_oscar.node import checkout_client
from entrepot_oscar.payment import means_of
from entrepot_oscar.shop import OrderNote

_log = logging.getLogger("entrepot_oscar")


def queue_handover(order: Any, landed: Landed, contact: dict[str, str]) -> Handover:
    """Queue an order for the node, as it was shown. Called in the transaction that places it in the shop."""
    lines = list(order.lines.order_by("pk"))
    request = {
        **_asked(landed, order.shipping_address, contact),
        "quotes": [{"id": each.id, "hash": each.hash} for each in landed.quotes],
    }
    if landed.total:
        request["total"] = landed.total
    handover = Handover.objects.create(
        order=order,
        key=uuid.uuid4().hex,
        request=request,
        pieces=[[offer, lines[at].pk, quantity] for offer, at, quantity in landed.pieces],
    )
    Job.objects.create(order=order, kind="place", key=f"place/{handover.key}", due=timezone.now())
    return handover


def leave_without_duties(order: Any, landed: Landed) -> None:
    """Note why an order is sold without its duties and taxes: it stays in the shop."""
    says = " ".join(["Sold without duties and taxes: the node does not carry this order out.", *landed.reasons])
    OrderNote.objects.create(order=order, note_type=OrderNote.SYSTEM, message=says)


def _asked(landed: Landed, address: Any, contact: dict[str, str]) -> dict[str, Any]:
    """The items, the place and the buyer, as the node takes them."""
    name = contact.get("name") or address.name
    lines = [address.line1, address.line2, address.line3, address.line4, address.state, address.postcode]
    person = {
        **contact,
        "name": name,
        "telephone": contact.get("telephone") or str(address.phone_number or ""),
        "address": ", ".join(each for each in lines if each)[:250],
    }
    if address.name and address.name != name:
        person["consignee"] = address.name
    items: dict[str, int] = defaultdict(int)
    for offer, _, quantity in landed.pieces:
        items[offer] += quantity
    return {
        "items": [{"offer": offer, "quantity": quantity} for offer, quantity in items.items()],
        "ship_to": place_of(address),
        "contact": {field: value for field, value in person.items() if value},
        "assertions": list(landed.assertions),
    }


def refused_contact(landed: Landed, address: Any, contact: dict[str, str]) -> ApiError | None:
    """What the node refuses of the buyer's data; None if it accepts them, or does not answer now."""
    with checkout_client() as client:
        try:
            client.trade.quote_checkout(_asked(landed, address, contact))
        except InvalidRequest as error:
            return error if (error.param or "").startswith("contact") else None
        except ApiError as error:
            _log.warning("the node did not check the buyer's data: %s", error.code)
    return None


def is_cancelled(order: Any) -> bool:
    """Whether the shop cancelled an order: nothing is placed or paid for it any more."""
    return bool(order.status == configuration().statuses["cancelled"])


def place(client: Client, job: Job) -> None:
    """Place the orders at the node. The same key places them once. Raises ApiError."""
    handover = Handover.objects.get(order=job.order)
    placed = client.trade.place_orders(handover.request, idempotency_key=f"oscar/{handover.key}")
    with transaction.atomic():
        left = _pieces(handover)
        for each in placed["orders"]:
            made, created = NodeOrder.objects.get_or_create(number=each["id"], defaults={"handover": handover})
            if created:
                for line in each["lines"]:
                    _match(made, line, left[line["offer"]])
            Job.objects.get_or_create(
                key=f"pay/{each['id']}",
                defaults={"order": job.order, "kind": "pay", "due": timezone.now(), "body": _to_pay(each)},
            )
        Handover.objects.filter(pk=handover.pk).update(state=Handover.PLACED)


def _to_pay(order: dict[str, Any]) -> dict[str, str]:
    return {"number": order["id"], "currency": order["currency"]}


def _pieces(handover: Handover) -> dict[str, list[list[int]]]:
    """The pieces of the shop by offer: [line of the shop, pieces that no line of the node has yet]."""
    found: dict[str, list[list[int]]] = defaultdict(list)
    for offer, line, quantity in handover.pieces:
        found[offer].append([line, quantity])
    return found


def _match(made: NodeOrder, line: dict[str, Any], left: list[list[int]]) -> None:
    """Give the pieces of a line of the node to lines of the shop."""
    wanted = line["quantity"]
    for each in left:
        taken = min(wanted, each[1])
        if taken:
            NodeLine.objects.create(node_order=made, number=line["number"], line_id=each[0], quantity=taken)
            each[1] -= taken
            wanted -= taken


def pay(client: Client, job: Job) -> None:
    """Pay an order of the node by the means of the shop. Raises ApiError."""
    handover = Handover.objects.get(order=job.order)
    means = means_of(job.order, job.body["currency"], handover.request.get("contact", {}))
    client.trade.pay_order(job.body["number"], means, idempotency_key=f"oscar/{handover.key}/pay/{job.body['number']}")
    NodeOrder.objects.filter(number=job.body["number"]).update(stale=True)


def forget_contact(order: Any) -> None:
    """Forget the buyer's personal data once the node has them, or once nothing is sent any more."""
    waiting = Job.objects.filter(order=order, kind__in=("place", "pay"), state=Job.WAITING)
    handover = Handover.objects.filter(order=order).first()
    if handover is None or waiting.exists():
        return
    handover.request.pop("contact", None)
    refused = Job.objects.filter(order=order, kind__in=("place", "pay"), state=Job.REFUSED).exists()
    handover.state = Handover.REFUSED if refused else Handover.PAID
    handover.save(update_fields=["request", "state"])
