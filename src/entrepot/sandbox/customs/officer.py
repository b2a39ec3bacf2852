"""The officer's pages: sign in, the queue, a list beside its documents with the possible decisions. No script."""

from __future__ import annotations

import hmac
import threading
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from django.contrib.auth.hashers import check_password
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from entrepot.connect.customs.cn import messages as m
from entrepot.language.translate import N_, _, label
from entrepot.sandbox.customs import applications, assessment, bills, lists, papers, payment_data
from entrepot.sandbox.customs.control import newest_lists
from entrepot.sandbox.customs.office import Office
from entrepot.sandbox.page_language import in_language
from entrepot.trade.match.compare import FAILED, NOT_APPLICABLE, NOT_CHECKABLE, PASSED

#: Wrong passwords in a minute, after which nobody can sign in until the minute is over.
MOST_WRONG, MINUTE = 5, 60.0
PAGE = 20
#: The order in which the rules of a match are shown.
WORST = (FAILED, NOT_CHECKABLE, PASSED, NOT_APPLICABLE)
#: The buttons: what each decision is called.
LABELS = {
    "release": N_("Release (800)"),
    "assess": N_("Close the examination (399)"),
    "examine": N_("Examine (300)"),
    "inspect": N_("Inspect the goods (500)"),
    "refuse": N_("Refuse (100)"),
    "detain": N_("Detain (599)"),
    "send_back": N_("Send back abroad (700)"),
    "close": N_("Close (899)"),
    "approve": N_("Approve (399)"),
}
#: The fields that are shown beside each other: name, and the element in list, order, payment and waybill.
FIELDS = (
    (N_("Order number"), "orderNo", "orderNo", "orderNo", "orderNo"),
    (N_("Platform"), "ebpCode", "ebpCode", "ebpCode", ""),
    (N_("Seller"), "ebcCode", "ebcCode", "", ""),
    (N_("Waybill"), "logisticsNo", "", "", "logisticsNo"),
    (N_("Carrier"), "logisticsCode", "", "", "logisticsCode"),
    (N_("Payment"), "", "payTransactionId", "payTransactionId", ""),
    (N_("Buyer or payer"), "buyerName", "buyerName", "payerName", ""),
    (N_("Identity (keyed hash)"), "buyerIdNumber", "buyerIdNumber", "payerIdNumber", ""),
    (N_("Telephone"), "buyerTelephone", "buyerTelephone", "telephone", ""),
    (N_("Consignee"), "", "consignee", "", "consignee"),
    (N_("Address"), "consigneeAddress", "consigneeAddress", "", "consigneeAddress"),
    (N_("Amount paid"), "", "acturalPaid", "amountPaid", ""),
    (N_("Value of goods"), "", "goodsValue", "", ""),
    (N_("Freight"), "freight", "freight", "", "freight"),
    (N_("Insurance"), "insuredFee", "", "", "insuredFee"),
    (N_("Tax collected"), "", "taxTotal", "", ""),
    (N_("Discount"), "", "discount", "", ""),
    (N_("Gross weight, kg"), "grossWeight", "", "", "weight"),
    (N_("Packages"), "packNo", "", "", "packNo"),
    (N_("Mode"), "tradeMode", "", "", ""),
)
#: What the outcomes of a rule and the statuses of a tax bill are called.
OUTCOMES = {
    PASSED: N_("passed"),
    FAILED: N_("failed"),
    NOT_CHECKABLE: N_("not checkable"),
    NOT_APPLICABLE: N_("not applicable"),
}
BILLS = {bills.MADE: N_("made"), bills.COLLECTED: N_("collected"), bills.VOID: N_("void")}
#: Why a decision is not taken.
FAULTS = {
    "state": N_("This decision is not possible any more: look at the state and decide again."),
    "reason": N_("Give a reason for this decision."),
}


def addresses(office: Office, folder: Path) -> tuple[URLPattern, ...]:
    """The addresses of the pages."""
    view = _Pages(office, folder)
    return (
        path("", lambda _request: HttpResponseRedirect("/officer/")),
        path("style.css", _style),
        path("officer/sign-in", require_http_methods(["GET", "POST"])(in_language(view.sign_in))),
        path("officer/sign-out", require_http_methods(["POST"])(view.sign_out)),
        path("officer/", view.signed_in(view.queue)),
        path("officer/lists/<number>", view.signed_in(view.list_page)),
        path("officer/applications/<pre>", view.signed_in(view.application_page)),
    )


def _style(_request: HttpRequest) -> HttpResponse:
    return HttpResponse((Path(__file__).parent / "templates" / "style.css").read_bytes(), content_type="text/css")


class _Pages:
    def __init__(self, office: Office, folder: Path) -> None:
        self._office, self._desk = office, office.desk
        self._password = folder / "officer.password"
        self._wrong: list[float] = []
        self._lock = threading.Lock()

    def signed_in(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """A page for the officer only; others are sent to the sign-in."""

        def only(request: HttpRequest, **values: str) -> HttpResponse:
            known = str(request.session.get("officer", ""))
            if not hmac.compare_digest(known, self._fingerprint()):
                return HttpResponseRedirect("/officer/sign-in")
            try:
                return view(request, **values)
            except LookupError:
                return self._page(
                    request, "message.html", 404, title=_("Not found"), text=_("There is nothing with this number.")
                )

        return require_http_methods(["GET", "POST"])(in_language(only))

    def sign_in(self, request: HttpRequest) -> HttpResponse:
        if request.method == "GET":
            return self._page(request, "sign_in.html", fault="")
        with self._lock:
            now = time.monotonic()
            self._wrong = [each for each in self._wrong if each > now - MINUTE]
            if len(self._wrong) >= MOST_WRONG:
                fault = _("There were too many wrong passwords. Try again in a minute.")
                return self._page(request, "sign_in.html", 429, fault=fault)
            name, password = request.POST.get("name", ""), request.POST.get("password", "")
            if name != "officer" or not check_password(password[:200], self._password.read_text()):
                self._wrong.append(now)
                return self._page(request, "sign_in.html", 403, fault=_("Name or password is wrong."))
        request.session.flush()
        request.session["officer"] = self._fingerprint()
        return HttpResponseRedirect("/officer/")

    def sign_out(self, request: HttpRequest) -> HttpResponse:
        request.session.flush()
        return HttpResponseRedirect("/officer/sign-in")

    def queue(self, request: HttpRequest) -> HttpResponse:
        state = request.GET.get("state", "")
        rows = newest_lists(self._office, state, request.GET.get("after", ""), PAGE)
        waiting = self._desk.database.rows(
            "SELECT * FROM lists WHERE state IN ('120', '300', '399', '500', '599') ORDER BY id LIMIT 100"
        )
        asked = self._desk.database.rows("SELECT * FROM applications WHERE state = '120' ORDER BY id LIMIT 100")
        return self._page(
            request,
            "queue.html",
            wait_label=_("Lists that wait for a decision"),
            all_label=_("All lists"),
            waiting=[_row(row) for row in waiting],
            applications=[dict(row) for row in asked],
            lists=[_row(row) for row in rows[:PAGE]],
            more=rows[PAGE - 1]["number"] if len(rows) > PAGE else "",
            state=state,
            states=[*lists.STATES.items(), ("cancelled", "撤销")],
        )

    def list_page(self, request: HttpRequest, number: str) -> HttpResponse:
        fault = ""
        if request.method == "POST":
            fault = self._decide(request, self._office.decide_list, number)
            if not fault:
                return HttpResponseRedirect(f"/officer/lists/{number}")
        row = lists.read(self._desk, number)
        return self._page(request, "list.html", 409 if fault else 200, fault=fault, **self._of_list(row))

    def application_page(self, request: HttpRequest, pre: str) -> HttpResponse:
        fault = ""
        if request.method == "POST":
            fault = self._decide(request, self._office.decide_application, pre)
            if not fault:
                return HttpResponseRedirect(f"/officer/applications/{pre}")
        row = applications.read(self._desk, pre)
        document = applications.document_of(row)
        able = ["approve", "refuse"] if row["state"] == "120" else []
        return self._page(
            request,
            "application.html",
            409 if fault else 200,
            fault=fault,
            row=dict(row),
            lines=[msgspec.structs.asdict(line) for line in getattr(document, "lines", ())],
            decisions=[(name, _(LABELS[name])) for name in able],
            receipts=self._receipts(f"application/{pre}"),
        )

    def _decide(self, request: HttpRequest, decide: Callable[..., str], subject: str) -> str:
        """Decide; returns what is wrong, or ""."""
        reason = request.POST.get("reason", "").strip()[:500]
        try:
            decide(subject, request.POST.get("decision", ""), who="officer", reason=reason)
        except lists.DecisionNotAllowed as error:
            return _(FAULTS[error.code])
        return ""

    def _of_list(self, row: Any) -> dict[str, Any]:
        """What the page of a list shows."""
        document = lists.listed(row)
        order = papers.find(self._desk, m.Order, row["order_key"])
        payment = papers.find(self._desk, m.Payment, row["payment_key"])
        waybill = papers.find(self._desk, m.Logistics, row["waybill_key"])
        heads = [document.head, *(each.document.head if each else None for each in (order, payment, waybill))]
        match = msgspec.json.decode(row["match"])
        used = assessment.used(self._desk, row["person"], row["year"])
        found_bills = bills.of_list(self._desk, row["number"])
        return {
            "row": _row(row),
            "fields": [
                (_(title), [_value(head, name) for head, name in zip(heads, names, strict=True)])
                for title, *names in FIELDS
            ],
            "lines": [msgspec.structs.asdict(line) for line in document.lines],
            "rules": [_rule(each) for each in sorted(match["rules"], key=lambda rule: WORST.index(rule["outcome"]))],
            "outcome": _(OUTCOMES[match["outcome"]]),
            "used": f"{used / 100:.2f}",
            "annual": f"{assessment.limits_of(self._desk.today()).annual / 100:.2f}",
            "bills": [_bill(bill) for bill in found_bills],
            "receipts": lists.receipts(self._desk, row),
            "payment_data": payment_data.requests(self._desk, row["number"]),
            "log": self._desk.database.rows(
                "SELECT * FROM decisions WHERE subject = ? ORDER BY id", f"list/{row['number']}"
            ),
            "decisions": [(name, _(LABELS[name])) for name in lists.possible(row["state"])],
        }

    def _receipts(self, subject: str) -> list[dict[str, Any]]:
        rows = self._desk.database.rows(
            "SELECT kind, code, info, time FROM answers WHERE subject = ? ORDER BY id", subject
        )
        return [dict(row) for row in rows]

    def _fingerprint(self) -> str:
        """What a session holds: it changes with the password, so that a new one ends all sessions."""
        return sha256(self._password.read_bytes()).hexdigest()

    def _page(self, request: HttpRequest, template: str, status: int = 200, **values: Any) -> HttpResponse:
        signed_in = "officer" in request.session
        return render(request, template, {**values, "signed_in": signed_in}, status=status)


def _row(row: Any) -> dict[str, Any]:
    state = row["state"]
    return {
        **{
            name: row[name]
            for name in ("number", "pre", "order_number", "state", "reason", "declared_on", "released_on")
        },
        "says": lists.STATES.get(state, "撤销" if state == "cancelled" else ""),
        "taxable": f"{row['taxable'] / 100:.2f}",
        "regime": row["regime"],
        "year": row["year"],
    }


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule of a match in the reader's language."""
    compared = [each | {"outcome": _(OUTCOMES[each["outcome"]])} for each in rule.get("comparisons", ())]
    shown = {"says": _(rule["says"]), "outcome": _(OUTCOMES[rule["outcome"]]), "kind": rule["outcome"]}
    return rule | shown | {"trust": label(rule["trust"]), "comparisons": compared}


def _value(head: Any, name: str) -> str:
    if head is None:
        return _("missing") if name else "–"
    value = getattr(head, name, None) if name else None
    if value is None:
        return "–"
    text = str(value)
    return f"{text[:12]}…" if name.endswith("IdNumber") else text


def _bill(row: Any) -> dict[str, Any]:
    found = bills.lines_of(row)
    amounts = {kind: f"{sum(getattr(each, kind) for each in found) / 100:.2f}" for kind in ("duty", "vat", "excise")}
    return {"number": row["number"], "status": _(BILLS[row["status"]]), "paper": row["paper"], **amounts}
