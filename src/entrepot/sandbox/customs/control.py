"""The office's HTTP interface: messages come in, and a test or a trial controls the office."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from entrepot.sandbox import site, switches
from entrepot.sandbox.customs import applications, assessment, bills, lists, payment_data
from entrepot.sandbox.customs.office import Office
from entrepot.sandbox.customs.switches import OfficeSwitches
from entrepot.sandbox.site import ApiError, endpoint

#: The media types of a message. Forms of web pages cannot have them.
XML = ("application/xml", "text/xml")


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is decided, and why."""

    decision: str
    reason: str = ""


class Identity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose account is asked for."""

    identity: str
    year: int | None = None


def addresses(office: Office, token: str, platform: str = "") -> tuple[URLPattern, ...]:
    """The addresses of messages and of control; control needs the token. `platform`: who is asked for payment data."""
    view = _Views(office, platform)
    return (
        path("health", endpoint(get=lambda _request: site.json_answer({"object": "sandbox", "status": "ok"}))),
        path("messages", endpoint(post=view.receive)),
        path("payment-data", endpoint(post=view.receive_payment_data)),
        path("control/switches", endpoint(token, get=view.switches, patch=view.change)),
        path("control/lists", endpoint(token, get=view.lists)),
        path("control/lists/<number>", endpoint(token, get=view.list, post=view.decide_list)),
        path("control/lists/<number>/payment-data", endpoint(token, post=view.ask_payment_data)),
        path("control/applications", endpoint(token, get=view.applications)),
        path("control/applications/<pre>", endpoint(token, get=view.application, post=view.decide_application)),
        path("control/account", endpoint(token, post=view.account)),
        path("control/calendar", endpoint(token, post=view.tick)),
    )


class _Views:
    def __init__(self, office: Office, platform: str) -> None:
        self._office, self._desk, self._platform = office, office.desk, platform

    def receive(self, request: HttpRequest) -> HttpResponse:
        if request.content_type not in XML:
            raise ApiError(415, "content_type", "Send the XML of a message with Content-Type: application/xml.")
        found = self._office.receive(request.body, request.headers.get("Idempotency-Key", ""))
        envelope = found.pop("envelope", None)
        if envelope is None:
            return site.json_answer(found, 202)
        return HttpResponse(envelope, content_type="application/xml; charset=utf-8", status=202)

    def receive_payment_data(self, request: HttpRequest) -> HttpResponse:
        return site.json_answer(self._office.receive_payment_data(request.body))

    def ask_payment_data(self, _request: HttpRequest, number: str) -> HttpResponse:
        try:
            state = _found(lambda: payment_data.ask(self._desk, number, self._platform))
        except payment_data.NotPossible as error:
            raise ApiError(409, "not_possible", str(error)) from None
        return site.json_answer({"object": "payment_data_request", "list": number, "state": state})

    def switches(self, _request: HttpRequest) -> HttpResponse:
        return site.json_answer(msgspec.to_builtins(self._desk.switches()))

    def change(self, request: HttpRequest) -> HttpResponse:
        try:
            found = switches.change(self._desk.database, OfficeSwitches, site.read_json(request))
        except switches.SwitchError as error:
            raise ApiError(422, "invalid", str(error)) from None
        return site.json_answer(msgspec.to_builtins(found))

    def lists(self, request: HttpRequest) -> HttpResponse:
        limit, starting_after = site.page_of(request)
        rows = newest_lists(self._office, request.GET.get("state", ""), starting_after, limit)
        return site.list_answer([_list(row) for row in rows[:limit]], has_more=len(rows) > limit)

    def list(self, _request: HttpRequest, number: str) -> HttpResponse:
        row = _found(lambda: lists.read(self._desk, number))
        found = _list(row) | {
            "receipts": lists.receipts(self._desk, row),
            "bills": [
                {
                    "number": bill["number"],
                    "status": bill["status"],
                    "paper": bill["paper"],
                    "lines": msgspec.to_builtins(bills.lines_of(bill)),
                }
                for bill in bills.of_list(self._desk, number)
            ],
            "match": msgspec.json.decode(row["match"]),
            "payment_data": payment_data.requests(self._desk, number),
            "possible": lists.possible(row["state"]),
        }
        return site.json_answer(found)

    def decide_list(self, request: HttpRequest, number: str) -> HttpResponse:
        given: Decision = site.read_json(request, Decision)
        state = _found(lambda: self._office.decide_list(number, given.decision, who="control", reason=given.reason))
        return site.json_answer({"object": "list", "number": number, "state": state})

    def applications(self, request: HttpRequest) -> HttpResponse:
        limit, starting_after = site.page_of(request)
        rows = self._desk.database.rows(
            "SELECT * FROM applications WHERE ? = '' OR id < (SELECT id FROM applications WHERE pre = ?) "
            "ORDER BY id DESC LIMIT ?",
            starting_after,
            starting_after,
            limit + 1,
        )
        return site.list_answer([_application(row) for row in rows[:limit]], has_more=len(rows) > limit)

    def application(self, _request: HttpRequest, pre: str) -> HttpResponse:
        return site.json_answer(_application(_found(lambda: applications.read(self._desk, pre))))

    def decide_application(self, request: HttpRequest, pre: str) -> HttpResponse:
        given: Decision = site.read_json(request, Decision)
        state = _found(lambda: self._office.decide_application(pre, given.decision, who="control", reason=given.reason))
        return site.json_answer({"object": "application", "pre": pre, "state": state})

    def account(self, request: HttpRequest) -> HttpResponse:
        given: Identity = site.read_json(request, Identity)
        person, year = self._desk.person(given.identity), given.year or self._desk.today().year
        limit = assessment.limits_of(self._desk.today()).annual
        used = assessment.used(self._desk, person, year)
        return site.json_answer(
            {"object": "account", "currency": "CNY", "year": year, "used": used, "remaining": max(limit - used, 0)}
        )

    def tick(self, _request: HttpRequest) -> HttpResponse:
        self._office.tick()
        return site.json_answer({"object": "calendar", "day": self._desk.today().isoformat()})


def newest_lists(office: Office, state: str, starting_after: str, limit: int) -> list[sqlite3.Row]:
    """Lists, the newest first, from the one after a number; one more than `limit` if there is one."""
    return office.desk.database.rows(
        "SELECT * FROM lists WHERE (? = '' OR state = ?) AND (? = '' OR id < (SELECT id FROM lists WHERE number = ?)) "
        "ORDER BY id DESC LIMIT ?",
        state,
        state,
        starting_after,
        starting_after,
        limit + 1,
    )


def _list(row: sqlite3.Row) -> dict[str, Any]:
    names = ("number", "pre", "order_number", "state", "reason", "taxable", "regime", "declared_on", "released_on")
    return {"object": "list", **{name: row[name] for name in names}}


def _application(row: sqlite3.Row) -> dict[str, Any]:
    return {"object": "application", **{name: row[name] for name in ("pre", "kind", "list", "state", "reason")}}


def _found(do: Any) -> Any:
    try:
        return do()
    except LookupError as error:
        raise ApiError(404, "not_found", str(error.args[0])) from None
    except lists.DecisionNotAllowed as error:
        raise ApiError(409, "not_allowed", str(error)) from None
