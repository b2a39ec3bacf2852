"""The operations of trade, for both clients: offers, orders, payments, shipments, deliveries, returns, webhooks.

Bodies and answers are those of the HTTP API, as dictionaries. A request that creates something has an Idempotency-Key,
so that it may be sent again: yours, or one that is generated for the call.
"""

from __future__ import annotations

from collections.abc import Sequence

from entrepot.client.requests import ApiRequest, read_object
from entrepot.client.service_calls import Body, R, ServiceCalls, path_of


class TradeCalls(ServiceCalls[R]):
    """The operations of trade, as `Client.trade` and `AsyncClient.trade`. They need a key with the scope `trade`.

    Each method returns the object that the API answers, as a dictionary; of an AsyncClient, a coroutine that does.
    Raises ApiError.
    """

    # Offers

    def create_offer(self, offer: Body, *, idempotency_key: str | None = None) -> R:
        """Create an offer of the organization of the key."""
        return self._create("/v1/offers", offer, idempotency_key)

    def list_offers(
        self, *, limit: int | None = None, starting_after: str | None = None, status: str | None = None
    ) -> R:
        """A page of the offers of the organization, the newest first: `data`, and `has_more`."""
        return self._get("/v1/offers", limit=limit, starting_after=starting_after, status=status)

    def offer(self, number: str) -> R:
        """An offer, with the pieces that can still be ordered."""
        return self._get(path_of("offers", number))

    def update_offer(self, number: str, changes: Body) -> R:
        """Change fields of an offer, its `stock` or its `status`."""
        return self._post(path_of("offers", number), changes)

    # Orders

    def quote_checkout(self, checkout: Body) -> R:
        """What would be ordered, divided into orders, each with its quote and what the buyer pays."""
        return self._post("/v1/checkouts", checkout)

    def place_orders(self, checkout: Body, *, idempotency_key: str | None = None) -> R:
        """Place the orders of a checkout, all or none."""
        return self._create("/v1/orders", checkout, idempotency_key)

    def list_orders(
        self, *, limit: int | None = None, starting_after: str | None = None, status: str | None = None
    ) -> R:
        """A page of the orders of the organization, the newest first."""
        return self._get("/v1/orders", limit=limit, starting_after=starting_after, status=status)

    def order(self, number: str) -> R:
        """An order, with the statuses of its objects."""
        return self._get(path_of("orders", number))

    def match(self, number: str) -> R:
        """The match of order, payment, waybill and list, rule by rule."""
        return self._get(path_of("orders", number, "match"))

    def general_declaration(self, number: str) -> R:
        """The data of the general declaration of an order, for a broker."""
        return self._get(path_of("orders", number, "general_declaration"))

    def pay_order(self, number: str, means: Body, *, idempotency_key: str | None = None) -> R:
        """Begin to pay an order, as its buyer."""
        return self._create(path_of("orders", number, "pay"), means, idempotency_key)

    def quote_order(self, number: str) -> R:
        """Make a new quote for an order that is not paid."""
        return self._post(path_of("orders", number, "quote"))

    def accept_quote(self, number: str, quote: str, hash: str, assertions: Sequence[str] = ()) -> R:  # noqa: A002  # the word of the API
        """Accept a new quote for an order, as it was shown."""
        return self._post(
            path_of("orders", number, "accept"), {"quote": quote, "hash": hash, "assertions": list(assertions)}
        )

    def cancel_order(
        self, number: str, reason: str = "other", *, delivery: str | None = None, refund_percent: int | None = None
    ) -> R:
        """Cancel an order: customs is asked once its list was declared. With `delivery`, one service of another node.

        `refund_percent`: of the price of the service, what is to be paid back at least.
        """
        body = {"reason": reason, "delivery": delivery, "refund_percent": refund_percent}
        return self._post(path_of("orders", number, "cancel"), {k: v for k, v in body.items() if v is not None})

    def correct_order(self, number: str, correction: Body) -> R:
        """Correct an order before its declaration: `contact` as its buyer, `lines` as its seller."""
        return self._post(path_of("orders", number, "correct"), correction)

    def declare_order(self, number: str) -> R:
        """Declare an order again, as the seller."""
        return self._post(path_of("orders", number, "declare"))

    # The objects of an order

    def payment(self, number: str) -> R:
        """A payment, with its refunds and disputes."""
        return self._get(path_of("payments", number))

    def declaration(self, number: str) -> R:
        """A declaration, with the answers of customs and the tax bills."""
        return self._get(path_of("declarations", number))

    def shipment(self, number: str) -> R:
        """A shipment."""
        return self._get(path_of("shipments", number))

    def refund_order(self, number: str, refund: Body, *, idempotency_key: str | None = None) -> R:
        """Pay a part of the price of the goods back, as the seller: `amount`, and `reason` as a code."""
        return self._create(path_of("orders", number, "refund"), refund, idempotency_key)

    def list_payouts(
        self, *, limit: int | None = None, starting_after: str | None = None, status: str | None = None
    ) -> R:
        """A page of the payouts of the organization, the newest first."""
        return self._get("/v1/payouts", limit=limit, starting_after=starting_after, status=status)

    def payout(self, number: str) -> R:
        """A payout."""
        return self._get(path_of("payouts", number))

    def list_statements(self, *, month: str | None = None) -> R:
        """The statements of a month (`2026-03`), one for each currency; without one, of the month before."""
        return self._get("/v1/statements", month=month)

    def statement(self, month: str, currency: str, *, limit: int | None = None, starting_after: int | None = None) -> R:
        """A statement with a page of its lines, those after a number."""
        return self._get(path_of("statements", month, currency), limit=limit, starting_after=starting_after)

    def create_shipment(self, shipment: Body) -> R:
        """Create a shipment with a carrier of the seller. The same waybill for the same order is one shipment."""
        return self._post("/v1/shipments", shipment)

    def name_crossing(self, number: str, crossing: Body) -> R:
        """Name the border crossing of a shipment: `vehicle`, `voyage` and `transport_document`."""
        return self._post(path_of("shipments", number, "crossing"), crossing)

    def report_shipment(self, number: str, status: str, time: str = "", proof: str = "") -> R:
        """Report the state of a shipment with a carrier of the seller."""
        return self._post(path_of("shipments", number, "report"), {"status": status, "time": time, "proof": proof})

    # Documents

    def create_document(self, document: Body, *, idempotency_key: str | None = None) -> R:
        """Issue a document of an order."""
        return self._create("/v1/documents", document, idempotency_key)

    def list_documents(
        self, *, limit: int | None = None, starting_after: str | None = None, status: str | None = None
    ) -> R:
        """A page of the documents of the organization's orders, the newest first."""
        return self._get("/v1/documents", limit=limit, starting_after=starting_after, status=status)

    def document(self, number: str) -> R:
        """A document."""
        return self._get(path_of("documents", number))

    def withdraw_document(self, number: str, reason: Body) -> R:
        """Withdraw a document."""
        return self._post(path_of("documents", number, "withdraw"), reason)

    # Returns

    def apply_for_return(self, application: Body, *, idempotency_key: str | None = None) -> R:
        """Apply for the return of pieces of an order, as its buyer."""
        return self._create("/v1/returns", application, idempotency_key)

    def list_returns(
        self, *, limit: int | None = None, starting_after: str | None = None, status: str | None = None
    ) -> R:
        """A page of the returns of the organization's orders, the newest first."""
        return self._get("/v1/returns", limit=limit, starting_after=starting_after, status=status)

    # `return` is a word of Python.
    def return_(self, number: str) -> R:
        """A return."""
        return self._get(path_of("returns", number))

    def receive_return(self, number: str, *, restocked: bool = True) -> R:
        """Record that the goods of a return are back, as the seller."""
        return self._post(path_of("returns", number, "receive"), {"restocked": restocked})

    def refuse_return(self, number: str, reason: str) -> R:
        """Refuse a return, as the seller."""
        return self._post(path_of("returns", number, "refuse"), {"reason": reason})

    def withdraw_return(self, number: str) -> R:
        """Withdraw a return that customs was not asked about, as the buyer."""
        return self._post(path_of("returns", number, "withdraw"))

    # For the operator of the node: answers of customs that name no declaration

    def list_unmatched_answers(
        self, *, limit: int | None = None, starting_after: str | None = None, status: str | None = None
    ) -> R:
        """A page of the answers, the newest first."""
        return self._get("/v1/unmatched_answers", limit=limit, starting_after=starting_after, status=status)

    def unmatched_answer(self, number: str) -> R:
        """An answer."""
        return self._get(path_of("unmatched_answers", number))

    def retry_unmatched_answer(self, number: str) -> R:
        """Look again for the declaration of an answer."""
        return self._post(path_of("unmatched_answers", number, "retry"))

    def close_unmatched_answer(self, number: str, reason: str = "other") -> R:
        """Close an answer: nothing follows from it."""
        return self._post(path_of("unmatched_answers", number, "close"), {"reason": reason})

    # For the operator of the node: programmes of cooperation with other economies

    def create_programme(self, programme: Body, *, idempotency_key: str | None = None) -> R:
        """Create a programme. It is refused where no agreement in force lets the partners run one."""
        return self._create("/v1/programmes", programme, idempotency_key)

    def list_programmes(self, *, limit: int | None = None, starting_after: str | None = None) -> R:
        """A page of the programmes, the newest first."""
        return self._get("/v1/programmes", limit=limit, starting_after=starting_after)

    def programme(self, number: str) -> R:
        """A programme, with its indicators measured from the ledger."""
        return self._get(path_of("programmes", number))

    def update_programme(self, number: str, changes: Body) -> R:
        """Change, start, end or cancel a programme, or mark a work item as done."""
        return self._post(path_of("programmes", number), changes)

    # Statistics of digital trade

    def statistics_table(
        self,
        period: str,
        *,
        partner: str | None = None,
        sector: str | None = None,
        product: str | None = None,
        currency: str | None = None,
        valuation: str | None = None,
    ) -> R:
        """The table of digital trade of the node after disclosure control, for its operator."""
        return self._get(
            "/v1/statistics/table",
            period=period,
            partner=partner,
            sector=sector,
            product=product,
            currency=currency,
            valuation=valuation,
        )

    def statistics_mirror(self, peer: str, period: str, *, currency: str | None = None) -> R:
        """What the node and another one have published, compared, for its operator."""
        return self._get("/v1/statistics/mirror", peer=peer, period=period, currency=currency)

    def ranking(
        self,
        year: int | None = None,
        *,
        flow: str | None = None,
        first: int | None = None,
        source: str | None = None,
    ) -> R:
        """Economies by published statistics that the operator added."""
        return self._get("/v1/statistics/ranking", year=year, flow=flow, first=first, source=source)

    # Events and webhooks

    def list_events(
        self,
        *,
        limit: int | None = None,
        starting_after: str | None = None,
        type: str | None = None,  # noqa: A002  # the word of the API
        subject: str | None = None,
    ) -> R:
        """A page of the events of the organization's objects, the newest first."""
        return self._get("/v1/events", limit=limit, starting_after=starting_after, type=type, subject=subject)

    def event(self, number: str) -> R:
        """An event."""
        return self._get(path_of("events", number))

    def create_webhook_endpoint(
        self, url: str, kinds: Sequence[str] = ("*",), *, description: str = "", idempotency_key: str | None = None
    ) -> R:
        """Create a webhook endpoint. The answer has its `secret`, which is not shown again."""
        body = {"url": url, "kinds": list(kinds), "description": description}
        return self._create("/v1/webhook_endpoints", body, idempotency_key)

    def list_webhook_endpoints(self) -> R:
        """All webhook endpoints of the organization."""
        return self._get("/v1/webhook_endpoints")

    def webhook_endpoint(self, number: str) -> R:
        """A webhook endpoint."""
        return self._get(path_of("webhook_endpoints", number))

    def update_webhook_endpoint(self, number: str, changes: Body) -> R:
        """Change, disable or enable a webhook endpoint."""
        return self._post(path_of("webhook_endpoints", number), changes)

    def delete_webhook_endpoint(self, number: str) -> R:
        """Delete a webhook endpoint and its log."""
        return self._send(ApiRequest("DELETE", path_of("webhook_endpoints", number), read_object))

    def replace_webhook_secret(self, number: str) -> R:
        """Replace the secret of a webhook endpoint. Where no answer comes, a secret that nobody saw may be in use."""
        return self._post(path_of("webhook_endpoints", number, "secret"))

    def list_webhook_deliveries(
        self, number: str, *, limit: int | None = None, starting_after: str | None = None, event: str | None = None
    ) -> R:
        """A page of what was sent to a webhook endpoint, the newest first."""
        path = path_of("webhook_endpoints", number, "deliveries")
        return self._get(path, limit=limit, starting_after=starting_after, event=event)

    def resend_webhook(self, number: str, event: str) -> R:
        """Send an event to a webhook endpoint again."""
        return self._post(path_of("webhook_endpoints", number, "resend"), {"event": event})

    # The ledger

    def checkpoint(self) -> R:
        """The signed checkpoint of the ledger, and the public key."""
        return self._get("/v1/ledger/checkpoint")

    def prove_event(self, event: str) -> R:
        """An event with the proof that it is in the ledger."""
        return self._get("/v1/ledger/proofs/inclusion", event=event)

    def prove_consistency(self, first: int, second: int) -> R:
        """The proof that the ledger of `first` events is the beginning of that of `second`."""
        return self._get("/v1/ledger/proofs/consistency", first=first, second=second)
