"""The pages of the reference: `/docs/` with all operations, and a page with a form for each operation."""

from __future__ import annotations

import msgspec
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods, require_safe

from entrepot.language.translate import _
from entrepot.model.errors import in_quotes
from entrepot.web import examples
from entrepot.web.examples import Example
from entrepot.web.http.errors import Refused
from entrepot.web.http.page_language import language_of
from entrepot.web.pages import page_limit
from entrepot.web.reference import run, snippets
from entrepot.web.reference.call import Call
from entrepot.web.reference.document import GROUPS, Operation, operations

#: Requests that one address may run from the pages a minute: each is counted by the API too.
RUNS_PER_MINUTE = 60
#: The operation that every reader can try first.
FIRST = "createQuote"


@require_safe
def without_language(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Redirects `/docs…` to the page in the language of the browser."""
    slash = "" if not rest or rest.endswith("/") else "/"
    response = HttpResponseRedirect(f"/{language_of(request)}/docs/{rest}{slash}")
    response["Vary"] = "Accept-Language"
    return response


@require_safe
def all_operations(request: HttpRequest, language: str) -> HttpResponse:
    """The page with all operations."""
    groups = [
        (_(title), [each for each in operations().values() if each.group == group]) for group, title in GROUPS.items()
    ]
    context = {"groups": groups, "base": _base(request), "first": FIRST, "keys_required": settings.KEYS_REQUIRED}
    return render(request, "docs/operations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def operation_page(request: HttpRequest, language: str, name: str) -> HttpResponseBase:
    """The page of an operation: an example, and with POST the answer to what the form has."""
    operation = operations().get(name)
    if operation is None:
        raise Http404
    example = _example(operation, request.GET.get("example", ""))
    if request.method != "POST":
        given = {**example.values, **_prefilled(operation, request.GET)}
        if given.get("number") == examples.QUOTE:  # it stands for one that the reader has
            given["number"] = ""
        return _page(request, operation, example, Call(operation, given, example.body), answer=None)
    values = {each.name: request.POST.get(f"p.{each.name}", "").strip() for each in operation.parameters}
    # A browser sends the end of a line as CR LF.
    body = request.POST.get("body", "").replace("\r\n", "\n")
    call = Call(operation, values, body if operation.media else "")
    key = request.POST.get("key", "").strip()
    if missing := [each.name for each in operation.parameters if each.required and not values[each.name]]:
        return _page(request, operation, example, call, answer=None, missing=missing[0], status=422)
    try:
        page_limit.count_action(request, "docs", RUNS_PER_MINUTE)
    except Refused as refused:
        return page_limit.too_many_page(request, refused)
    return _page(request, operation, example, call, answer=run.run(request, call, key), with_key=bool(key))


def _page(
    request: HttpRequest,
    operation: Operation,
    example: Example,
    call: Call,
    *,
    answer: run.Answer | None,
    missing: str = "",
    with_key: bool = False,
    status: int = 200,
) -> HttpResponse:
    base = _base(request)
    with_key = with_key or operation.with_key or bool(settings.KEYS_REQUIRED and operation.scope)
    recorded = examples.results().get(operation.id, {}).get(example.name)
    # A snippet needs an id in its place, also before the reader has one.
    sent = call._replace(values={**call.values, "number": call.values.get("number") or examples.QUOTE})
    written = (("curl", snippets.curl), ("Python", snippets.python), ("JavaScript", snippets.javascript))
    context = {
        "operation": operation,
        "title": operation.id,
        "fields": [(each, call.values.get(each.name, "")) for each in operation.parameters],
        "body": call.body,
        "body_rows": min(max(call.body.count("\n") + 2, 4), 24),
        "examples": examples.EXAMPLES[operation.id],
        "example": example,
        "snippets": [(name, write(sent, base, with_key=with_key)) for name, write in written],
        "answer": answer,
        "next": operation.links if answer is not None and answer.quote else (),
        "recorded": msgspec.json.format(msgspec.json.encode(recorded), indent=2).decode() if recorded else "",
        "missing": _("The parameter {name} is required.").format(name=in_quotes(missing)) if missing else "",
        "needs_quote": missing == "number"
        or (operation.id in ("getQuote", "checkQuote") and not call.values["number"]),
        "first": FIRST,
        "keys_required": settings.KEYS_REQUIRED,
        "with_key": with_key,
        "address": sent.address(),
    }
    response = render(request, "docs/operation.html", context, status=status)
    if answer is not None:  # it may have what only the holder of the key may read
        response["Cache-Control"] = "no-store"
    return response


def _example(operation: Operation, name: str) -> Example:
    """The named example of an operation, else its first."""
    given = examples.EXAMPLES[operation.id]
    return next((each for each in given if each.name == name), given[0])


def _prefilled(operation: Operation, query: QueryDict) -> dict[str, str]:
    """The values of parameters that the address of the page gives."""
    return {each.name: query.get(each.name, "")[:500] for each in operation.parameters if each.name in query}


def _base(request: HttpRequest) -> str:
    """The address of this server as the reader reached it."""
    return f"{request.scheme}://{request.get_host()}"


urlpatterns: list[URLPattern] = [
    path("docs/", all_operations),
    path("docs/<str:name>/", operation_page),
]
