"""The page on which a buyer approves or declines a payment, and its style sheet."""

from __future__ import annotations

import hmac
from pathlib import Path
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET, require_http_methods

from entrepot.app import library
from entrepot.language.translate import N_, _, number
from entrepot.model.money import in_major
from entrepot.sandbox.page_language import in_language
from entrepot.sandbox.payments import states
from entrepot.sandbox.payments.company import Company
from entrepot.sandbox.payments.states import MoveNotAllowed, Payer, Payment

#: Characters of what a buyer may type.
MAX_TEXT = 60
#: What the page says of each state.
STATES = {
    "requires_action": N_("waits for the buyer"),
    "declined": N_("declined"),
    "authorized": N_("authorized"),
    "partly_captured": N_("captured in part"),
    "captured": N_("captured"),
    "cancelled": N_("cancelled"),
    "expired": N_("expired"),
}


def addresses(company: Company) -> tuple[URLPattern, ...]:
    """The addresses of the page."""
    view = _Page(company)
    return (
        path("pay/<name>/<secret>", require_http_methods(["GET", "HEAD", "POST"])(in_language(view.show))),
        path("style.css", require_GET(_style)),
    )


def address(payment: Payment) -> str:
    """The address of a payment's page. Only who knows it can open it."""
    return f"/pay/{payment.id}/{payment.secret}"


class _Page:
    def __init__(self, company: Company) -> None:
        self._company = company

    def show(self, request: HttpRequest, name: str, secret: str) -> HttpResponse:
        """Show the page, or take the buyer's answer."""
        try:
            payment = self._company.read(name)
        except LookupError:
            raise Http404 from None
        if not hmac.compare_digest(payment.secret.encode(), secret.encode()):
            raise Http404
        if request.method != "POST":
            return self._render(request, payment)
        answer = request.POST.get("answer", "")
        if answer not in ("approve", "decline"):
            return self._render(request, payment, _("Approve or decline the payment."), 422)
        payer = Payer(
            name=_typed(request, "name"),
            identity_type="1",
            identity_number=_typed(request, "identity_number"),
            telephone=_typed(request, "telephone"),
        )
        if answer == "approve" and not (payer.name and payer.identity_number):
            return self._render(request, payment, _("Write the name and the identity number of the payer."), 422)
        try:
            payment = self._company.answer_of_buyer(name, approve=answer == "approve", payer=payer)
        except MoveNotAllowed:  # it was answered in another window, or has expired
            return self._render(request, self._company.read(name), _("This payment was answered already."), 409)
        self._company.wake()
        return redirect(address(payment))

    def _render(self, request: HttpRequest, payment: Payment, fault: str = "", status: int = 200) -> HttpResponse:
        amount = f"{number(major(payment.amount, payment.currency))} {payment.currency}"
        shown = {
            "payment": payment,
            "heading": _("Pay {amount}").format(amount=amount),
            "state": _(STATES[payment.status]),
            "waits": payment.status in states.WAITING,
            "back": payment.return_url if _is_web(payment.return_url) else "",
            "fault": fault,
            # Who has the address of this page, such as the platform of a buyer, does not read from it who pays.
            "typed": request.POST if fault else {},
        }
        return render(request, "pay.html", shown, status=status)


def major(amount: int, currency: str) -> str:
    """An amount of minor units in major units, with the decimals that the packs of law give the currency.

    >>> major(11410, "CNY"), major(92400, "VND"), major(100, "LAK")
    ('114.10', '92400', '1.00')
    """
    return in_major(amount, library().world.decimals.get(currency, 2))


def _typed(request: HttpRequest, name: str) -> str:
    return str(request.POST.get(name, "")).strip()[:MAX_TEXT]


def _is_web(text: str) -> bool:
    return urlsplit(text).scheme in ("http", "https")


def _style(_request: HttpRequest) -> HttpResponse:
    file = Path(__file__).parent / "templates" / "style.css"
    return HttpResponse(file.read_bytes(), content_type="text/css; charset=utf-8")
