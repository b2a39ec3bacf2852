"""The process of the payment company: its options and its HTTP interface."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from msgspec import Meta

from entrepot.sandbox import process, site, switches
from entrepot.sandbox.outgoing import check_recipient
from entrepot.sandbox.payments import pages
from entrepot.sandbox.payments.company import Company, KeyReused, shown_payout
from entrepot.sandbox.payments.states import Currency, Minor, MoveNotAllowed, Payment, PayoutRequest, Request
from entrepot.sandbox.process import Options
from entrepot.sandbox.site import ApiError, endpoint

NOTICE = "sandbox: no money is moved"
PORT = 8102
DESCRIPTION = """A sandbox of a payment company. It authorises, captures and refunds payments, has a page on which a
buyer approves or declines, pays sellers out, and reports by signed notifications (Standard Webhooks). It moves no
money."""
MAX_KEY = 255


class _Capture(msgspec.Struct, forbid_unknown_fields=True):
    amount: Minor
    currency: Currency
    final: bool = True


class _Refund(msgspec.Struct, forbid_unknown_fields=True):
    amount: Minor
    currency: Currency
    refund: Annotated[str, Meta(max_length=60)] = ""


class _Control(msgspec.Struct, forbid_unknown_fields=True):
    move: str
    amount: Annotated[int, Meta(ge=0)] = 0
    number: Annotated[str, Meta(max_length=60)] = ""


class _Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


def main(arguments: Sequence[str]) -> int:
    """Serve until a signal. Returns the exit code."""
    parser = process.parser("payments", DESCRIPTION, PORT)
    parser.add_argument(
        "--send-to", action="append", default=[], metavar="ADDRESS", help="where notifications are sent"
    )
    parser.add_argument("--retry", type=float, default=1.0, metavar="SECONDS", help="pause after a failed notification")
    parser.add_argument("--code", default="SANDBOXPAYMENTS", help="its registration number at customs")
    parser.add_argument("--name", default="沙盒支付 (sandbox)", help="its registered name")
    return process.run("payments", parser.parse_args(arguments), Payments)


class Payments:
    """The running sandbox."""

    def __init__(self, options: Options) -> None:
        for each in options.own.send_to:
            if "://" not in check_recipient(each):
                raise ValueError(f"{each} is not an address: notifications are sent over HTTP.")
        self.company = Company(options)
        self.token = process.kept_secret(options.folder, "control.token")
        secret = process.kept_secret(options.folder, "secret.key")
        urls = (*addresses(self.company, self.token), *pages.addresses(self.company))
        templates = Path(__file__).parent / "templates"
        served = site.Site("payments", NOTICE, secret, (options.host,), urls, templates)
        self.application: Callable[..., Any] = site.application(served, self.company.switches)
        self.started = {
            "control_token": self.token,
            "webhook_secret": self.company.secret,
            "payment_company_code": self.company.code,
        }

    def start(self) -> None:
        """Start what comes by itself, and the notifications."""
        self.company.start()

    def stop(self) -> None:
        """Stop them and close the store."""
        self.company.stop()


def addresses(company: Company, token: str) -> tuple[URLPattern, ...]:
    """The addresses of the API. All need the token: whoever has it is the company's customer."""
    view = _Views(company)
    return (
        path("health", endpoint(get=lambda _request: site.json_answer({"object": "sandbox", "status": "ok"}))),
        path("payments", endpoint(token, get=view.list, post=view.begin)),
        path("payments/<number>", endpoint(token, get=view.read)),
        path("payments/<number>/capture", endpoint(token, post=view.capture)),
        path("payments/<number>/cancel", endpoint(token, post=view.cancel)),
        path("payments/<number>/refunds", endpoint(token, post=view.refund)),
        path("payments/<number>/voucher", endpoint(token, get=view.voucher)),
        path("payouts", endpoint(token, post=view.pay_out)),
        path("payouts/<number>", endpoint(token, get=view.payout)),
        path("control/switches", endpoint(token, get=view.switches, patch=view.change)),
        path("control/payments/<number>", endpoint(token, post=view.control)),
    )


class _Views:
    def __init__(self, company: Company) -> None:
        self._company = company

    def begin(self, request: HttpRequest) -> HttpResponse:
        asked = site.read_json(request, Request)

        def page(payment: Payment) -> str:
            return request.build_absolute_uri(pages.address(payment))

        return self._once(request, lambda: self._company.begin(asked, request.body, page), 201)

    def list(self, request: HttpRequest) -> HttpResponse:
        limit, starting_after = site.page_of(request)
        found = self._company.payments(limit, starting_after, request.GET.get("payment", ""))
        data = [self._shown(request, each) for each in found[:limit]]
        return site.list_answer(data, has_more=len(found) > limit)

    def read(self, request: HttpRequest, number: str) -> HttpResponse:
        return site.json_answer(self._shown(request, _found(self._company.read, number)))

    def capture(self, request: HttpRequest, number: str) -> HttpResponse:
        asked = site.read_json(request, _Capture)

        def act() -> dict[str, Any]:
            return self._shown(request, self._company.capture(number, asked.amount, asked.currency, final=asked.final))

        return self._once(request, act)

    def cancel(self, request: HttpRequest, number: str) -> HttpResponse:
        site.read_json(request, _Nothing)
        return self._once(request, lambda: self._shown(request, self._company.move(number, "cancel")))

    def refund(self, request: HttpRequest, number: str) -> HttpResponse:
        asked = site.read_json(request, _Refund)

        def act() -> dict[str, Any]:
            return self._shown(request, self._company.refund(number, asked.refund, asked.amount, asked.currency))

        return self._once(request, act, 201)

    def voucher(self, _request: HttpRequest, number: str) -> HttpResponse:
        return site.json_answer(_found(self._company.voucher, number))

    def pay_out(self, request: HttpRequest) -> HttpResponse:
        asked = site.read_json(request, PayoutRequest)
        return self._once(request, lambda: shown_payout(self._company.pay_out(asked)), 201)

    def payout(self, _request: HttpRequest, number: str) -> HttpResponse:
        return site.json_answer(shown_payout(_found(self._company.payout, number)))

    def switches(self, _request: HttpRequest) -> HttpResponse:
        return site.json_answer(msgspec.to_builtins(self._company.switches()))

    def change(self, request: HttpRequest) -> HttpResponse:
        company = self._company
        try:
            found = switches.change(company.database, type(company.switches()), site.read_json(request))
        except switches.SwitchError as error:
            raise ApiError(422, "invalid", str(error)) from None
        company.wake()
        return site.json_answer(msgspec.to_builtins(found))

    def control(self, request: HttpRequest, number: str) -> HttpResponse:
        """What happens at the buyer or at a bank, such as an approval or a dispute."""
        asked, company = site.read_json(request, _Control), self._company
        moves: dict[str, Callable[[], Payment]] = {
            "approve": lambda: company.answer_of_buyer(number, approve=True),
            "decline": lambda: company.answer_of_buyer(number, approve=False),
            "expire": lambda: company.move(number, "expire", "authorization_expired"),
            "capture": lambda: company.capture(number, asked.amount, final=True),
            "refund": lambda: company.refund(number, "", asked.amount),
            "refund_succeeds": lambda: company.settle(number, asked.number, "succeeded"),
            "refund_fails": lambda: company.settle(number, asked.number, "failed", "account_closed"),
            "dispute": lambda: company.dispute(number, asked.amount),
            "dispute_won": lambda: company.decide(number, asked.number, "won"),
            "dispute_lost": lambda: company.decide(number, asked.number, "lost"),
        }
        if asked.move not in moves:
            raise ApiError(422, "invalid", f"There is no such move. Use {', '.join(moves)}.", "move")
        shown = self._shown(request, _found(moves[asked.move]))
        company.wake()
        return site.json_answer(shown)

    def _shown(self, request: HttpRequest, payment: Payment) -> dict[str, Any]:
        return self._company.shown(payment, request.build_absolute_uri(pages.address(payment)))

    def _once(self, request: HttpRequest, act: Callable[[], dict[str, Any]], status: int = 200) -> HttpResponse:
        key = request.headers.get("Idempotency-Key", "")
        if not 1 <= len(key) <= MAX_KEY:
            raise ApiError(
                400, "no_key", "Send an Idempotency-Key of 1 to 255 characters: a repeated request has one effect."
            )
        asked = f"{request.path}\n".encode() + request.body
        try:
            return site.json_answer(_found(self._company.once, key, asked, act), status)
        except KeyReused as error:
            raise ApiError(409, "key_reused", str(error)) from None


def _found(do: Callable[..., Any], *given: Any) -> Any:
    try:
        return do(*given)
    except LookupError as error:
        raise ApiError(404, "not_found", str(error.args[0])) from None
    except MoveNotAllowed as error:
        raise ApiError(409, error.code, str(error)) from None
