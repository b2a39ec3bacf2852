"""The public page of a badge: what it says, and whether it is valid now."""

from __future__ import annotations

import datetime as dt

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.connect.documents.verify import SENTENCES
from entrepot.language.translate import _
from entrepot.trade.ports import NotFound
from entrepot.trade_app import documents
from entrepot.trade_app.services import badges
from entrepot.web.http.errors import Refused
from entrepot.web.pages.page_limit import count_action, too_many_page
from entrepot.web.pages.people.form_page import text_of

#: E-mail addresses a minute that are compared with badges, from one address.
PER_MINUTE = 10


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """The badge. Anybody who knows its address sees it; the form compares the holder's e-mail address."""
    try:
        badge = badges.find(number)
        text = badges.credential_of(badge)
    except NotFound:
        raise Http404 from None
    found = badges.verify_file(text.encode(), documents.key_of({}), dt.datetime.now(dt.UTC))
    asked = ""
    if request.method == "POST":
        try:
            count_action(request, "badge-holder", PER_MINUTE)
        except Refused as refused:
            return too_many_page(request, refused)
        asked = text_of(request, "email")
    subject = found.subject
    achievement = subject.get("achievement") or {}
    context = {
        "badge": badge,
        "found": found,
        "says": _(SENTENCES[found.code]).format(**found.values),
        "achievement": achievement,
        "percent": next((each.get("value") for each in subject.get("result") or ()), ""),
        "limits": [_(each) for each in found.limits],
        "named": badges.belongs_to(found, "x") is not None,
        "asked": asked,
        "belongs": badges.belongs_to(found, asked) if asked else None,
        "here": "verify",
    }
    return render(request, "courses/badge.html", context)
