"""sign_in: Django's page for signing in, with limits on failed attempts: of a client address, and of a user name.

An attempt is counted before the password is looked at, and taken back where it was right: many at once do not pass
together. All processes count together (`limits`). The answer is the same whether there is such a user or not.
"""

from __future__ import annotations

import time
import unicodedata

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

from entrepot.web.http import rate_limit
from entrepot.web.http.api_keys import Caller
from entrepot.web.http.errors import Refused
from entrepot.web.http.proxies import address_of
from entrepot.web.pages.page_limit import too_many

#: Failed attempts a minute: from one address, and for one user name from all addresses together.
OF_ADDRESS, OF_NAME = 10, 10


def sign_in(request: HttpRequest) -> HttpResponseBase:
    """The page; 429 with Retry-After beyond the limits, also for the right password."""
    if request.method != "POST":
        return admin.site.login(request)
    counted: list[tuple[Caller, float]] = []
    try:
        # The name is not counted for an address that has to wait: it could keep others from signing in for longer.
        for caller in (_of_address(request), _of_name(request.POST.get("username", ""))):
            counted.append((caller, time.time()))
            rate_limit.count_request(caller)
    except Refused as refused:
        return too_many(request, refused)
    response = admin.site.login(request)
    if response.status_code == 302:  # signed in: the form is shown again where it was wrong
        for caller, when in counted:
            rate_limit.uncount_request(caller, when)
    return response


def _of_address(request: HttpRequest) -> Caller:
    return Caller(None, f"sign in {address_of(request)}", frozenset(), OF_ADDRESS)


def _of_name(name: str) -> Caller:
    """A user name, as Django normalises it, in a form that does not show it in the file of the counts."""
    known = unicodedata.normalize("NFKC", name).casefold()
    digest = salted_hmac("entrepot.web.site.sign_in", known, algorithm="sha256").hexdigest()
    return Caller(None, f"sign in as {digest}", frozenset(), OF_NAME)
