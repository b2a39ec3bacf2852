"""The store of xAPI statements, for course tools with an access token: statements are sent and read back."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from entrepot.connect.lti import names
from entrepot.connect.lti.faults import LtiFault
from entrepot.connect.xapi.statements import VERSION
from entrepot.trade_app.services import course_services, course_statements
from entrepot.web.api.courses.answers import for_tools, json_answer, query_of
from entrepot.web.trade.course_platform import now, platform_of

HEADER = "X-Experience-API-Version"


@for_tools("GET", "HEAD")
def about(_request: HttpRequest) -> HttpResponse:
    """`/xapi/about`: the versions of the standard."""
    return _marked(json_answer({"version": [VERSION, "1.0.3"]}))


@for_tools("GET", "POST", "PUT")
def statements(request: HttpRequest) -> HttpResponse:
    """`/xapi/statements`."""
    if not request.headers.get(HEADER, "").startswith(("2.0", "1.0")):
        raise LtiFault("invalid_request", f"Send the header {HEADER}: {VERSION}.")
    may = course_services.allowed(request.headers.get("Authorization", ""), (names.SCOPE_STATEMENTS,), now())
    query = query_of(request)
    if request.method == "GET":
        return _marked(_listed(request, may.tool, dict(query)))
    number = query.get("statementId", "")
    if bool(number) != (request.method == "PUT"):
        raise LtiFault("invalid_request", "PUT sends one statement with ?statementId=; POST sends one or several.")
    made = course_statements.put(may.tool, request.body, platform_of(request), now(), number=number)
    return _marked(json_answer(None, 204) if number else json_answer(made))


def _listed(request: HttpRequest, tool: str, query: dict[str, str]) -> HttpResponse:
    found = course_statements.get(tool, query)
    if "statements" in found:
        more = found["more"]
        found["more"] = f"{request.path}?{urlencode({**query, 'before': more})}" if more else ""
    return json_answer(found)


def _marked(response: HttpResponse) -> HttpResponse:
    response[HEADER] = VERSION
    return response
