"""What tools call: the platform's keys, access tokens, and the services of grades and members."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from entrepot.trade_app.services import course_keys, course_services
from entrepot.trade_app.services.course_services import Call
from entrepot.web.api.courses.answers import for_tools, json_answer, query_of
from entrepot.web.trade.course_platform import now, platform_of


@for_tools("GET", "HEAD")
def keys(_request: HttpRequest) -> HttpResponse:
    """`/lti/keys`: the public keys of launches."""
    response = json_answer({"keys": course_keys.published(course_keys.PLATFORM, now())})
    response["Cache-Control"] = "public, max-age=300"
    return response


@for_tools("POST")
def token(request: HttpRequest) -> HttpResponse:
    """`/lti/token`: an access token for a signed assertion."""
    form = {name: value for name, value in request.POST.items() if isinstance(value, str)}
    return json_answer(course_services.give_token(form, platform_of(request), now()))


@for_tools("GET", "POST", "PUT", "DELETE")
def serve(request: HttpRequest, rest: str) -> HttpResponse:
    """`/lti/courses/…`: line items, scores, results and members of a course."""
    call = Call(
        method=request.method or "",
        path=tuple(rest.split("/")),
        query=query_of(request),
        body=request.body,
        bearer=request.headers.get("Authorization", ""),
    )
    answer = course_services.serve(call, platform_of(request), now())
    response = json_answer(answer.body, answer.status, answer.media)
    if answer.next:
        response["Link"] = f'<{platform_of(request).issuer}{request.path}?{answer.next}>; rel="next"'
    return response
