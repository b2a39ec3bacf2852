"""Django's sign-in page, with limits on failed attempts from an address and for a user name.

An attempt is counted before the password is checked and uncounted if it was right, so that concurrent attempts cannot
exceed the limit. All processes count together (`http.rate_limit`). The response does not show whether a user exists.
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
from entrepot.web.pages.page_limit import too_many_page

#: Failed attempts a minute: from one address, and for one user name from all addresses together.
OF_ADDRESS, OF_NAME = 10, 10


def sign_in(request: HttpRequest) -> HttpResponseBase:
    """The page; 429 with Retry-After beyond the limits, also for the right password.

    An attempt that cannot be counted is refused with 503: a limit on guessing must not fail open.
    """
    if request.method != "POST":
        return admin.site.login(request)
    counted: list[tuple[Caller, float]] = []
    try:
        # A blocked address does not count for the user name: it could block the user for longer.
        for caller in (_of_address(request), _of_name(request.POST.get("username", ""))):
            counted.append((caller, time.time()))
            rate_limit.count_request(caller, required=True)
    except Refused as refused:
        return too_many_page(request, refused)
    response = admin.site.login(request)
    if response.status_code == 302:  # signed in; with a wrong password the form is shown again with 200
        for caller, when in counted:
            rate_limit.uncount_request(caller, when)
    return response


def _of_address(request: HttpRequest) -> Caller:
    return Caller(None, f"sign in {address_of(request)}", frozenset(), OF_ADDRESS)


def _of_name(name: str) -> Caller:
    """A user name, normalised as Django does, and hashed so that the file of counts does not contain it."""
    known = unicodedata.normalize("NFKC", name).casefold()
    digest = salted_hmac("entrepot.web.site.sign_in", known, algorithm="sha256").hexdigest()
    return Caller(None, f"sign in as {digest}", frozenset(), OF_NAME)
