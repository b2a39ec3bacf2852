"""The process of the carrier: its options and its HTTP interface."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from entrepot.sandbox import process, site, switches
from entrepot.sandbox.carrier.desk import Desk, KeyReused
from entrepot.sandbox.carrier.shipments import Booking, MoveNotAllowed
from entrepot.sandbox.outgoing import check_recipient
from entrepot.sandbox.process import Options
from entrepot.sandbox.site import ApiError, endpoint

NOTICE = "sandbox: no parcel is carried"
PORT = 8103
DESCRIPTION = """A sandbox of a carrier. It books shipments, gives them waybill numbers, and reports their moves by
signed notifications (Standard Webhooks). It carries nothing."""
#: Moves that whoever books may ask for.
ASKED = {"pick-up": "pick_up", "clear": "clear", "cancel": "cancel", "send-back": "send_back"}


def main(arguments: Sequence[str]) -> int:
    """Serve until a signal. Returns the exit code."""
    parser = process.parser("carrier", DESCRIPTION, PORT)
    parser.add_argument(
        "--send-to", action="append", default=[], metavar="ADDRESS", help="where notifications are sent"
    )
    parser.add_argument("--retry", type=float, default=1.0, metavar="SECONDS", help="pause after a failed notification")
    parser.add_argument("--code", default="SANDBOXCARRIER", help="its registration number at customs")
    parser.add_argument("--name", default="沙盒物流 (sandbox)", help="its registered name")
    return process.run("carrier", parser.parse_args(arguments), Carrier)


class Carrier:
    """The running sandbox."""

    def __init__(self, options: Options) -> None:
        for each in options.own.send_to:
            if "://" not in check_recipient(each):
                raise ValueError(f"{each} is not an address: notifications are sent over HTTP.")
        self.desk = Desk(options)
        self.token = process.kept_secret(options.folder, "control.token")
        secret = process.kept_secret(options.folder, "secret.key")
        served = site.Site("carrier", NOTICE, secret, (options.host,), addresses(self.desk, self.token))
        self.application: Callable[..., Any] = site.application(served, self.desk.switches)
        self.started = {"control_token": self.token, "webhook_secret": self.desk.secret, "carrier_code": self.desk.code}

    def start(self) -> None:
        """Start the moves and the notifications."""
        self.desk.start()

    def stop(self) -> None:
        """Stop them and close the store."""
        self.desk.stop()


def addresses(desk: Desk, token: str) -> tuple[URLPattern, ...]:
    """The addresses of the carrier. All need the token: whoever has it is its customer."""
    view = _Views(desk)
    return (
        path("health", endpoint(get=lambda _request: site.json_answer({"object": "sandbox", "status": "ok"}))),
        path("shipments", endpoint(token, get=view.list, post=view.book)),
        path("shipments/<waybill>", endpoint(token, get=view.read)),
        path("shipments/<waybill>/<asked>", endpoint(token, post=view.ask)),
        path("control/switches", endpoint(token, get=view.switches, patch=view.change)),
        path("control/shipments/<waybill>", endpoint(token, post=view.control)),
    )


class _Views:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def book(self, request: HttpRequest) -> HttpResponse:
        key = request.headers.get("Idempotency-Key", "")
        if not 1 <= len(key) <= 255:
            raise ApiError(
                400, "no_key", "Send an Idempotency-Key of 1 to 255 characters: a repeated booking is made once."
            )
        booking = site.read_json(request, Booking)
        try:
            return site.json_answer(self._desk.shown(self._desk.book(booking, key)), 201)
        except KeyReused as error:
            raise ApiError(409, "key_reused", str(error)) from None

    def list(self, request: HttpRequest) -> HttpResponse:
        limit, starting_after = site.page_of(request)
        found = self._desk.shipments(limit, starting_after)
        return site.list_answer([self._desk.shown(each) for each in found[:limit]], has_more=len(found) > limit)

    def read(self, _request: HttpRequest, waybill: str) -> HttpResponse:
        return site.json_answer(self._desk.shown(_found(self._desk.read, waybill)))

    def ask(self, _request: HttpRequest, waybill: str, asked: str) -> HttpResponse:
        if asked not in ASKED:
            raise ApiError(404, "not_found", f"There is no such address. Use {', '.join(ASKED)}.")
        return site.json_answer(self._desk.shown(_found(self._desk.move, waybill, ASKED[asked])))

    def control(self, request: HttpRequest, waybill: str) -> HttpResponse:
        move = site.read_json(request).get("move", "")
        return site.json_answer(self._desk.shown(_found(self._desk.move, waybill, str(move))))

    def switches(self, _request: HttpRequest) -> HttpResponse:
        return site.json_answer(msgspec.to_builtins(self._desk.switches()))

    def change(self, request: HttpRequest) -> HttpResponse:
        try:
            found = switches.change(self._desk.database, type(self._desk.switches()), site.read_json(request))
        except switches.SwitchError as error:
            raise ApiError(422, "invalid", str(error)) from None
        self._desk.schedule_all()
        return site.json_answer(msgspec.to_builtins(found))


def _found(do: Callable[..., Any], *words: str) -> Any:
    try:
        return do(*words)
    except LookupError as error:
        raise ApiError(404, "not_found", str(error.args[0])) from None
    except MoveNotAllowed as error:
        raise ApiError(409, "not_allowed", str(error)) from None
