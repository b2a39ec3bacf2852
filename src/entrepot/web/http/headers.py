"""Headers that are checked once and added to many responses.

Django checks the charset and the line ends of a header each time it is set: for the fifteen headers of an answer of the
API that takes as long as calculating a duty.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.http.response import HttpResponseBase, ResponseHeaders

#: Checked headers: each by its name in small letters, with its name and value.
Checked = tuple[tuple[str, tuple[str, str]], ...]


def checked(headers: Mapping[str, str]) -> Checked:
    """Headers in the form in which Django keeps them. Raises BadHeaderError or UnicodeError if one is not valid.

    >>> checked({"X-Frame-Options": "DENY"})
    (('x-frame-options', ('X-Frame-Options', 'DENY')),)
    """
    return tuple(ResponseHeaders(headers)._store.items())  # noqa: SLF001  # there is no public way that does not check


def add_missing(response: HttpResponseBase, headers: Checked) -> None:
    """Add those of the headers that a response does not have.

    >>> from django.http import HttpResponse
    >>> response = HttpResponse(headers={"Vary": "Origin", "Content-Type": "text/plain"})
    >>> add_missing(response, checked({"vary": "Accept", "Content-Language": "vi"}))
    >>> dict(response.items())
    {'Vary': 'Origin', 'Content-Type': 'text/plain', 'Content-Language': 'vi'}
    """
    kept = response.headers._store  # noqa: SLF001  # as above
    for name, pair in headers:
        if name not in kept:
            kept[name] = pair


def set_header(response: HttpResponseBase, name: str, value: str) -> None:
    """Set a header whose value needs no check: made by the server, of printable ASCII characters.

    >>> from django.http import HttpResponse
    >>> response = HttpResponse()
    >>> set_header(response, "RateLimit-Limit", "300")
    >>> response["ratelimit-limit"]
    '300'
    """
    response.headers._store[name.lower()] = (name, value)  # noqa: SLF001  # as above


def header_list(response: HttpResponseBase) -> list[tuple[str, str]]:
    """The headers and cookies of a response, each as its name and value.

    >>> from django.http import HttpResponse
    >>> header_list(HttpResponse(headers={"Content-Type": "text/plain"}))
    [('Content-Type', 'text/plain')]
    """
    found: list[tuple[str, str]] = list(response.headers._store.values())  # noqa: SLF001  # as above
    if response.cookies:
        found += [("Set-Cookie", cookie.output(header="")) for cookie in response.cookies.values()]
    return found
