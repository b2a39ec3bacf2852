"""Verify a document that somebody received: open to everyone. And the public keys of this node, for other programs."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.connect.documents import credential
from entrepot.connect.documents.verify import MAX_BYTES, SENTENCES, Verdict
from entrepot.language.translate import _
from entrepot.trade_app import documents, verification
from entrepot.web.http.errors import Refused
from entrepot.web.pages.page_limit import count_action, too_many_page

#: Verifications a minute from one address.
PER_MINUTE = 30


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest, language: str) -> HttpResponseBase:
    """The form, and the result for a file or a text. Nothing of it is stored."""
    context: dict[str, Any] = {"results": [], "here": "verify"}
    if request.method == "POST":
        try:
            count_action(request, "verify", PER_MINUTE)
        except Refused as refused:
            return too_many_page(request, refused)
        file = request.FILES.get("file")
        content = file.read(MAX_BYTES + 1) if file else request.POST.get("text", "").encode()
        context["results"] = [_shown(each) for each in verification.verify_file(content)]
    return render(request, "trade/verify.html", context)


def _shown(found: Verdict) -> dict[str, Any]:
    return {
        "found": found,
        "says": _(SENTENCES[found.code]).format(**found.values),
        "limits": [_(each) for each in found.limits],
        "data": msgspec.json.format(msgspec.json.encode(found.subject)).decode() if found.valid else "",
    }


@require_http_methods(["GET", "HEAD"])
def did_document(request: HttpRequest) -> HttpResponseBase:
    """`/.well-known/did.json`: all keys that signed; what a revoked one signed proves nothing."""
    url = documents.node_url()
    if not url.startswith("https://"):
        return _json({"error": "Set ENTREPOT_URL to the https address of this node."}, 404)
    return _json(credential.did_document(url, documents.public_keys()))


@require_http_methods(["GET", "HEAD"])
def jwks(request: HttpRequest) -> HttpResponseBase:
    """`/.well-known/jwks.json`: the keys that are not revoked."""
    return _json(credential.jwks(documents.public_keys()))


def _json(value: Any, status: int = 200) -> HttpResponse:
    response = HttpResponse(msgspec.json.encode(value), content_type="application/json", status=status)
    # A revoked key is seen soon.
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"
    return response
