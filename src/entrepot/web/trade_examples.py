"""Examples of the operations of trade, with ids that stand for those of a caller's own objects."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from entrepot.trade.service_rules import CONSENT_TEXT

#: What stands for an object of the caller, by the prefix of its id.
IDS: Mapping[str, str] = MappingProxyType(
    {prefix: f"{prefix}019ca6b150007001{at:016x}" for at, prefix in enumerate(
        ("of_", "or_", "py_", "sh_", "de_", "re_", "ev_", "we_", "ur_", "do_", "dl_", "po_", "as_", "bk_", "pg_"),
        0x8000000000000001,
    )}
)  # fmt: skip
#: The quote of the order, and its hash.
#: A time that is booked.
TIME = "2027-03-01T09:00"
QUOTE, HASH = "qt_0000000000000000000000tr", "0" * 64

_OFFER: dict[str, Any] = {
    "titles": {"en": "Roasted coffee", "zh": "烘焙咖啡", "vi": "Cà phê rang"},
    "hs_code": "0901.21",
    "country_of_origin": "VN",
    "ship_from": "VN",
    "currency": "CNY",
    "price": "68.00",
    "shipping": "12.00",
    "measures": {"net_mass_kg": "0.5"},
    "stock": 100,
}
_ORDER: dict[str, Any] = {
    "items": [{"offer": IDS["of_"], "quantity": 1}],
    "ship_to": {"country": "CN"},
    "contact": {
        "name": "张伟",
        "telephone": "13800000000",
        "address": "北京市朝阳区建国路1号",
        "identity_type": "1",
        "identity_number": "11010519491231002X",
    },
    "total": "87.28",
}
_DOCUMENT: dict[str, Any] = {
    "order": IDS["or_"],
    "kind": "packing_list",
    "details": {"exporter_address": "12 Lê Duẩn, Buôn Ma Thuột", "signatory": "Nguyễn Thị Lan", "gross_kg": "3.30"},
    "lines": [{"line": 1, "details": {"batch": "L2026-03", "best_before": "2027-03-01"}}],
}
_ASSET: dict[str, Any] = {
    "titles": {"en": "Cold-store bay", "th": "ห้องเย็น"},
    "kind": "bay",
    "zone": "Asia/Bangkok",
    "units": 2,
    "weekly": [{"since": "08:00", "until": "18:00", "days": [1, 2, 3, 4, 5]}],
    "limits": {"shortest": 60, "longest": 600, "step": 60},
}
_PROGRAMME: dict[str, Any] = {
    "field": "industry_promotion",
    "title": "Pavilion of Vietnamese coffee",
    "economies": ["CN", "VN"],
    "starts": "2026-03-01",
    "ends": "2026-12-31",
    "places": ["Shanghai"],
    "goals": [{"indicator": "orders", "target": 1000}, {"indicator": "release_hours", "target": 24}],
    "items": [{"says": "Opening of the pavilion", "due": "2026-03-10"}],
    "pavilions": ["viet-nam"],
}
_PAYER = {name: each for name, each in _ORDER["contact"].items() if name != "address"}
_OF = {prefix: {"number": number} for prefix, number in IDS.items()}
#: By the operation: the title, the values of its parameters, and its body.
TRADE_EXAMPLES: Mapping[str, tuple[str, Mapping[str, str], Mapping[str, Any] | None]] = MappingProxyType(
    {
        "searchMarket": ("Coffee to a consumer in China", {"q": "coffee", "to": "CN", "limit": "2"}, None),
        "listPavilions": ("All", {}, None),
        "createOffer": ("Roasted coffee", {}, _OFFER),
        "listOffers": ("The last two", {"limit": "2"}, None),
        "getOffer": ("An offer", _OF["of_"], None),
        "updateOffer": ("More pieces", _OF["of_"], {"stock": 120}),
        "quoteCheckout": (
            "A bag of coffee to China", {}, {name: _ORDER[name] for name in ("items", "ship_to")},
        ),
        "createAsset": ("A cold-store bay", {}, _ASSET),
        "listAssets": ("The last two", {"limit": "2"}, None),
        "getAsset": ("An asset", _OF["as_"], None),
        "updateAsset": ("Closed on a day", _OF["as_"], {"exceptions": [{"first": "2027-01-01"}]}),
        "listFreeTimes": ("Of two hours", {"asset": IDS["as_"], "minutes": "120"}, None),
        "holdTime": ("Two hours", {}, {"asset": IDS["as_"], "since": TIME, "minutes": 120}),
        "listBookings": ("The last two", {"limit": "2"}, None),
        "getBooking": ("A booking", _OF["bk_"], None),
        "updateBooking": ("Cancel it", _OF["bk_"], {"status": "cancelled", "reason": "changed_mind"}),
        "listCourses": ("The last two", {"limit": "2"}, None),
        "listEnrolments": ("The last two", {"limit": "2"}, None),
        "listWorkspaces": ("The last two", {"limit": "2"}, None),
        "recordUse": ("Of electricity", _OF["bk_"], {"quantity": "12.5", "unit": "KWH"}),
        "placeOrders": ("A bag of coffee to China", {}, _ORDER),
        "listOrders": ("The last two", {"limit": "2"}, None),
        "getOrder": ("An order", _OF["or_"], None),
        "getMatch": ("Of an order to China", _OF["or_"], None),
        "getGeneralDeclaration": ("Of an order of a business", _OF["or_"], None),
        "quoteOrder": ("A new quote", _OF["or_"], None),
        "acceptQuote": ("The quote that was shown", _OF["or_"], {"quote": QUOTE, "hash": HASH}),
        "payOrder": ("By the sandbox", _OF["or_"], {"provider": "sandbox", "currency": "CNY", "payer": _PAYER}),
        "cancelOrder": ("Before it is declared", _OF["or_"], {"reason": "changed_mind"}),
        "objectToService": (
            "Not as described", _OF["or_"], {"delivery": IDS["dl_"], "reason": "not_as_described"},
        ),
        "acceptService": ("What was delivered", _OF["or_"], {"delivery": IDS["dl_"]}),
        "refundOrder": ("A bag was damp", _OF["or_"], {"amount": "5.00", "reason": "damaged"}),
        "correctOrder": ("The telephone of the buyer", _OF["or_"], {"contact": {"telephone": "13900000000"}}),
        "declareOrder": ("After a document was refused", _OF["or_"], None),
        "applyForReturn": (
            "One piece", {}, {"order": IDS["or_"], "lines": [{"line": 1, "quantity": 1}], "reason": "damaged"},
        ),
        "listReturns": ("The last two", {"limit": "2"}, None),
        "getReturn": ("A return", _OF["re_"], None),
        "receiveReturn": ("The goods are back", _OF["re_"], {"restocked": True}),
        "refuseReturn": ("The goods came back used", _OF["re_"], {"reason": "used"}),
        "withdrawReturn": ("Before customs was asked", _OF["re_"], None),
        "getPayment": ("A payment", _OF["py_"], None),
        "listPayouts": ("The last two", {"limit": "2"}, None),
        "getPayout": ("A payout", _OF["po_"], None),
        "listStatements": ("Of a month", {"month": "2026-03"}, None),
        "getStatement": ("Of a month", {"month": "2026-03", "currency": "CNY", "limit": "2"}, None),
        "getShipment": ("A shipment", _OF["sh_"], None),
        "createShipment": (
            "Some pieces", {}, {
                "order": IDS["or_"], "carrier": "ZTO", "waybill": "75812345678901",
                "pieces": [{"line": 1, "quantity": 1}],
            },
        ),
        "reportShipment": ("It is on its way", _OF["sh_"], {"status": "shipped"}),
        "nameCrossing": (
            "By road", _OF["sh_"], {"vehicle": "桂AF1234", "voyage": "20260301", "transport_document": "EE123456785VN"},
        ),
        "listDeliveries": ("Those that can be used", {"status": "ready"}, None),
        "getDelivery": ("A delivery", _OF["dl_"], None),
        "consentToDelivery": ("The text that was shown", _OF["dl_"], {"text": CONSENT_TEXT}),
        "acceptDelivery": ("After all", _OF["dl_"], None),
        "objectToDelivery": ("It broke off", _OF["dl_"], {"reason": "interrupted"}),
        "cancelDelivery": ("Before it has begun", _OF["dl_"], None),
        "reportNoShow": ("The other side did not come", _OF["dl_"], None),
        "finishDelivery": ("It is over", _OF["dl_"], None),
        "createDeliveryToken": ("Of a course", _OF["dl_"], {"audience": "course"}),
        "getDeclaration": ("A declaration", _OF["de_"], None),
        "listUnmatchedAnswers": ("The last two", {"limit": "2"}, None),
        "getUnmatchedAnswer": ("An answer", _OF["ur_"], None),
        "retryUnmatchedAnswer": ("An answer", _OF["ur_"], None),
        "closeUnmatchedAnswer": ("Of another system", _OF["ur_"], {"reason": "other_system"}),
        "createProgramme": ("A pavilion of goods", {}, _PROGRAMME),
        "listProgrammes": ("The last two", {"limit": "2"}, None),
        "getProgramme": ("A programme", _OF["pg_"], None),
        "updateProgramme": ("The first work item is done", _OF["pg_"], {"done": 1}),
        "getStatisticsTable": ("A year", {"period": "2026"}, None),
        "getStatisticsMirror": ("With a node that was met", {"peer": "VN", "period": "2026"}, None),
        "getRanking": ("The first five", {"flow": "both", "first": "5"}, None),
        "createDocument": ("A packing list", {}, _DOCUMENT),
        "listDocuments": ("The last two", {"limit": "2"}, None),
        "getDocument": ("A document", _OF["do_"], None),
        "getDocumentPdf": ("An invoice", _OF["do_"], None),
        "getDocumentXml": ("An invoice", _OF["do_"], None),
        "getDocumentJwt": ("An invoice", _OF["do_"], None),
        "withdrawDocument": ("Wrong data", _OF["do_"], {"reason": "wrong_data"}),
        "listEvents": ("What happened to orders", {"type": "order.*", "limit": "2"}, None),
        "getEvent": ("An event", _OF["ev_"], None),
        "getCheckpoint": ("The ledger as it is now", {}, None),
        "proveEvent": ("An event", {"event": IDS["ev_"]}, None),
        "proveConsistency": ("From one event to two", {"first": "1", "second": "2"}, None),
        "createWebhookEndpoint": (
            "Orders and payments", {}, {"url": "https://shop.example/webhooks", "kinds": ["order.*", "payment.*"]},
        ),
        "listWebhookEndpoints": ("All", {}, None),
        "getWebhookEndpoint": ("An endpoint", _OF["we_"], None),
        "updateWebhookEndpoint": ("Enable it again", _OF["we_"], {"status": "enabled"}),
        "replaceWebhookSecret": ("A new secret", _OF["we_"], None),
        "listWebhookDeliveries": ("The last two attempts", {**_OF["we_"], "limit": "2"}, None),
        "resendWebhook": ("An event", _OF["we_"], {"event": IDS["ev_"]}),
        "deleteWebhookEndpoint": ("An endpoint", _OF["we_"], None),
    }
)  # fmt: skip
